//! The teller under the tracer: a request at a time, each under an id of its own.

use super::{Case, Event, Oracle, Path, Tracee, Tracer, teller};
use perennial::layout::ANSWERS;

/// A teller that waits for a request.
#[derive(Debug)]
pub struct Counter {
    /// The tracer of its tree.
    pub tracer: Tracer,
    /// The teller.
    pub teller: Tracee,
    /// Requests that took effect.
    pub paid: u64,
    oracle: Oracle,
}

/// The teller's place among the daemons.
const TELLER: usize = 1;
/// As much of its image as it uses.
const IMAGE: usize = 80;

impl Counter {
    /// In a tree of its own; the teller has answered as many requests as it keeps answers, and more.
    ///
    /// # Panics
    /// When it does not begin as it must.
    pub fn new(program: &str) -> Self {
        let mut tracer = Tracer::start(program, Case::Teller);
        let (teller, words) = tracer.shown();
        assert_eq!(words, teller::words(0, false));
        let mut counter = Self { oracle: Oracle::on(&mut tracer, TELLER), tracer, teller, paid: 0 };
        for _ in 0..2 {
            counter.go_round();
        }
        counter
    }

    /// Asks until the answer that is forgotten next lies where it did when this was last called.
    ///
    /// # Panics
    /// When a request does not take effect once.
    pub fn go_round(&mut self) {
        loop {
            self.teller.order(self.paid);
            self.teller.go_on();
            assert_eq!(self.await_answer(), 1, "one transaction a request");
            if self.paid.is_multiple_of(ANSWERS as u64) {
                break;
            }
        }
    }

    /// Asks, and returns once the transaction has come to its end and the teller is about to take over what it did.
    ///
    /// # Panics
    /// When something else happens.
    pub fn hand_over(&mut self) {
        self.go_round();
        let transaction = self.ask();
        transaction.go_on();
        while self.tracer.wait() != Event::Ended(transaction.0) {}
    }

    /// The way through the teller's taking over.
    ///
    /// # Panics
    /// When it is not one commit.
    pub fn record(&mut self) -> Path {
        let mut observer = self.oracle.observer(IMAGE);
        let path = self.tracer.record(self.teller, self.tracer.to, || observer.look());
        observer.check_one_commit();
        path
    }

    /// Kills the teller at `point` of the way through its taking over, and has the caller ask its successor again.
    /// Returns whether what was handed over had taken effect, and whether the teller had come to the point.
    ///
    /// # Panics
    /// When it takes effect in part, or not once.
    pub fn die_taking_over(&mut self, path: &Path, point: usize) -> (bool, bool) {
        self.hand_over();
        let (on_the_way, due) = self.kill_at(path, point);
        let new = self.await_successor();
        assert_eq!(new, due, "what was published is there, and nothing else");
        self.ask_again(new);
        (new, on_the_way)
    }

    /// Returns whether it has come there, and whether what it took over must be there.
    fn kill_at(&mut self, path: &Path, point: usize) -> (bool, bool) {
        self.oracle.begin();
        let on_the_way = self.tracer.go_along(self.teller, path, point);
        let due = self.oracle.passed();
        self.tracer.kill(self.teller);
        (on_the_way, due)
    }

    /// Asks, and returns the transaction at the end of its body. With a breakpoint of the teller's after the fork, that
    /// is reached as well.
    ///
    /// # Panics
    /// When something else happens.
    pub fn ask(&mut self) -> Tracee {
        self.teller.order(self.paid);
        self.teller.go_on();
        let mut missing = 1 + usize::from(self.tracer.extra != 0);
        let mut transaction = None;
        while missing != 0 {
            match self.tracer.wait() {
                Event::Born(newborn) => self.tracer.release(newborn),
                Event::Stopped(tracee, at) => {
                    let expected = if tracee == self.teller { self.tracer.extra } else { self.tracer.from };
                    assert_eq!(at, expected, "stopped in {}", self.tracer.symbols.name(at));
                    if tracee != self.teller {
                        transaction = Some(tracee);
                    }
                    missing -= 1;
                }
                Event::Ended(_) => {}
            }
        }
        transaction.expect("the transaction has come to the end of its body")
    }

    /// Waits until the teller shows its state again, after an answer. Returns how many transactions were begun.
    ///
    /// # Panics
    /// When the request has not taken effect once.
    pub fn await_answer(&mut self) -> usize {
        let mut begun = 0;
        loop {
            match self.tracer.wait() {
                Event::Born(newborn) => {
                    begun += 1;
                    self.tracer.release(newborn);
                }
                Event::Stopped(tracee, at) if at == self.tracer.show => {
                    assert_eq!(tracee, self.teller, "nobody else goes on");
                    break;
                }
                Event::Stopped(tracee, _) => tracee.go_on(),
                Event::Ended(_) => {}
            }
        }
        self.paid += 1;
        assert_eq!(self.teller.shown(), teller::words(self.paid, true), "a request takes effect once");
        begun
    }

    /// Waits for the state of a successor, which has answered nothing yet. Returns whether the request has taken effect.
    ///
    /// # Panics
    /// When it has in part.
    pub fn await_successor(&mut self) -> bool {
        let (teller, words) = self.tracer.shown();
        self.teller = teller;
        let new = words[0] == self.paid + 1;
        assert_eq!(words, teller::words(self.paid + u64::from(new), false), "torn");
        new
    }

    /// Asks a successor for what its predecessor was asked for last; `known` says that it has taken effect.
    ///
    /// # Panics
    /// When it takes effect again, or not at all.
    pub fn ask_again(&mut self, known: bool) {
        self.teller.order(self.paid);
        self.teller.go_on();
        assert_eq!(self.await_answer(), usize::from(!known), "a known answer is not worked out again");
    }
}
