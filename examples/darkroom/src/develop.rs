//! One job from its file to its thumbnail: the body of the transaction.
//!
//! Everything in here may crash the process that runs it. What it leaves outside is one file
//! that appears whole, so doing it again does no harm.

use crate::decode::{DecodeError, decode};
use crate::folder::FileName;
use crate::measure::{Development, measure};
use crate::sabotage::{Sabotage, UnknownSabotage};
use crate::thumbnail::{LONGEST, ThumbnailError, path_of, thumbnail, write_thumbnail};
use nix::errno::Errno;
use std::fs;
use std::path::Path;
use thiserror::Error;

/// Why a job could not be developed. Small and plain, since it crosses a process boundary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum DevelopError {
    /// The file cannot be read; the number is the system's.
    #[error("the file cannot be read: {}", Errno::from_raw(*.0).desc())]
    Read(i32),
    /// The decoder refused it.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// The thumbnail could not be written.
    #[error(transparent)]
    Thumbnail(#[from] ThumbnailError),
    /// The sabotage job says nothing that could be done.
    #[error(transparent)]
    Sabotage(#[from] UnknownSabotage),
}

/// Develops one job: decodes the picture, writes its thumbnail and measures it, or carries out
/// the sabotage.
///
/// # Errors
/// A [`DevelopError`] when the file, the picture or the thumbnail will not do. A crash is not
/// caught.
pub fn develop(folder: &Path, name: &FileName, out: &Path) -> Result<Development, DevelopError> {
    let bytes = fs::read(folder.join(name.as_str()))
        .map_err(|error| DevelopError::Read(error.raw_os_error().unwrap_or(libc::EIO)))?;
    if name.is_sabotage() {
        Sabotage::parse(&bytes)?.carry_out();
    }
    let picture = decode(&bytes)?;
    let small = thumbnail(&picture, LONGEST);
    write_thumbnail(&path_of(out, name.as_str()), &small)?;
    Ok(measure(&picture))
}

#[cfg(test)]
mod tests {
    use super::{DevelopError, develop};
    use crate::contained::{End, contained};
    use crate::decode::DecodeError;
    use crate::folder::FileName;
    use crate::sabotage::UnknownSabotage;
    use std::fs;
    use std::time::Duration;

    #[test]
    fn a_job_ends_in_a_thumbnail_a_refusal_or_a_crash() {
        let folder = tempfile::tempdir().unwrap();
        let out = tempfile::tempdir().unwrap();
        let job = |name: &str, content: &[u8]| {
            fs::write(folder.path().join(name), content).unwrap();
            FileName::new(name.as_bytes()).unwrap()
        };
        let run = |name: FileName| develop(folder.path(), &name, out.path());

        let good = run(job("good.ppm", b"P6 1 1 255\n\x01\x02\x03")).unwrap();
        assert_eq!((good.width, good.height, good.mean), (1, 1, [1, 2, 3]));
        assert!(out.path().join("good.ppm.png").exists());
        assert_eq!(
            run(job("text.jpg", b"no picture")),
            Err(DevelopError::Decode(DecodeError::UnknownFormat))
        );
        assert_eq!(run(job("odd.sabotage", b"tickle")), Err(DevelopError::Sabotage(UnknownSabotage)));
        let absent = FileName::new(b"absent.png").unwrap();
        assert_eq!(run(absent), Err(DevelopError::Read(libc::ENOENT)));

        let fatal = job("fatal.sabotage", b"null\n");
        let end = contained(Duration::from_secs(5), || i32::from(run(fatal).is_ok()));
        assert_eq!(end, End::Signal(libc::SIGSEGV));
        assert_eq!(fs::read_dir(out.path()).unwrap().count(), 1);
    }
}
