//! The macros of perennial. Use them through the crate `perennial`, which re-exports them.
//!
//! A daemon's struct becomes the name, the fixed layout and the views of its state; a function over borrowed
//! fields becomes a call that runs it in a process of its own; `root!` becomes the tree as one constant, and
//! `main`. All that the macros emit is layout, constants and thin glue; what happens is in the runtime.
//!
//! Every macro is a pipeline of small passes with typed results between them: `parse` (tokens to syntax),
//! `validate` (syntax to something that is right, all mistakes reported at once), `lower` (names, paths and
//! constants), `expand` (tokens). Where the input is wrong, something that the rest of the crate can use is
//! emitted all the same, so that one mistake is one error.
//!
//! What is wrong is said at the user's own token, with the remedy; `COMPILER.md` in the repository lists all that the
//! compiler can say.
//!
//! In every list of options, sizes are text with a unit: `"512B"`, `"64KiB"`, `"4MiB"`, `"1GiB"`, or a bare
//! number of bytes, `"65536"`. Durations are `"250us"`, `"250ms"`, `"2s"`, `"1m"`, `"1h"`.

mod daemon;
mod message;
mod plain;
mod root;
mod shared;
mod transaction;
mod types;

use proc_macro::TokenStream;
use shared::grouping::keep;

/// Declares a daemon: its name, its state, its budget.
///
/// ```
/// use perennial::prelude::*;
///
/// #[message]
/// pub struct Order { account: u32, cents: u32 }
///
/// /// Books orders.
/// #[daemon(mem = "4MiB", restart = resume, within = "10s")]
/// pub struct Ledger {
///     orders: Consumer<Order, 256>,
///     balance: Array<u64, 100_000>,
///     /// Orders booked so far.
///     pub applied: u64,
/// }
///
/// impl Daemon for Ledger {
///     fn run(me: &mut Handle<Self>) -> Outcome {
///         while me.wait()?.is_running() {}
///         Ok(())
///     }
/// }
/// ```
///
/// No value of the struct ever exists: it becomes an `enum` without variants, the name to write `impl Ledger`
/// and `impl Daemon for Ledger` on. Nothing can be derived on it, and it takes no generic parameters. Every
/// field is a plain value (see [`macro@plain`]) or a collection of the runtime; a struct without fields is a
/// daemon without state. `cfg` on fields is honoured.
///
/// | option | value | default | effect |
/// |---|---|---|---|
/// | `mem` | size | required | ceiling for all memory of the daemon: state, journal, history, transactions, heaps; exceeding it is a compile error with the numbers |
/// | `heap` | size | `mem` / 16, from 4 KiB to 1 MiB | the daemon's own heap |
/// | `scratch` | size | as `heap` | the heap of each transaction |
/// | `record` | size | `mem` / 32, from 4 KiB to 64 KiB | the most that one commit may change |
/// | `history` | size | two records | bytes of undo kept for rollback |
/// | `restart` | `resume`, `reset`, `decide` | `resume` | state after a death: that of the recovery ladder (see below); all zero; what the function `decide` says |
/// | `resumes` | number | `3` | restarts in a row at the last commit, after deaths that count against the state |
/// | `rollbacks` | number | `2` | further ones at an older checkpoint; after these, all-zero state |
/// | `validate` | path of a function | none | looks at the whole state before each commit, after a rollback and after a recovery |
/// | `kind` | `permanent`, `transient`, `temporary` | `permanent` | started again always, only when it ended abnormally, never |
/// | `max_restarts` | number | `10` | more restarts than this within `within` escalate |
/// | `within` | duration | `"10s"` | the period in which restarts are counted |
/// | `escalation` | `stop`, `stop(code)`, `reset`, `abandon` | `stop` | what follows: the tree is stopped in order and exits with 80, or with this code from 0 to 255; the daemon is started once more from all-zero state, and the tree stopped if that does not help; the tree goes on without the daemon |
/// | `backoff` | duration | `"10ms"` | wait before the second restart in a row; doubles with each further one, with jitter. A long `backoff` spreads restarts so far that `max_restarts` is never reached |
/// | `max_backoff` | duration | `"30s"` | the longest wait before a restart; not shorter than `backoff` |
/// | `healthy_after` | duration | as `within` | an incarnation that lived this long was healthy: backoff and ladder begin anew |
/// | `watchdog` | duration | none | the longest that the daemon may be busy without a sign of life, which `wait` and `me.alive()` give, before it is ended |
/// | `start_timeout` | duration | none | the longest until the daemon is ready (it waits for the first time, or says `me.ready()`), before it is ended |
/// | `stop_timeout` | duration | `"5s"` | how long `run` may take to return once asked to stop |
/// | `crate` | path | `::perennial` | where the runtime's crate is |
///
/// Options that contradict each other are errors: with `restart = reset` no ladder is climbed, so `resumes` and
/// `rollbacks` have no effect; with `kind = temporary` nothing has that speaks of restarts.
///
/// All of them at once; most daemons need `mem` alone:
///
/// ```
/// use perennial::prelude::*;
///
/// #[daemon(
///     mem = "4MiB",
///     heap = "128KiB",
///     scratch = "64KiB",
///     record = "16KiB",
///     history = "256KiB",
///     restart = resume,
///     resumes = 5,
///     rollbacks = 1,
///     kind = transient,
///     max_restarts = 20,
///     within = "1m",
///     escalation = abandon,
///     backoff = "20ms",
///     max_backoff = "2s",
///     healthy_after = "30s",
///     watchdog = "5s",
///     start_timeout = "10s",
///     stop_timeout = "1s",
///     crate = ::perennial
/// )]
/// pub struct Index { entries: Array<u64, 10_000> }
/// ```
///
/// # After a death
/// State goes on at the last commit. Deaths in a row that count against the state (a crash, a panic or a hang, unless
/// a message is to blame) lead up a ladder: `resumes` times the last commit, `rollbacks` times an older checkpoint,
/// then all-zero state. With `restart = decide` the daemon's function `decide` is asked after every death, and told
/// what the ladder would do; if it dies itself, the ladder goes on without it.
///
/// `validate` names any function that looks at the state and returns a `Result` whose error can be displayed. What it
/// refuses is not committed, and a state that it refuses after a recovery or a rollback is rolled back further. It is
/// called in each transaction and each `update`, so it should be quick. It is not asked about what the runtime commits
/// of its own: counted attempts and messages that are set aside change a consumer and nothing else. So do not make it
/// depend on what rings hold.
///
/// ```
/// use perennial::prelude::*;
///
/// #[daemon(mem = "1MiB", restart = decide, validate = Till::check, watchdog = "2s", escalation = stop(17))]
/// pub struct Till { cents: u64, sold: u64 }
///
/// impl Till {
///     fn check(state: &TillRef<'_>) -> Result<(), &'static str> {
///         if *state.cents < *state.sold { Err("sold for less than a cent") } else { Ok(()) }
///     }
///
///     fn decide(incident: &Incident<'_, Self>) -> Decision {
///         match &incident.state {
///             Ok(state) if *state.sold == 0 => Decision::Reset,
///             Ok(_) if incident.deaths < 3 => Decision::Resume,
///             Ok(_) => Decision::RollBack(1),
///             Err(damaged) => {
///                 error!("field {:?} is damaged", damaged.field);
///                 Decision::RollBackTo("opened")
///             }
///         }
///     }
/// }
/// ```
///
/// # What others may read
/// A plain field marked `#[publish]` can be read by other daemons: `me.snapshot::<Ledger>(patience)` gives all of them as
/// one commit left them, in a struct `LedgerPublished`.
///
/// # Generated
/// For a struct `Ledger`, with its visibility:
/// - `LedgerMut<'_>` and `LedgerRef<'_>`: one `&mut` or `&` for each field, as lent for changing and reading;
/// - `LedgerPublished`: the fields marked `#[publish]`, if there are any;
/// - `LedgerImage`: the `repr(C)` layout of the state in shared memory;
/// - the implementation of `State`, with hidden cells.
#[proc_macro_attribute]
pub fn daemon(args: TokenStream, item: TokenStream) -> TokenStream {
    daemon::daemon(args.into(), keep(item.into())).into()
}

/// Makes a function in an `impl` block of a daemon a transaction: it runs in a forked process, and takes effect
/// as a whole if it returns `Ok`, not at all if it returns `Err`, panics, crashes, is killed or takes too long.
///
/// ```
/// use perennial::prelude::*;
///
/// #[daemon(mem = "1MiB")]
/// pub struct Ledger { balance: Array<u64, 9>, total: u64, name: [u8; 16] }
///
/// impl Ledger {
///     /// Books an amount.
///     #[transaction(timeout = "50ms", retries = 2, backoff = "5ms")]
///     fn book(total: &mut u64, name: &[u8; 16], cents: u64, #[arg] note: &str) -> Result<u64, u8> {
///         if name[0] == 0 || note.is_empty() {
///             return Err(1); // nothing has changed
///         }
///         *total += cents;
///         Ok(*total) // committed
///     }
/// }
///
/// fn example(me: &mut Handle<Ledger>) -> Result<u64, Failure<u8>> {
///     Ledger::book(me, 500, "rent")
/// }
///
/// let mut total = 1;
/// assert_eq!(Ledger::book_inline(&mut total, &[b'a'; 16], 4, "tip"), Ok(5));
/// ```
///
/// The signature is the declaration:
/// - a parameter that is a reference borrows the field of that name, `&` to read it and `&mut` to change it;
/// - a parameter by value is an argument, as is a reference marked `#[arg]`: the fork hands it over, so it may be
///   of any type and any size, and nothing about it is checked;
/// - a `u64` marked `#[request]` is an argument that identifies the request: the answer is kept, in the same
///   commit as the effects, and the same request is answered again without running again. A daemon keeps its
///   seven newest answers: enough to ask again after a crash, not a log of all requests;
/// - the result is a `Result` of two messages (see [`macro@message`]), or an alias of one. It is handed over in
///   memory set aside for it: 2048 bytes, 256 where the answer is kept.
///
/// Checked while compiling: that the daemon has these fields, that the plain ones borrowed with `&mut` have room in
/// one `record` together, that the result has room.
///
/// `cfg` on parameters is honoured. The function is not `async`, `const`, `unsafe` or `extern`, and has no
/// generic parameters but lifetimes of `#[arg]`s.
///
/// | option | value | default | effect |
/// |---|---|---|---|
/// | `timeout` | duration | none | the longest that an attempt may take |
/// | `retries` | number | `0` | attempts after the first, when the process crashed, was killed or timed out |
/// | `backoff` | duration | none | wait before the first retry; doubles with each; only with `retries` |
/// | `crate` | path | `::perennial` | where the runtime's crate is |
///
/// # Generated
/// For a function `book`, with its visibility:
/// - `book(me: &mut Handle<Self>, arguments…) -> Result<T, Failure<E>>`;
/// - `book_inline`, the function as written, to be tested without a process.
#[proc_macro_attribute]
pub fn transaction(args: TokenStream, item: TokenStream) -> TokenStream {
    transaction::transaction(args.into(), keep(item.into())).into()
}

/// Lets a struct or enum cross between processes, in rings and as a transaction's result.
///
/// ```
/// use perennial::prelude::*;
///
/// #[message]
/// #[derive(Debug, PartialEq)]
/// pub struct Order { account: u32, cents: u32 }
///
/// #[message]
/// #[derive(Debug, PartialEq)]
/// pub enum Event { Opened, Booked(Order), Closed { reason: Option<u8> } }
///
/// let event = Event::Booked(Order { account: 7, cents: 50 });
/// let mut wire = [0; Event::SIZE];
/// event.encode(&mut wire);
/// assert_eq!(Event::SIZE, 1 + 8);
/// assert_eq!(Event::decode(&wire), Some(event));
/// assert_eq!(Event::decode(&[9; Event::SIZE]), None);
/// ```
///
/// The item stays as it is and gets an implementation of `Message`: an encoding of fixed size without padding,
/// fields in sequence, an enum's after a byte that counts the variants (256 at most). Every field is a message.
/// Generic parameters are refused, references are no messages, and `usize` and `isize` have another size on another
/// machine: as parts of messages and of state they are refused.
///
/// The only option is `crate = path`, where the runtime's crate is (default `::perennial`).
#[proc_macro_attribute]
pub fn message(args: TokenStream, item: TokenStream) -> TokenStream {
    message::message(args.into(), keep(item.into())).into()
}

/// Lets a struct, or an enum without data, be a field of a daemon or an element of a collection as it is.
///
/// ```
/// use perennial::prelude::*;
///
/// #[plain]
/// #[derive(Debug, PartialEq)]
/// pub struct Account { cents: i64, owner: u32, state: AccountState, pad: [u8; 3] }
///
/// #[plain]
/// #[derive(Debug, PartialEq)]
/// pub enum AccountState { Open, Frozen, Closed }
///
/// #[daemon(mem = "1MiB")]
/// pub struct Bank { last: Account, accounts: Array<Account, 1_000> }
/// ```
///
/// The bytes of a plain value are the value: no pointers, no padding, and all-zero, which is what fresh memory
/// holds, is valid. So an enum needs a variant that is 0, and every field is plain: integers, floats, `bool`,
/// `char`, arrays of them, `Text<N>`, other plain types. Bytes are validated before they are trusted again after
/// a crash. The error about padding says after which field it is, how many bytes, and the order of fields that removes it.
///
/// Added are `repr(C)`, or `repr(u8)` to an enum without a representation; `Clone` and `Copy`, unless derived
/// below the attribute; zerocopy's traits; and an implementation of `Message`. Write `#[plain]` above
/// `#[derive(…)]`, so that it sees what is derived.
///
/// The only option is `crate = path`, where the runtime's crate is (default `::perennial`).
#[proc_macro_attribute]
pub fn plain(args: TokenStream, item: TokenStream) -> TokenStream {
    plain::plain(args.into(), keep(item.into())).into()
}

/// Declares the tree: which daemons run, how they are wired, and the memory of the whole. Expands to `main`.
///
/// ```no_run
/// use perennial::prelude::*;
///
/// #[daemon(mem = "1MiB")]
/// pub struct Gateway { orders: Producer<u32, 256> }
/// #[daemon(mem = "1MiB")]
/// pub struct Ledger { orders: Consumer<u32, 256> }
/// # impl Daemon for Gateway { fn run(_: &mut Handle<Self>) -> Outcome { Ok(()) } }
/// # impl Daemon for Ledger { fn run(_: &mut Handle<Self>) -> Outcome { Ok(()) } }
///
/// fn open() -> Result<std::fs::File, std::io::Error> {
///     std::fs::File::open("prices.csv")
/// }
///
/// root! {
///     mem = "8MiB";
///     name = "shop";
///     strategy = rest_for_one;
///     setup = open;
///     daemons: [Gateway, Ledger (depends_on = [Gateway])];
///     rings: [Gateway.orders -> Ledger.orders (attempts = 3)];
/// }
/// ```
///
/// Sections come in any order, each once:
///
/// | section | value | default | effect |
/// |---|---|---|---|
/// | `mem` | size | required | ceiling for the memory of all daemons and the root's table; exceeding it is a compile error with the numbers |
/// | `daemons` | list of paths | required | what runs, in the order of start; rings and `depends_on` name a daemon by the last segment |
/// | `rings` | list of `Producer.field -> Consumer.field` | none | wires a `Producer` of one daemon to a `Consumer` of another, or to several, each of which gets every message: `A.out -> [B.inbox, C.inbox]`; message type and capacity must agree, and every consumer must be wired once |
/// | `subscriptions` | list of `Monitor -> Ledger` | none | the daemon on the left hears of the commits, rollbacks and resets of the one on the right: `me.wait_for(&Wait::new().news())`, `me.news::<Ledger>()`; four for each on the left |
/// | `strategy` | `one_for_one`, `one_for_all`, `rest_for_one` | `one_for_one` | what happens to the others when one dies and is started again: nothing; all are stopped in order and started again; those are that were started after it |
/// | `name` | text | name of the binary | names the runtime directory |
/// | `setup` | path of a `fn() -> Result<T, E>` | none | runs in the root before the seal; the daemons can read what it returned |
/// | `crate` | path | `::perennial` | where the runtime's crate is |
///
/// `cfg` on daemons, rings and dependencies is honoured; a ring or a dependency goes with the daemons that it names, and
/// two daemons may have one name where `cfg` leaves one of them. There are 64 daemons at most.
///
/// A daemon takes options in parentheses: `depends_on` (list of daemons, default none), those that must be ready
/// before it is started; they are started first, wherever they stand in the list. Daemons that wait for each other are
/// an error.
///
/// A ring takes options in parentheses: `attempts` (number, default `3`), the failed attempts at a message after
/// which it is set aside as a dead letter. An attempt fails when the transaction or the update that looks at the
/// message panics, crashes, times out or returns an `Err`, each of a transaction's `retries` on its own, and when
/// the daemon dies meanwhile. So wait for room in a ring *before* handling a message that leads to a push.
/// And `full` (one of `refuse`, `wait`, `drop_oldest`; default `refuse`), what the producer does when the slowest of its
/// consumers has left no room; all rings of one producer say the same. With `refuse`, `push` hands the message back. With
/// `wait`, it waits in the middle of the change until there is room, or the daemon is asked to stop; two daemons that wait
/// for each other so do for ever, and a `timeout` of the transaction ends it as any other. With `drop_oldest`, it
/// overwrites the oldest message; a consumer that has not taken that one goes on with the oldest that is left, and counts
/// what it has missed.
///
/// # Generated
/// `fn main`, the allocator of the binary, for Rust and for C, and an error if the profile says
/// `panic = "abort"`, for a panic must unwind to be contained.
#[proc_macro]
pub fn root(input: TokenStream) -> TokenStream {
    root::root(keep(input.into())).into()
}
