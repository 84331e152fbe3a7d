//! What daemons do with one another, each over its floor: rings, collections of any size, locks, stamps. What a
//! snapshot costs, the bench `snapshot` measures.
//!
//! `cargo bench -p perennial-figures --bench between` runs it; so does a test, with `--quick`, to see that each figure
//! still comes out. A tree of pairs of daemons; the set-up hook forks a driver with the mappings of root, which gives
//! one of them after the other short batches of work. Every batch measures both sides, everything runs on one core,
//! figures are medians over batches.

mod alone;
mod driver;
mod lane;
mod one_way;
mod rows;
mod throughput;

use perennial::prelude::*;

/// What goes to and fro.
#[message]
#[derive(Clone, Copy)]
pub enum Ball {
    /// To be sent back.
    Return(u64),
    /// To be followed by so many rounds without a ring.
    Bare(u32),
}

/// Sends balls, and gets them back.
#[daemon(mem = "256KiB")]
pub struct Ping {
    out: Producer<Ball, 16>,
    back: Consumer<Ball, 16>,
}

/// Sends balls back.
#[daemon(mem = "256KiB")]
pub struct Pong {
    out: Consumer<Ball, 16>,
    back: Producer<Ball, 16>,
}

/// A message of a cache line.
#[message]
#[derive(Clone, Copy)]
pub struct Line(pub [u8; 64]);

/// A message of a page.
#[message]
#[derive(Clone, Copy)]
pub struct Page(pub [u8; 4096]);

/// Sends as much as it can.
#[daemon(mem = "8MiB", record = "128KiB")]
pub struct Source {
    lines: Producer<Line, { throughput::LINES }>,
    pages: Producer<Page, { throughput::PAGES }>,
}

/// Takes it.
#[daemon(mem = "8MiB", record = "128KiB")]
pub struct Sink {
    lines: Consumer<Line, { throughput::LINES }, 1>,
    pages: Consumer<Page, { throughput::PAGES }, 1>,
}

/// Measures what takes no second daemon.
#[daemon(mem = "256KiB")]
pub struct Hermit;

rows::daemon_with!(Small, "5MiB", rows::IN_A_MEBIBYTE);
rows::daemon_with!(Large, "3300MiB", rows::IN_A_GIBIBYTE);

root! {
    name = "between";
    mem = "3400MiB";
    setup = driver::start;
    daemons: [Ping, Pong, Source, Sink, Hermit, Small, Large];
    rings: [
        Ping.out -> Pong.out,
        Pong.back -> Ping.back,
        Source.lines -> Sink.lines,
        Source.pages -> Sink.pages,
    ];
}
