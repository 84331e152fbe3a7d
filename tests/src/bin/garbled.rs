//! Messages whose bytes are no value of their type, and a consumer that has room for one of them among its dead letters.

use perennial::Message;
use perennial::prelude::*;
use perennial_tests::say;

/// A number whose encoding is none where it is 0.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Fragile(u8);

impl Message for Fragile {
    type Wire = [u8; 1];
    const FINGERPRINT: u64 = 0x0f4a_611e;

    fn encode(&self, out: &mut [u8]) {
        out[0] = self.0;
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        bytes.first().filter(|byte| **byte != 0).map(|byte| Self(*byte))
    }
}

#[daemon(mem = "128KiB")]
struct Source {
    out: Producer<Fragile, 4>,
}

#[daemon(mem = "128KiB")]
struct Sink {
    inbox: Consumer<Fragile, 4, 1>,
}

impl Source {
    #[transaction]
    fn send(out: &mut Producer<Fragile, 4>) -> Result<(), ()> {
        out.push(Fragile(0)).map_err(|_| ())
    }
}

impl Daemon for Source {
    fn run(me: &mut Handle<Self>) -> Outcome {
        say!("transaction: {:?}", Self::send(me));
        me.update(|s| s.out.extend_from_slice(&[Fragile(0), Fragile(0), Fragile(7)]))?;
        me.wait_for_stop()
    }
}

impl Daemon for Sink {
    fn run(me: &mut Handle<Self>) -> Outcome {
        me.wait()?;
        let first = me.change(|s| s.inbox.pop())?;
        let (begun, short) = (std::time::Instant::now(), Duration::from_millis(100));
        for _ in 0..2 {
            let woken = me.wait_for(&Wait::new().messages().timeout(short))?;
            say!("first={first:?} lag={} messages={}", me.state().inbox.lag(), woken.has_messages());
        }
        say!("slept {}", begun.elapsed() >= short * 2);
        let letter = me.change(|s| s.inbox.take_dead_letter())?;
        let woken = me.wait()?;
        let next = me.change(|s| s.inbox.pop())?;
        let gone = letter.is_some_and(|letter| letter.message.is_none());
        say!("gone={gone} messages={} next={next:?}", woken.has_messages());
        me.wait_for_stop()
    }
}

root! {
    mem = "1MiB";
    daemons: [Source, Sink];
    rings: [Source.out -> Sink.inbox];
}
