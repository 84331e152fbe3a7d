//! A `macro_rules!` macro may write all of it: an expression that it hands on stays one expression.
use perennial::prelude::*;

macro_rules! store {
    ($name:ident, $note:ident, $bytes:expr, $item:ty, $room:literal) => {
        #[daemon(mem = "64KiB")]
        pub struct $name {
            pages: Array<u8, { $bytes / 256 }>,
            room: Array<u8, { $bytes }>,
            plain: [u8; $bytes / 256],
            items: Array<$item, $room>,
        }

        impl $name {
            #[transaction]
            fn grow(items: &mut Array<$item, $room>) -> Result<u32, ()> {
                let _ = items.len();
                Ok($bytes / 256)
            }
        }

        #[message]
        #[derive(Clone, Copy)]
        pub struct $note([u8; $bytes / 256]);
    };
}

store!(Store, Note, 1 << 10, u64, 3);

impl Daemon for Store {
    fn run(_: &mut Handle<Self>) -> Outcome {
        Ok(())
    }
}

fn main() {
    let mut store = Scratch::<Store>::new();
    assert_eq!((store.state().pages.len(), store.state().room.len(), store.state().plain.len()), (4, 1024, 4));
    assert_eq!(store.state().items.len(), 3);
    assert_eq!(store.update(|s| Store::grow_inline(s.items)), Ok(4));
    assert_eq!(Note::SIZE, 4);
    let _ = Note([0; 4]);
}
