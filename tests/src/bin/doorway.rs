//! A tree whose set-up hook fails as it is told on the command line.

use perennial::prelude::*;
use perennial_tests::say;
use std::net::TcpListener;

/// What the set-up hook leaves for the daemon.
struct Door {
    _listener: TcpListener,
}

fn open() -> Result<Door, Error> {
    let mut arguments = perennial::arguments().map(|argument| argument.to_string_lossy().into_owned());
    let how = arguments.next().unwrap_or_default();
    let what = arguments.next().unwrap_or_default();
    match how.as_str() {
        "file" => {
            std::fs::read(&what).map_err(|error| Error::new(format_args!("cannot read {what}: {error}")))?;
        }
        "panic" => panic!("there is no door"),
        "helper" => {
            // A helper process, and then a failure.
            // SAFETY: the child only waits to be killed.
            if unsafe { libc::fork() } == 0 {
                say!("helper pid={}", std::process::id());
                loop {
                    // SAFETY: no arguments.
                    unsafe { libc::pause() };
                }
            }
            return Err(Error::new("the helper was of no help"));
        }
        "thread" => {
            std::thread::spawn(std::thread::park);
        }
        _ => {}
    }
    let port = if how == "port" { what.as_str() } else { "0" };
    let listener = TcpListener::bind(format!("127.0.0.1:{port}"))
        .map_err(|error| Error::new(format_args!("cannot listen on port {port}: {error}")))?;
    say!("port={}", listener.local_addr()?.port());
    Ok(Door { _listener: listener })
}

#[daemon(mem = "64KiB")]
struct Keeper {
    opened: u64,
}

impl Daemon for Keeper {
    fn run(me: &mut Handle<Self>) -> Outcome {
        me.change(|s| *s.opened += 1)?;
        me.setup::<Door>().ok_or(Error::new("no door"))?;
        say!("open");
        me.wait_for_stop()
    }
}

root! {
    mem = "256KiB";
    setup = open;
    daemons: [Keeper];
}
