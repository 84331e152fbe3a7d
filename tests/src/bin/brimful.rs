//! A daemon whose transactions change all that the compiler says has room in one record: not a byte more would.

use perennial::prelude::*;
use perennial_tests::say;

#[daemon(mem = "256KiB", record = "4KiB")]
struct Brim {
    large: [u8; 2048],
    /// What `large` leaves.
    rest: [u8; 1856],
    /// What `large` and an answer leave.
    less: [u8; 1520],
}

impl Brim {
    #[transaction]
    fn fill(large: &mut [u8; 2048], rest: &mut [u8; 1856], with: u8) -> Result<(), ()> {
        large.fill(with);
        rest.fill(with);
        Ok(())
    }

    #[transaction]
    fn answer(
        #[request] id: u64,
        large: &mut [u8; 2048],
        less: &mut [u8; 1520],
        with: u8,
    ) -> Result<[u64; 31], ()> {
        large.fill(with);
        less.fill(with);
        Ok([u64::from(with); 31])
    }
}

impl Daemon for Brim {
    fn run(me: &mut Handle<Self>) -> Outcome {
        let filled = Self::fill(me, 1);
        say!("filled={} large={} rest={}", filled.is_ok(), me.state().large[2047], me.state().rest[1855]);
        let answer = Self::answer(me, 7, 2);
        say!("answered={} large={} less={}", answer.is_ok(), me.state().large[2047], me.state().less[1519]);
        me.shutdown(0);
        me.wait_for_stop()?;
        Ok(())
    }
}

root! {
    mem = "1MiB";
    daemons: [Brim];
}
