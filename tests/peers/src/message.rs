//! 64 bytes to another process and back, on one core; the figure is half of a round. Every process waits for what it is
//! to receive, none spins.

use crate::Result;
use crate::turn::{against, ask, timed};
use iceoryx2::port::{listener::Listener, notifier::Notifier, publisher::Publisher, subscriber::Subscriber};
use iceoryx2::prelude::*;
use ipc_channel::ipc;
use perennial_peers::shared::Job;
use std::io::{Read, Write, pipe};
use std::os::unix::net::UnixStream;
use std::path::Path;

/// Rounds in a batch.
const ROUNDS: u64 = 100;
/// Batches.
const BATCHES: usize = 100;

/// A message.
type Line = [u8; 64];

/// A child that does something until this is dropped.
struct Child(i32);

impl Child {
    /// Forks it; `work` does not return before the parent is done.
    fn fork(work: impl FnOnce() -> Result<()>) -> Result<Self> {
        // SAFETY: no thread of this process holds a lock that the child needs: those that peers have started wait.
        match unsafe { libc::fork() } {
            -1 => Err(std::io::Error::last_os_error().into()),
            0 => {
                // SAFETY: takes numbers; ends the child without the parent's exit handlers.
                unsafe {
                    libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL);
                    let done = work();
                    libc::_exit(i32::from(done.is_err()))
                }
            }
            pid => Ok(Self(pid)),
        }
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        // SAFETY: the child is this process's own and not reaped; fills nothing.
        unsafe {
            libc::kill(self.0, libc::SIGKILL);
            libc::waitpid(self.0, core::ptr::null_mut(), 0);
        }
    }
}

/// Times rounds: there and back.
fn rounds(mut round: impl FnMut(Line) -> Result<Line>) -> Result<u64> {
    let time = timed(ROUNDS, |n| {
        let line = [n as u8; 64];
        if round(line)? == line { Ok(()) } else { Err("another message came back".into()) }
    })?;
    Ok(time / 2)
}

/// Sends every message back that it reads.
fn echo(mut from: impl Read, mut to: impl Write) -> Result<()> {
    let mut line = [0; 64];
    loop {
        from.read_exact(&mut line)?;
        to.write_all(&line)?;
    }
}

/// Prints the section.
pub fn measure(_: &Path) -> Result<()> {
    let ours = || ask(Job::Messages);
    bytes(ours)?;
    channel(ours)?;
    iceoryx(ours)
}

fn bytes(ours: impl Fn() -> Result<u64>) -> Result<()> {
    let ((mut back, child_out), (child_in, mut there)) = (pipe()?, pipe()?);
    let child = Child::fork(|| echo(&child_in, &child_out))?;
    against("message", "pipe", None, BATCHES, &ours, || {
        rounds(|line| {
            let mut answer = [0; 64];
            there.write_all(&line)?;
            back.read_exact(&mut answer)?;
            Ok(answer)
        })
    })?;
    drop(child);
    let (mut socket, theirs) = UnixStream::pair()?;
    let child = Child::fork(|| echo(&theirs, &theirs))?;
    against("message", "unix_socket", None, BATCHES, &ours, || {
        rounds(|line| {
            let mut answer = [0; 64];
            socket.write_all(&line)?;
            socket.read_exact(&mut answer)?;
            Ok(answer)
        })
    })?;
    drop(child);
    Ok(())
}

fn channel(ours: impl FnMut() -> Result<u64>) -> Result<()> {
    let ((there, child_in), (child_out, back)) = (ipc::bytes_channel()?, ipc::bytes_channel()?);
    let child = Child::fork(|| {
        loop {
            child_out.send(&child_in.recv()?)?;
        }
    })?;
    against("message", "ipc-channel", None, BATCHES, ours, || {
        rounds(|line| {
            there.send(&line)?;
            Ok(back.recv()?.as_slice().try_into()?)
        })
    })?;
    drop(child);
    Ok(())
}

/// One end: messages by a publisher, and an event that wakes the other side.
struct End {
    publisher: Publisher<ipc_service::Service, Line, ()>,
    subscriber: Subscriber<ipc_service::Service, Line, ()>,
    notifier: Notifier<ipc_service::Service>,
    listener: Listener<ipc_service::Service>,
    // Last: all of the others are the node's.
    _node: Node<ipc_service::Service>,
}

use iceoryx2::service::ipc as ipc_service;

impl End {
    fn open(prefix: &str, out: &str, back: &str) -> Result<Self> {
        let node = NodeBuilder::new().signal_handling_mode(SignalHandlingMode::Disabled);
        let node = node.create::<ipc_service::Service>()?;
        let lines = |name: &str| -> Result<_> {
            let service = node.service_builder(&format!("{prefix}/{name}").as_str().try_into()?);
            Ok(service.publish_subscribe::<Line>().open_or_create()?)
        };
        let events = |name: &str| -> Result<_> {
            let service = node.service_builder(&format!("{prefix}/{name}/event").as_str().try_into()?);
            Ok(service.event().open_or_create()?)
        };
        Ok(Self {
            publisher: lines(out)?.publisher_builder().create()?,
            subscriber: lines(back)?.subscriber_builder().create()?,
            notifier: events(out)?.notifier_builder().create()?,
            listener: events(back)?.listener_builder().create()?,
            _node: node,
        })
    }

    fn send(&self, line: Line) -> Result<()> {
        self.publisher.send_copy(line)?;
        self.notifier.notify()?;
        Ok(())
    }

    fn receive(&self) -> Result<Line> {
        loop {
            if let Some(sample) = self.subscriber.receive()? {
                return Ok(*sample);
            }
            self.listener.blocking_wait(|_| ())?;
        }
    }
}

fn iceoryx(ours: impl FnMut() -> Result<u64>) -> Result<()> {
    set_log_level(LogLevel::Error);
    let prefix = format!("perennial-peers-{}", std::process::id());
    let (mut up, mut ready) = pipe()?;
    let name = prefix.clone();
    let child = Child::fork(move || {
        let end = End::open(&name, "back", "there")?;
        ready.write_all(&[1])?;
        loop {
            let line = end.receive()?;
            // The last one: the end takes its files along.
            if line[0] == u8::MAX {
                return Ok(());
            }
            end.send(line)?;
        }
    })?;
    let end = End::open(&prefix, "there", "back")?;
    up.read_exact(&mut [0])?;
    against("message", "iceoryx2_event", None, BATCHES, ours, || {
        rounds(|line| {
            end.send(line)?;
            end.receive()
        })
    })?;
    end.send([u8::MAX; 64])?;
    // SAFETY: the child is this process's own; fills nothing.
    unsafe { libc::waitpid(child.0, core::ptr::null_mut(), 0) };
    core::mem::forget(child);
    Ok(())
}
