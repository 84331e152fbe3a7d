//! Thumbnails: a box filter, and PNG files that appear whole or not at all.
//!
//! Writing is done under a temporary name in the same folder and then renamed. A transaction may
//! be killed at any instruction and repeated; done twice it leaves the same one file.

use crate::decode::Picture;
use crate::measure::Sums;
use nix::errno::Errno;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process;
use thiserror::Error;

/// The longer side of a thumbnail, in pixels.
pub const LONGEST: u32 = 160;

/// What a temporary file's name ends with.
const UNFINISHED: &str = ".part";

/// A picture made small.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thumbnail {
    /// Pixels in one row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Bytes of one pixel, as in the picture it was made of.
    pub channels: u8,
    /// Row by row from the top.
    pub pixels: Vec<u8>,
}

/// Why a thumbnail was not written; the number is the system's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ThumbnailError {
    /// The temporary file could not be made.
    #[error("the thumbnail cannot be created: {}", Errno::from_raw(*.0).desc())]
    Create(i32),
    /// The temporary file could not be written.
    #[error("the thumbnail cannot be written: {}", Errno::from_raw(*.0).desc())]
    Write(i32),
    /// The temporary file could not be given its name.
    #[error("the thumbnail cannot be renamed: {}", Errno::from_raw(*.0).desc())]
    Rename(i32),
}

/// The size of a thumbnail: the longer side at most `max`, the shape kept, never larger than the
/// picture and never empty.
pub fn fit(width: u32, height: u32, max: u32) -> (u32, u32) {
    let longer = width.max(height);
    if longer <= max {
        return (width, height);
    }
    let scale = |side: u32| {
        let scaled = (u64::from(side) * u64::from(max) + u64::from(longer) / 2) / u64::from(longer);
        (scaled as u32).max(1)
    };
    (scale(width), scale(height))
}

/// Scales a picture down with a box filter: each pixel is the mean of the pixels it stands for.
pub fn thumbnail(picture: &Picture, max: u32) -> Thumbnail {
    let (width, height) = fit(picture.width(), picture.height(), max);
    let channels = usize::from(picture.channels());
    let stride = picture.width() as usize * channels;
    let source = picture.pixels();
    let mut pixels = Vec::with_capacity(width as usize * height as usize * channels);
    for y in 0..height {
        let (top, bottom) = span(y, height, picture.height());
        for x in 0..width {
            let (left, right) = span(x, width, picture.width());
            let rows = (top..bottom)
                .map(|row| &source[row * stride + left * channels..row * stride + right * channels]);
            pixels.extend_from_slice(&blend(rows, channels)[..channels]);
        }
    }
    Thumbnail { width, height, channels: picture.channels(), pixels }
}

/// The pixels of the source that stand behind pixel `at` of `of`.
fn span(at: u32, of: u32, source: u32) -> (usize, usize) {
    let edge = |at: u32| (u64::from(at) * u64::from(source) / u64::from(of)) as usize;
    (edge(at), edge(at + 1))
}

/// The mean of some pixels; colour counts by its alpha, lest a transparent one shine through.
fn blend<'a>(rows: impl Iterator<Item = &'a [u8]>, channels: usize) -> [u8; 4] {
    let mut sums = Sums::default();
    for row in rows {
        sums.add(row, channels);
    }
    let [red, green, blue] = sums.colour();
    if channels > 2 { [red, green, blue, sums.alpha()] } else { [red, sums.alpha(), 0, 0] }
}

/// Where the thumbnail of a file belongs.
pub fn path_of(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("{name}.png"))
}

/// Writes a thumbnail as a PNG file, whole or not at all.
///
/// # Errors
/// A [`ThumbnailError`] naming the step that failed; the temporary file is then gone again.
pub fn write_thumbnail(path: &Path, thumbnail: &Thumbnail) -> Result<(), ThumbnailError> {
    // Two processes may be at the same job for a moment, one of them about to be killed: each
    // has a file of its own.
    let mut unfinished = path.as_os_str().to_owned();
    unfinished.push(format!(".{}{UNFINISHED}", process::id()));
    let unfinished = PathBuf::from(unfinished);
    let file = File::create(&unfinished).map_err(|error| ThumbnailError::Create(number(&error)))?;
    let written = encode(file, thumbnail)
        .map_err(|error| ThumbnailError::Write(number(&error)))
        .and_then(|()| fs::rename(&unfinished, path).map_err(|error| ThumbnailError::Rename(number(&error))));
    if written.is_err() {
        // The first fault is the one worth telling.
        let _ = fs::remove_file(&unfinished);
    }
    written
}

/// Removes what killed writers left behind, and says how many files that were.
///
/// # Errors
/// When the folder cannot be read or a file not be removed.
pub fn sweep(folder: &Path) -> io::Result<usize> {
    let mut swept = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name().as_encoded_bytes().ends_with(UNFINISHED.as_bytes()) {
            fs::remove_file(entry.path())?;
            swept += 1;
        }
    }
    Ok(swept)
}

/// Removes the thumbnail of a file that is set aside after all: a killed transaction may have
/// written it before it died. Nothing there is fine.
///
/// # Errors
/// When there is one that cannot be removed.
pub fn remove(folder: &Path, name: &str) -> io::Result<()> {
    match fs::remove_file(path_of(folder, name)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn encode(file: File, thumbnail: &Thumbnail) -> io::Result<()> {
    let mut file = BufWriter::new(file);
    let mut encoder = png::Encoder::new(&mut file, thumbnail.width, thumbnail.height);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_color(match thumbnail.channels {
        1 => png::ColorType::Grayscale,
        2 => png::ColorType::GrayscaleAlpha,
        3 => png::ColorType::Rgb,
        _ => png::ColorType::Rgba,
    });
    // The heap after the seal is small; the faster setting needs the least of it.
    encoder.set_compression(png::Compression::Fast);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&thumbnail.pixels)?;
    writer.finish()?;
    file.flush()
}

fn number(error: &io::Error) -> i32 {
    error.raw_os_error().unwrap_or(libc::EIO)
}

#[cfg(test)]
mod tests {
    use super::{LONGEST, ThumbnailError, fit, path_of, remove, sweep, thumbnail, write_thumbnail};
    use crate::decode::decode;
    use crate::folder;
    use std::fs;

    #[test]
    fn the_shape_is_kept() {
        assert_eq!(fit(640, 427, 160), (160, 107));
        assert_eq!(fit(427, 640, 160), (107, 160));
        assert_eq!(fit(100, 20, 160), (100, 20));
        assert_eq!(fit(100_000, 1, 160), (160, 1));
    }

    #[test]
    fn a_box_is_the_mean_of_its_pixels() {
        let picture = decode(b"P5 4 2 255\n\x00\x04\x0a\x0a\x04\x08\x14\x14").unwrap();
        let small = thumbnail(&picture, 2);
        assert_eq!((small.width, small.height, small.channels), (2, 1, 1));
        assert_eq!(small.pixels, [4, 15]);
        // Nothing to scale: the pixels themselves.
        assert_eq!(thumbnail(&picture, 9).pixels, picture.pixels());
    }

    #[test]
    fn transparent_colour_does_not_shine_through() {
        let rows = [&[200, 0, 0, 255, 0, 99, 0, 0][..]];
        assert_eq!(super::blend(rows.into_iter(), 4), [200, 0, 0, 128]);
        let rows = [&[50, 0, 50, 0][..]];
        assert_eq!(super::blend(rows.into_iter(), 2)[..2], [0, 0]);
    }

    #[test]
    fn every_shipped_image_becomes_a_readable_png_even_twice() {
        let out = tempfile::tempdir().unwrap();
        let shipped = folder::shipped();
        for name in &folder::list(shipped).unwrap().names {
            let picture = decode(&fs::read(shipped.join(name.as_str())).unwrap()).unwrap();
            let small = thumbnail(&picture, LONGEST);
            let path = path_of(out.path(), name.as_str());
            write_thumbnail(&path, &small).unwrap();
            let first = fs::read(&path).unwrap();
            write_thumbnail(&path, &small).unwrap();
            assert_eq!(fs::read(&path).unwrap(), first, "{name}");
            let read_back = decode(&first).unwrap();
            assert_eq!(read_back.pixels(), small.pixels, "{name}");
        }
        assert_eq!(sweep(out.path()).unwrap(), 0);
    }

    #[test]
    fn faults_name_the_step_and_leave_nothing() {
        let out = tempfile::tempdir().unwrap();
        let small = thumbnail(&decode(b"P5 1 1 255\n\x07").unwrap(), 1);
        let missing = write_thumbnail(&out.path().join("no/such.png"), &small);
        assert_eq!(missing, Err(ThumbnailError::Create(libc::ENOENT)));
        let taken = out.path().join("taken.png");
        fs::create_dir(&taken).unwrap();
        let refused = write_thumbnail(&taken, &small);
        assert_eq!(refused, Err(ThumbnailError::Rename(libc::EISDIR)));
        assert_eq!(fs::read_dir(out.path()).unwrap().count(), 1);
    }

    #[test]
    fn leftovers_are_swept_and_thumbnails_removed() {
        let out = tempfile::tempdir().unwrap();
        fs::write(out.path().join("a.jpg.png.12.part"), "half").unwrap();
        fs::write(out.path().join("b.jpg.png"), "whole").unwrap();
        assert_eq!(sweep(out.path()).unwrap(), 1);
        remove(out.path(), "b.jpg").unwrap();
        remove(out.path(), "b.jpg").unwrap();
        assert_eq!(fs::read_dir(out.path()).unwrap().count(), 0);
    }
}
