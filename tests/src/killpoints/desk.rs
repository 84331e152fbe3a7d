//! The book under the tracer: a state that follows from a number, and commits that add one to it.

use super::marks::Words;
use super::shared::Shared;
use super::{Case, Observer, Oracle, Path, Tracee, Tracer, book, marks};

/// The book's place among the daemons.
const BOOK: usize = 0;
/// How a record begins, and how long its header is with the head of the first entry.
const RECORD: ([u8; 4], u64) = (*b"rec1", 64 + 16);
/// As much of its image as it uses.
const IMAGE: usize = 232;

/// A book that shows its state.
#[derive(Debug)]
pub struct Desk {
    /// The tracer of its tree.
    pub tracer: Tracer,
    /// The book.
    pub book: Tracee,
    /// How often it was changed.
    pub count: u64,
    oracle: Oracle,
    /// Whether the commit that was tried must be there.
    due: Option<bool>,
}

impl Desk {
    /// In a tree of its own.
    ///
    /// # Panics
    /// When it does not begin as it must.
    pub fn new(program: &str) -> Self {
        let mut tracer = Tracer::start(program, Case::Book);
        let (book, words) = tracer.shown();
        assert_eq!(words, book::words(book::FIRST));
        let oracle = Oracle::on(&mut tracer, BOOK);
        Self { tracer, book, count: book::FIRST, oracle, due: None }
    }

    /// Awaits the book's state: the old one, or the one after the commit that was tried. Returns whether it is new.
    ///
    /// # Panics
    /// When it is neither.
    pub fn await_state(&mut self) -> bool {
        let (book, words) = self.tracer.shown();
        self.book = book;
        let new = self.take(&words);
        assert!(!self.oracle.is_locked(), "readers can go on");
        if let Some(due) = self.due.take() {
            assert_eq!(new, due, "what was published is there, and nothing else");
        }
        new
    }

    fn take(&mut self, words: &Words) -> bool {
        let new = words[0] == self.count + 1;
        self.count += u64::from(new);
        assert_eq!(*words, book::words(self.count), "torn");
        new
    }

    /// Takes the newest commit back and makes it again: what is kept for that is whole as well.
    ///
    /// # Panics
    /// When the state is not as it was.
    pub fn undo_and_redo(&mut self) {
        self.book.order(marks::UNDO);
        self.book.go_on();
        self.count -= 2;
        assert!(self.await_state(), "undone");
        let words = self.tracer.once_more(self.book, 0);
        assert!(self.take(&words), "done again");
    }

    /// Kills the book at `point` of a commit. Returns whether it has come there.
    ///
    /// # Panics
    /// When it cannot be traced.
    pub fn kill_at(&mut self, path: &Path, point: usize) -> bool {
        let on_the_way = self.lead_to(path, point);
        self.tracer.kill(self.book);
        on_the_way
    }

    /// Leads the book to `point` of a commit.
    ///
    /// # Panics
    /// When it cannot be traced.
    pub fn lead_to(&mut self, path: &Path, point: usize) -> bool {
        self.undo_and_redo();
        self.oracle.begin();
        self.tracer.to_beginning(self.book, 0);
        let on_the_way = self.tracer.go_along(self.book, path, point);
        self.due = Some(self.oracle.passed());
        on_the_way
    }

    /// Kills the book at `point` of a commit, and its successor when it comes to `place`, where it is returned.
    ///
    /// # Panics
    /// When it comes elsewhere again and again.
    pub fn leave_at(&mut self, path: &Path, point: usize, place: u64) -> Tracee {
        for _ in 0..10 {
            let on_the_way = self.lead_to(path, point);
            self.tracer.extra = if on_the_way { place } else { 0 };
            self.tracer.kill(self.book);
            if on_the_way {
                return self.next_newborn(place);
            }
            self.await_state();
        }
        panic!("point {point} is not met any more");
    }

    /// Awaits the newborn at `place`.
    ///
    /// # Panics
    /// When it comes elsewhere.
    pub fn next_newborn(&mut self, place: u64) -> Tracee {
        let (newborn, at) = self.tracer.stopped();
        assert_eq!(at, place, "stopped in {}", self.tracer.symbols.name(at));
        newborn
    }

    /// The way through a commit, and the points at which it is published and not applied.
    ///
    /// # Panics
    /// When a reader would see anything but the state before and the one after.
    pub fn record(&mut self) -> (Path, Vec<usize>) {
        // Every later one goes this way in the second life of a book, after a commit that was undone.
        self.tracer.kill(self.book);
        assert!(!self.await_state());
        self.undo_and_redo();
        let mut observer = self.observer();
        self.tracer.to_beginning(self.book, 0);
        let path = self.tracer.record(self.book, self.tracer.to, || observer.look());
        self.tracer.kill(self.book);
        assert!(self.await_state(), "the commit was made");
        observer.check_one_commit();
        (path, observer.between().to_vec())
    }

    /// Looks at the book's region.
    pub fn observer(&self) -> Observer {
        self.oracle.observer(IMAGE)
    }

    /// The book's image.
    pub fn image(&self) -> Option<Vec<u8>> {
        self.oracle.image(IMAGE)
    }

    /// Changes a bit of what the record that was published last is to bring into the image.
    ///
    /// # Panics
    /// When there is no such record.
    pub fn damage_record(&self) {
        let published = self.oracle.published();
        let record = Shared::of(self.book).find(|[first, _, sequence]| {
            first as u32 == u32::from_le_bytes(RECORD.0) && sequence == published
        });
        let payload = record.expect("a record with that number") + RECORD.1;
        let [word] = self.book.words(payload);
        self.book.put(payload, word ^ 1 << 40);
    }

    /// Awaits a book that has begun anew, and says so.
    ///
    /// # Panics
    /// When it has kept anything.
    pub fn await_reset(&mut self) {
        let (book, mut words) = self.tracer.shown();
        assert_eq!(core::mem::take(&mut words[1]), 1, "the loss is told");
        assert_eq!(words, book::words(book::FIRST), "torn");
        (self.book, self.count, self.due) = (book, book::FIRST, None);
    }
}
