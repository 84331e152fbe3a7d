//! What a snapshot of a peer costs over `memcpy` of the same bytes, in one process, the two in turn. The peers are idle:
//! a commit that comes in between costs a second copy.

use core::hint::black_box;
use core::mem::MaybeUninit;
use perennial::daemon::Publishes;
use perennial::prelude::*;
use perennial_figures::side::{self, Side};
use std::time::Instant;

/// Copies in a batch.
const COPIES: u32 = 500;
/// Batches of each side.
const BATCHES: usize = 301;
/// What a snapshot may cost over `memcpy`.
const TARGET: f64 = 1.1;

macro_rules! peers {
    ($($name:ident $bytes:literal,)*) => {
        $(
            #[doc = concat!("A daemon that publishes ", $bytes, " bytes.")]
            #[daemon(mem = "2MiB", record = "128KiB")]
            pub struct $name {
                #[publish]
                head: u64,
                /// Not published.
                own: u32,
                #[publish]
                block: [u64; $bytes / 8 - 1],
            }

            impl Daemon for $name {
                fn run(me: &mut Handle<Self>) -> Outcome {
                    me.change(|s| {
                        *s.head = 1;
                        *s.own = 2;
                        s.block.fill(3);
                    })?;
                    me.wait_for_stop()
                }
            }
        )*

        /// Reads them all.
        #[daemon(mem = "8MiB", heap = "2MiB")]
        pub struct Reader;

        impl Daemon for Reader {
            fn run(me: &mut Handle<Self>) -> Outcome {
                $(measure::<$name>(me, $bytes)?;)*
                me.shutdown(0);
                me.wait_for_stop()
            }
        }

        root! {
            name = "snapshot";
            mem = "32MiB";
            daemons: [$($name,)* Reader (depends_on = [$($name),*])];
        }
    };
}

peers! {
    Tiny 64,
    Small 1024,
    Medium 4096,
    Large 16384,
    Huge 65536,
}

fn measure<P: Publishes>(me: &Handle<Reader>, bytes: usize) -> Result<(), Error> {
    assert_eq!(size_of::<P::Published>(), bytes);
    let patience = Duration::from_secs(1);
    let mut snapshot = me.snapshot::<P>(patience).map_err(Error::new)?;
    let source = me.snapshot::<P>(patience).map_err(Error::new)?;
    let mut target = MaybeUninit::<P::Published>::uninit();
    let batches = perennial_figures::batches(BATCHES);
    let mut ratios = vec![0.0; batches];
    let mut times = [vec![0.0; batches], vec![0.0; batches]];
    for batch in 0..batches {
        side::enter(Side::Ours, format_args!("{bytes}B"));
        let start = Instant::now();
        for _ in 0..COPIES {
            me.snapshot_into::<P>(&mut snapshot, black_box(patience)).map_err(Error::new)?;
            black_box(&mut snapshot);
        }
        let ours = start.elapsed().as_secs_f64();
        side::enter(Side::Base, format_args!("{bytes}B"));
        let start = Instant::now();
        for _ in 0..COPIES {
            // SAFETY: both are of the type, and their own.
            unsafe {
                black_box(&raw const source.value).copy_to_nonoverlapping(target.as_mut_ptr(), 1);
            }
            black_box(&mut target);
        }
        let base = start.elapsed().as_secs_f64();
        side::enter(Side::Neither, "");
        ratios[batch] = ours / base;
        times[0][batch] = ours * 1e9 / f64::from(COPIES);
        times[1][batch] = base * 1e9 / f64::from(COPIES);
    }
    let ratio = median(&mut ratios);
    let [ours, base] = times.each_mut().map(|times| median(times));
    let met = if ratio <= TARGET { "yes" } else { "no" };
    println!(
        "bench snapshot/{bytes}B ratio={ratio:.2} target={TARGET:.2} met={met} ours={ours:.1}ns base={base:.1}ns"
    );
    Ok(())
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values[values.len() / 2]
}
