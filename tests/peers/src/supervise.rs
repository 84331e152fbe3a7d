//! SIGKILL of a supervised program until its next incarnation's first instruction of its own.
//!
//! Every program has been up for longer than a second when it is killed: some supervisors wait before they start one
//! again that has died at once, which is not what is compared here.

use crate::Result;
use crate::turn::{against, not_run};
use perennial_peers::bench::sys;
use perennial_peers::shared::{NAME, SERVICE, shared};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// Kills of each.
const KILLS: usize = 7;
/// How long a program is up before it is killed.
const UP: Duration = Duration::from_millis(1300);

/// How a supervisor is run, in a folder of its own, on a program.
type Start = fn(&Path, &Path) -> Result<Command>;

/// Supervisors: the name in the figures, the program that must be there, and how it is run.
const SUPERVISORS: [(&str, &str, Start); 5] = [
    ("shell_loop", "sh", shell),
    ("s6", "s6-supervise", s6),
    ("runit", "runsv", runit),
    ("supervisord", "supervisord", supervisord),
    ("erlang_port", "erl", erlang),
];

#[expect(clippy::unnecessary_wraps, reason = "as the others")]
fn shell(_: &Path, service: &Path) -> Result<Command> {
    let mut command = Command::new("sh");
    command.arg("-c").arg(format!("while :; do '{}'; done", service.display()));
    Ok(command)
}

/// A folder with a script `run`, which s6 and runit have in common.
fn scripted(folder: &Path, service: &Path, program: &str) -> Result<Command> {
    let script = folder.join("run");
    fs::write(&script, format!("#!/bin/sh\nexec '{}'\n", service.display()))?;
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755))?;
    let mut command = Command::new(program);
    command.arg(folder);
    Ok(command)
}

fn s6(folder: &Path, service: &Path) -> Result<Command> {
    scripted(folder, service, "s6-supervise")
}

fn runit(folder: &Path, service: &Path) -> Result<Command> {
    scripted(folder, service, "runsv")
}

fn supervisord(folder: &Path, service: &Path) -> Result<Command> {
    let file = folder.join("supervisord.conf");
    let (place, service) = (folder.display(), service.display());
    fs::write(
        &file,
        format!(
            "[supervisord]\nnodaemon=true\nlogfile=/dev/null\nlogfile_maxbytes=0\npidfile={place}/pid\n\
             [program:service]\ncommand={service}\nautorestart=true\nstartsecs=0\n"
        ),
    )?;
    let mut command = Command::new("supervisord");
    command.arg("-c").arg(file);
    Ok(command)
}

#[expect(clippy::unnecessary_wraps, reason = "as the others")]
fn erlang(_: &Path, service: &Path) -> Result<Command> {
    let program = format!(
        "L = fun L() -> P = open_port({{spawn_executable, \"{}\"}}, [exit_status]), \
         receive {{P, {{exit_status, _}}}} -> L() end end, L().",
        service.display()
    );
    let mut command = Command::new("erl");
    command.args(["-noshell", "-noinput", "-eval", &program]);
    Ok(command)
}

/// A supervisor, and whatever it has started, until this is dropped.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // SAFETY: takes numbers; the group's leader is this process's child and not reaped.
        unsafe { libc::kill(-(self.0.id() as i32), libc::SIGKILL) };
        let _ = self.0.wait();
    }
}

fn is_installed(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

/// Prints the section.
pub fn measure(folder: &Path) -> Result<()> {
    let service = std::env::current_exe()?.with_file_name("service");
    let services = &shared().services;
    for (number, (name, program, command)) in (1..).zip(SUPERVISORS) {
        if !is_installed(program) {
            not_run("supervise", name, &format!("{program} is not installed"));
            continue;
        }
        let place = folder.join(name);
        fs::create_dir_all(&place)?;
        let mut command = command(&place, &service)?;
        command.env(SERVICE, number.to_string()).env(NAME, folder.join("words")).env("HOME", &place);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
        let _running = Running(command.spawn()?);
        if !sys::wait_while(&services[number].entered, 0) {
            not_run("supervise", name, "it does not start the program");
            continue;
        }
        let restart = |number: usize| services[number].restart().ok_or("the program is not started again");
        // Both have been up for that long by then.
        let ours = || {
            std::thread::sleep(UP);
            Ok(restart(0)? * 1000)
        };
        against("supervise", name, None, KILLS, ours, || Ok(restart(number)? * 1000))?;
    }
    Ok(())
}
