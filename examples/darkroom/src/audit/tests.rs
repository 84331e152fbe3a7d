//! Makes the check report each kind of fault.

use super::{Audit, AuditError, audit};
use crate::catalogue::{self, Row};
use crate::develop::develop;
use crate::folder::FileName;
use std::fs;
use std::path::PathBuf;
use tempfile::TempDir;

/// A run of three good pictures and one set aside, all accounted for.
struct Run {
    _root: TempDir,
    input: PathBuf,
    out: PathBuf,
    rows: Vec<Row>,
}

const CLEAN: Audit = Audit { files: 4, thumbnails: 3, set_aside: 1, lost: 0, counted_twice: 0 };

impl Run {
    fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        let (input, out) = (root.path().join("in"), root.path().join("out"));
        fs::create_dir(&input).unwrap();
        fs::create_dir(&out).unwrap();
        let mut rows = Vec::new();
        for name in ["a.pgm", "b.pgm", "c.pgm", "text.jpg"] {
            let content = if name == "text.jpg" { "no picture" } else { "P5 3 3 255\n123456789" };
            fs::write(input.join(name), content).unwrap();
            let name = FileName::new(name.as_bytes()).unwrap();
            rows.push(Row { name, development: develop(&input, &name, &out).ok() });
        }
        Self { _root: root, input, out, rows }
    }

    fn audit(&self) -> Audit {
        let path = self.out.join(catalogue::FILE);
        catalogue::write(&path, self.rows.iter().copied()).unwrap();
        audit(&self.input, &self.out, &path).unwrap()
    }

    fn thumbnail(&self, name: &str) -> PathBuf {
        self.out.join(format!("{name}.png"))
    }
}

#[test]
fn a_clean_run_is_clean() {
    let found = Run::new().audit();
    assert_eq!(found, CLEAN);
    assert!(found.is_clean());
    assert_eq!(
        found.last_line(3).to_string(),
        "darkroom: 4 files, 3 thumbnails, 1 set aside, 3 restarts, 0 lost, 0 counted twice"
    );
}

#[test]
fn a_file_without_a_row_is_lost() {
    let mut run = Run::new();
    run.rows.remove(3);
    let expected = Audit { set_aside: 0, lost: 1, ..CLEAN };
    assert_eq!(run.audit(), expected);
}

#[test]
fn a_developed_file_without_its_thumbnail_is_lost() {
    let lost = Audit { thumbnails: 2, lost: 1, ..CLEAN };
    let run = Run::new();
    fs::remove_file(run.thumbnail("b.pgm")).unwrap();
    assert_eq!(run.audit(), lost);
    assert!(!run.audit().is_clean());

    let run = Run::new();
    let whole = fs::read(run.thumbnail("b.pgm")).unwrap();
    for end in [0, 8, whole.len() / 2, whole.len() - 1] {
        fs::write(run.thumbnail("b.pgm"), &whole[..end]).unwrap();
        assert_eq!(run.audit(), lost, "cut to {end}");
    }
    fs::write(run.thumbnail("b.pgm"), "not a picture").unwrap();
    assert_eq!(run.audit(), lost);
}

#[test]
fn a_thumbnail_of_another_size_is_lost() {
    let mut run = Run::new();
    run.rows[0].development.as_mut().unwrap().width = 4;
    assert_eq!(run.audit().lost, 1);
}

#[test]
fn a_thumbnail_without_its_row_is_lost_and_told_once() {
    let mut run = Run::new();
    run.rows.remove(0);
    let expected = Audit { thumbnails: 2, lost: 1, ..CLEAN };
    assert_eq!(run.audit(), expected);
}

#[test]
fn a_name_with_two_rows_is_counted_twice() {
    for twin in [0, 3] {
        let mut run = Run::new();
        run.rows.push(run.rows[twin]);
        let expected = Audit { counted_twice: 1, ..CLEAN };
        assert_eq!(run.audit(), expected);
    }
    let mut run = Run::new();
    let mut other = run.rows[0];
    other.development = None;
    run.rows.push(other);
    assert_eq!(run.audit().counted_twice, 1);
}

#[test]
fn rows_and_thumbnails_without_a_file_are_counted_twice() {
    let mut run = Run::new();
    run.rows.push(Row { name: FileName::new(b"ghost.png").unwrap(), development: None });
    assert_eq!(run.audit().counted_twice, 1);
    fs::copy(run.thumbnail("a.pgm"), run.thumbnail("stray.jpg")).unwrap();
    assert_eq!(run.audit().counted_twice, 2);
}

#[test]
fn a_file_set_aside_with_a_thumbnail_is_counted_twice() {
    let run = Run::new();
    fs::copy(run.thumbnail("a.pgm"), run.thumbnail("text.jpg")).unwrap();
    let expected = Audit { counted_twice: 1, ..CLEAN };
    assert_eq!(run.audit(), expected);
}

#[test]
fn what_cannot_be_read_is_an_error() {
    let run = Run::new();
    let path = run.out.join(catalogue::FILE);
    let read = || audit(&run.input, &run.out, &path);
    assert!(matches!(read(), Err(AuditError::Catalogue(_))));
    fs::write(&path, "a.pgm\tset aside\t-\t-\t-\t-\nnonsense\n").unwrap();
    assert!(matches!(read(), Err(AuditError::Row { line: 2, .. })));
    fs::remove_dir_all(&run.input).unwrap();
    assert!(matches!(read(), Err(AuditError::Folder(_))));
}
