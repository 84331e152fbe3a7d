//! A daemon that is subscribed to more than it can be.
use perennial::prelude::*;

macro_rules! daemons {
    ($($name:ident)*) => {$(
        #[daemon(mem = "128KiB")]
        struct $name;

        impl Daemon for $name {
            fn run(_: &mut Handle<Self>) -> Outcome {
                Ok(())
            }
        }
    )*};
}
daemons!(A B C D E Monitor);

root! {
    mem = "8MiB";
    daemons: [A, B, C, D, E, Monitor];
    subscriptions: [Monitor -> A, Monitor -> B, Monitor -> C, Monitor -> D, Monitor -> E];
}
