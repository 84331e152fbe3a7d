//! The real program, from outside: its last line, its exit code, and what it leaves.

mod support;

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;
use support::{Program, last_line};

/// What the shipped set has: photographs, hostile files and sabotage jobs.
const SHIPPED: usize = 119;

#[test]
fn the_shipped_set_is_done_although_every_daemon_is_killed_once() {
    let program = Program::new();
    let out = program.folder("work");
    let (code, text) = program.run(&["--out", &out]);
    let line = last_line(&text);
    assert_eq!(line.files, SHIPPED, "{text}");
    assert!(line.restarts >= 3, "{text}");
    assert!(line.is_whole() && code == Some(0), "{text}");
    for daemon in ["Intake", "Darkroom", "Catalogue"] {
        assert_eq!(text.matches(&format!("{daemon} (PID ")).count(), 1, "{text}");
    }
    for crash in [
        "null.sabotage is set aside: it crashed the decoder (SIGSEGV at address 0x0)",
        "loop.sabotage is set aside: the decoder did not come to an end",
    ] {
        assert!(text.contains(crash), "{crash}: {text}");
    }
}

/// Twelve megapixels; fewer without optimisation, for which a busy machine may need more than the timeout.
const LARGE: (u16, u16) = if cfg!(debug_assertions) { (2000, 1500) } else { (4000, 3000) };

#[test]
fn a_folder_of_ones_own_is_done_with_large_photographs() {
    let program = Program::new();
    let photos = program.folder("photos");
    fs::create_dir(&photos).unwrap();
    for (name, progressive) in [("camera.jpg", false), ("progressive.jpg", true)] {
        support::write_photograph(&format!("{photos}/{name}"), LARGE.0, LARGE.1, progressive);
    }
    fs::write(format!("{photos}/notes.txt"), "not a job").unwrap();
    fs::write(format!("{photos}/small.ppm"), b"P6 1 1 255\n\x01\x02\x03").unwrap();
    fs::write(format!("{photos}/null.sabotage"), "null").unwrap();
    let (code, text) = program.run(&[&photos]);
    let line = last_line(&text);
    assert_eq!((line.files, line.thumbnails, line.set_aside, line.restarts), (4, 3, 1, 0), "{text}");
    assert!(line.is_whole() && code == Some(0), "{text}");
    let catalogue = fs::read_to_string(format!("{photos}-developed/catalogue.tsv")).unwrap();
    let (width, height) = LARGE;
    assert!(catalogue.contains(&format!("camera.jpg\tdeveloped\t{width}\t{height}\t")), "{catalogue}");
}

#[test]
fn an_empty_folder_is_done_at_once() {
    let program = Program::new();
    let photos = program.folder("photos");
    fs::create_dir(&photos).unwrap();
    let (code, text) = program.run(&[&photos]);
    assert!(
        text.ends_with("darkroom: 0 files, 0 thumbnails, 0 set aside, 0 restarts, 0 lost, 0 counted twice\n"),
        "{text}"
    );
    assert_eq!(code, Some(0));
}

#[test]
fn a_watched_folder_is_followed_until_the_program_is_asked_to_stop() {
    let program = Program::new();
    let photos = program.folder("photos");
    fs::create_dir(&photos).unwrap();
    let picture = b"P6 1 1 255\n\x01\x02\x03";
    fs::write(format!("{photos}/before.ppm"), picture).unwrap();
    // Still being written when the folder is listed, and finished later.
    let mut slow = fs::File::create(format!("{photos}/slow.ppm")).unwrap();
    slow.write_all(&picture[..5]).unwrap();

    let mut front = program.command(&[&photos, "--watch"]).stderr(Stdio::piped()).spawn().unwrap();
    let _watchdog = support::Watchdog::over(&front);
    let mut told = BufReader::new(front.stderr.take().unwrap()).lines().map(Result::unwrap);
    let mut until = |words: &str| assert!(told.any(|line| line.contains(words)), "{words}");
    until("watching");
    fs::write(format!("{photos}/during.sabotage"), "abort").unwrap();
    until("during.sabotage is set aside");
    fs::write(format!("{photos}/before.ppm"), picture).unwrap();
    slow.write_all(&picture[5..]).unwrap();
    drop(slow);
    support::interrupt(&front);
    let text = support::rest(&mut front);
    assert!(
        text.ends_with("darkroom: 3 files, 2 thumbnails, 1 set aside, 0 restarts, 0 lost, 0 counted twice\n"),
        "{text}"
    );
    assert!(front.wait().unwrap().success());
}

#[test]
fn results_of_two_runs_are_not_mixed() {
    let program = Program::new();
    let photos = program.folder("photos");
    fs::create_dir(&photos).unwrap();
    let (code, text) = program.run(&[&photos, "--out", &program.folder("")]);
    assert_eq!(code, Some(2), "{text}");
    assert!(text.contains("is not empty"), "{text}");
}
