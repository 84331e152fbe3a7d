//! Other ways to the same end, each measured beside perennial's in one run: the same work, in turn, on one core.
//!
//! | section | work |
//! |---|---|
//! | `call` | run a function in a process of its own and take its 64 bytes |
//! | `message` | 64 bytes to another process that waits for them, and back; half of it |
//! | `commit` | change one row of 64 bytes of 65,536 |
//! | `supervise` | SIGKILL of a program until it has been started again |
//!
//! A word on the command line chooses a section. Each line has perennial's time on the left. What cannot run here, such
//! as a program that is not installed, is told as `not run`.

mod call;
mod commit;
mod message;
mod supervise;
mod turn;

use perennial_peers::bench::sys;
use perennial_peers::shared;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode};

/// What anything here may fail with.
type Result<T> = core::result::Result<T, Box<dyn Error>>;

/// Prints the figures of a section; the folder is for its files.
type Section = fn(&Path) -> Result<()>;

/// A folder in memory, and the tree; both are gone at the end.
struct Run {
    folder: PathBuf,
    tree: Option<Child>,
}

impl Run {
    fn start() -> Result<Self> {
        let folder = PathBuf::from(format!("/dev/shm/perennial-peers-{}", std::process::id()));
        let mut run = Self { folder, tree: None };
        std::fs::create_dir_all(run.folder.join("tree"))?;
        let words = run.folder.join("words");
        std::fs::File::create(&words)?;
        // SAFETY: no other thread runs yet.
        unsafe { std::env::set_var(shared::NAME, &words) };
        shared::shared();
        let tree = std::env::current_exe()?.with_file_name("tree");
        let mut command = Command::new(tree);
        command.arg("run").env("PERENNIAL_DIR", run.folder.join("tree")).env("RUST_LOG", "warn");
        // Restarts are told in any case, but not between the figures.
        if std::env::var_os("PEERS_LOG").is_none() {
            command.stderr(std::process::Stdio::null());
        }
        run.tree = Some(command.spawn()?);
        if !sys::wait_while(&shared::shared().services[0].entered, 0) {
            return Err("the tree does not start".into());
        }
        Ok(run)
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        if let Some(mut tree) = self.tree.take() {
            // SAFETY: takes numbers; the tree is this process's child and not reaped.
            unsafe { libc::kill(tree.id() as i32, libc::SIGTERM) };
            let _ = tree.wait();
        }
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn measure(wanted: Option<&str>) -> Result<()> {
    sys::pin();
    let run = Run::start()?;
    // Calls first: what a fork costs grows with the memory that the other sections touch.
    let sections: [(&str, Section); 4] = [
        ("call", call::measure),
        ("message", message::measure),
        ("commit", commit::measure),
        ("supervise", supervise::measure),
    ];
    for (name, section) in sections {
        if wanted.is_none_or(|wanted| wanted == name) {
            section(&run.folder)?;
        }
    }
    Ok(())
}

fn main() -> ExitCode {
    if let Some(code) = call::is_child() {
        return code;
    }
    let wanted = std::env::args().nth(1);
    match measure(wanted.as_deref()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
