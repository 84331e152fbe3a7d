//! A tree whose daemons do one thing after the other, each between two breakpoints, for a tracer that counts the
//! instructions between them.
//!
//! The variable `ROLE` says which of the two does so, after a line on standard input. The other one does nothing
//! meanwhile, so that the counts do not depend on who runs when.

#[path = "../../figures/benches/figures/floor.rs"]
mod floor;

use floor::Floor;
use perennial::prelude::*;

/// What a commit writes.
pub type Cell = [u8; 64];

/// A message of a cache line.
#[message]
#[derive(Clone, Copy)]
pub struct Line([u8; 64]);

/// Commits and pushes.
#[daemon(mem = "2MiB", record = "64KiB")]
pub struct Writer {
    cells: Array<Cell, 16384>,
    out: Producer<Line, 64>,
}

/// Publishes a kibibyte.
#[daemon(mem = "64KiB")]
pub struct Publisher {
    #[publish]
    block: [u64; 128],
}

/// Pops and takes snapshots.
#[daemon(mem = "256KiB")]
pub struct Reader {
    lines: Consumer<Line, 64>,
}

/// How often each operation is done: the first times it warms up.
const TIMES: u64 = 4;

/// What a tracer stops at.
fn mark() {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: a trap, for which a tracer waits.
    unsafe {
        core::arch::asm!("int3", options(nostack));
    }
}

/// Does an operation between breakpoints, each time with another number.
fn counted(name: &str, mut operation: impl FnMut(u64) -> Outcome) -> Outcome {
    for n in 0..TIMES {
        println!("operation {name}");
        mark();
        let done = operation(n);
        mark();
        done?;
    }
    Ok(())
}

/// Says who this is; the one whose role it is waits for its tracer.
fn begin(name: &str) -> bool {
    println!("{name} pid={}", std::process::id());
    let mine = std::env::var("ROLE").is_ok_and(|role| role == name);
    if mine {
        let _ = std::io::stdin().read_line(&mut String::new());
    }
    mine
}

impl Daemon for Writer {
    fn run(me: &mut Handle<Self>) -> Outcome {
        if begin("writer") {
            commits(me, "commit_1", 1)?;
            commits(me, "commit_16", 16)?;
            floors("floor_1", 1)?;
            floors("floor_16", 16)?;
            counted("push", |n| push(me, n))?;
            me.shutdown(0);
        } else {
            for n in 0..TIMES {
                push(me, n)?;
            }
            println!("filled");
        }
        me.wait_for_stop()
    }
}

fn commits(me: &mut Handle<Writer>, name: &str, ranges: u64) -> Outcome {
    counted(name, |n| {
        me.update(|s| (0..ranges).try_for_each(|range| s.cells.set(index(range), [n as u8 + 1; 64])))
            .map_err(|_| Error::new("no room in the record"))
    })
}

/// The elements that commits of the daemon's own and of the floor change.
fn index(range: u64) -> u64 {
    range * 64 + range % 64
}

fn floors(name: &str, ranges: u64) -> Outcome {
    let indexes: Vec<usize> = (0..ranges).map(|range| index(range) as usize).collect();
    let mut floor = Floor::open();
    counted(name, |n| {
        floor.commit(&indexes, &[n as u8 + 1; 64]);
        Ok(())
    })
}

fn push(me: &mut Handle<Writer>, n: u64) -> Outcome {
    me.change(|s| s.out.push(Line([n as u8; 64])))?.map_err(|_| Error::new("no room in the ring"))
}

impl Daemon for Publisher {
    fn run(me: &mut Handle<Self>) -> Outcome {
        me.wait_for_stop()
    }
}

impl Daemon for Reader {
    fn run(me: &mut Handle<Self>) -> Outcome {
        if begin("reader") {
            counted("pop", |n| {
                let line = me.change(|s| s.lines.pop())?;
                if line.is_some_and(|line| line.0[0] == n as u8) {
                    Ok(())
                } else {
                    Err(Error::new("not the message"))
                }
            })?;
            let mut snapshot = me.snapshot::<Publisher>(Duration::from_secs(1)).map_err(Error::new)?;
            counted("snapshot", |_| {
                me.snapshot_into::<Publisher>(&mut snapshot, Duration::from_secs(1)).map_err(Error::new)
            })?;
            me.shutdown(0);
        }
        me.wait_for_stop()
    }
}

/// Gives the floor its memory, before the seal.
fn prepare() -> Result<(), std::alloc::LayoutError> {
    let layout = std::alloc::Layout::from_size_align(floor::JOURNAL + 16384 * size_of::<Cell>(), 4096)?;
    // SAFETY: of a size that is not zero; never freed.
    floor::create(unsafe { std::alloc::alloc_zeroed(layout) });
    Ok(())
}

root! {
    name = "instructions";
    setup = prepare;
    mem = "4MiB";
    daemons: [Writer, Publisher, Reader];
    rings: [Writer.out -> Reader.lines];
}
