//! What is measured, by which command.

/// A table of `BENCHMARKS.md`.
#[derive(Debug)]
pub struct Section {
    /// The word by which it is chosen, and the name of the file of what is kept.
    pub name: &'static str,
    /// Its headline.
    pub title: &'static str,
    /// What is on both sides of its ratios.
    pub about: &'static str,
    /// Measures it.
    pub command: &'static str,
    /// Builds what the command runs.
    pub build: Option<&'static str>,
    /// Whether other people's programs are measured, whose versions matter.
    pub peers: bool,
}

/// What is promised and does not exist yet: the figure, and its target.
pub const UNBUILT: [(&str, &str); 3] = [
    ("a transaction in a spare child, used once, 16 scattered writes, over a bare fork", "0.12"),
    ("the same in a child that is used again", "0.07"),
    ("a log record with a time stamp, over reading the clock", "1.5"),
];

macro_rules! bench {
    ($name:literal, $title:literal, $bench:literal $arguments:literal, $about:literal) => {
        bench!($name, $title, "perennial-figures" $bench $arguments, $about)
    };
    ($name:literal, $title:literal, $package:literal $bench:literal $arguments:literal, $about:literal) => {
        Section {
            name: $name,
            title: $title,
            about: $about,
            command: concat!("cargo bench -p ", $package, " --bench ", $bench, $arguments),
            build: Some(concat!("cargo bench -p ", $package, " --no-run --bench ", $bench)),
            peers: false,
        }
    };
}

macro_rules! peers {
    ($name:literal, $title:literal, $word:literal, $about:literal) => {
        Section {
            name: $name,
            title: $title,
            about: $about,
            command: concat!("cargo run --release --manifest-path tests/peers/Cargo.toml -- ", $word),
            build: Some("cargo build --release --manifest-path tests/peers/Cargo.toml"),
            peers: true,
        }
    };
}

/// All sections, in the order of the document.
pub static SECTIONS: [Section; 15] = [
    bench!(
        "fork",
        "Transactions",
        "figures" " -- run fork",
        "A transaction in a forked process that commits 64 bytes to each of 1, 16 and 256 pages, over a bare `fork`, \
         `_exit` and `waitpid` of the same daemon. `_answer` is until the result is committed, each after a rest of 0.3 ms, as the \
         bare fork beside it; `fork_64B` is back to back, with every child's teardown and reaping. `A_over_B` compares two sizes of state with each other; \
         `floors` is the same ratio of the right sides."
    ),
    bench!(
        "retry",
        "A transaction crashes",
        "figures" " -- run retry",
        "From the instruction that crashes to the first one of the next attempt, over a bare fork; both behind another fork, \
         which is the crashing attempt's on the left."
    ),
    bench!(
        "commit",
        "A daemon's own commit",
        "figures" " -- run commit",
        "64 bytes on each of 1, 16 and 256 pages, over what a commit cannot do without: the bytes and their checksum \
         into a journal, two stores, the bytes into the image."
    ),
    bench!(
        "restart",
        "A daemon dies",
        "figures" " -- run restart",
        "From SIGKILL, or from the instruction that crashes, until `run` is entered again, over a bare fork. All of the \
         state has been touched; both sides begin after a rest of 3 ms."
    ),
    bench!(
        "snapshot",
        "A snapshot of a peer",
        "snapshot" " -- run",
        "All published fields of one commit, over one `memcpy` of as many bytes."
    ),
    bench!(
        "ring",
        "Rings",
        "between" " -- ring",
        "One way on one core, over a word that goes the same way by futex; and messages in batches, from the first push \
         to the last pop, over one `memcpy` of their bytes."
    ),
    bench!(
        "map",
        "Collections of any size",
        "between" " -- map_update",
        "A change of one row of a collection of 1 GiB in a commit of its own, over the same at 1 MiB."
    ),
    bench!("locks", "Locks", "locks" "", "Taken and given back where nobody contends, over std's."),
    bench!("clock", "Time stamps", "between" " -- timestamp", "A stamp, over `clock_gettime`."),
    bench!(
        "rest",
        "A tree at rest",
        "perennial-tests" "rest" " -- run",
        "Private memory, over that of the program `sleep`; arenas are shared memory, and not in it. Wake-ups and processor \
         time in ten seconds in which nothing happens, as the kernel counts them; daemons have rings and a watchdog, and \
         root has taken its last look at them."
    ),
    bench!(
        "build",
        "Building",
        "build" "",
        "The program of the README, over one that prints a word: a cold release build, once, and its binary without \
         symbols."
    ),
    peers!(
        "call",
        "Peers: a function in a process of its own",
        "call",
        "A transaction that commits 64 bytes, over the same function by others, which return 64 bytes and keep nothing. \
         `_pool` and `_warm` use a process again that may have been left in any state; `tarnish` is until the answer, \
         without its shutdown; `rusty-fork` returns an exit status only."
    ),
    peers!(
        "message",
        "Peers: a message",
        "message",
        "64 bytes one way on one core, both sides asleep until they are woken. The left side is committed at both ends: \
         it survives both processes, and is handled once."
    ),
    peers!(
        "peer-commit",
        "Peers: a commit",
        "commit",
        "64 bytes of 4 MiB in a commit of their own, over one row of 64 bytes of 65,536 in a transaction of its own, in \
         memory."
    ),
    peers!(
        "supervise",
        "Peers: a program is killed",
        "supervise",
        "From SIGKILL until it runs again, over the same by supervisors in use. Each program had been up for more than \
         a second. The left side is forked with its state; on the right a small program is executed."
    ),
];
