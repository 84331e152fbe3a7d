//! Where a process can be struck.

/// The list of all places: identifier, name of the tests, heading, what is done there.
#[macro_export]
macro_rules! every_place {
    ($do:ident $($more:tt)*) => {
        $do! {
            ($($more)*)
            Transaction in_a_transaction "in a transaction"
                "The task has changed fields of every kind and pushed a message when it strikes itself.";
            Running in_run "in `run`"
                "The daemon has nothing under way: it was woken and strikes itself between two waits.";
            Asleep while_idle "idle, asleep in `wait`"
                "A signal handler of the daemon's strikes while `wait` sleeps. An error, which a handler cannot \
                 return, is noted there and returned by `run` when it is woken.";
            Update inside_update "inside `update`"
                "The closure has changed fields of every kind when it strikes.";
            Flight awaiting_a_flight "waiting for a flight"
                "A signal handler of the daemon's strikes while it waits for a transaction that has changed \
                 what it may. An error is noted there and returned by `run` when the transaction is over.";
            Family with_its_transaction "daemon and its transaction at once"
                "Both strike themselves at the same moment, the daemon in a signal handler while it waits for \
                 that transaction.";
            Twins two_daemons_at_once "two daemons at once"
                "Two daemons strike themselves at the same moment, one in `run`, the other inside `update`. \
                 Both return an error, if that is what it is.";
        }
    };
}

macro_rules! define {
    (() $($place:ident $test:ident $heading:literal $what:literal;)*) => {
        /// Where a process is struck.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[allow(missing_docs, reason = "`what` says it")]
        pub enum Place { $($place,)* }

        impl Place {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$place,)*];

            /// The name of the tests that strike there.
            pub const fn test(self) -> &'static str {
                match self { $(Self::$place => stringify!($test),)* }
            }

            /// In a few words.
            pub const fn heading(self) -> &'static str {
                match self { $(Self::$place => $heading,)* }
            }

            /// What is done there.
            pub const fn what(self) -> &'static str {
                match self { $(Self::$place => $what,)* }
            }
        }
    };
}
every_place!(define);

impl Place {
    /// Whether the failure happens in a signal handler, out of which nothing can be returned nor unwound.
    pub const fn is_handler(self) -> bool {
        matches!(self, Self::Asleep | Self::Flight | Self::Family)
    }
}
