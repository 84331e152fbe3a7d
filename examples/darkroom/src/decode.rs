//! The one call of the C decoder, and what it answers.
//!
//! The decoder meets its input unchecked: a hostile picture may crash it, which is what the
//! transaction around it is for. Only what the C call returned is checked here.

use img_rs::sys;
use std::ffi::CStr;
use std::ptr::NonNull;
use std::slice;
use thiserror::Error;

/// Why the decoder gave no picture. Small and without data, since it crosses a process boundary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum DecodeError {
    /// The file is longer than the decoder can be told.
    #[error("the file is longer than 2 GiB")]
    FileTooLong,
    /// No format that the decoder reads.
    #[error("it is no picture of a known format")]
    UnknownFormat,
    /// A known format with a feature that the decoder does not read.
    #[error("it uses a feature of its format that the decoder does not read")]
    Unsupported,
    /// The dimensions cannot be held in one block of memory.
    #[error("it claims more pixels than can be held")]
    TooLarge,
    /// The memory of this process did not suffice.
    #[error("decoding it takes more memory than there is")]
    OutOfMemory,
    /// The content contradicts its format.
    #[error("it is damaged")]
    Damaged,
    /// The decoder returned a picture that cannot be one.
    #[error("the decoder returned an impossible picture")]
    Impossible,
}

/// A decoded picture, in memory of the C heap; it is freed on drop.
#[derive(Debug)]
pub struct Picture {
    pixels: NonNull<u8>,
    width: u32,
    height: u32,
    channels: u8,
}

impl Picture {
    /// Pixels in one row.
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Rows.
    pub fn height(&self) -> u32 {
        self.height
    }

    /// Bytes of one pixel: 1 grey, 2 grey and alpha, 3 RGB, 4 RGB and alpha.
    pub fn channels(&self) -> u8 {
        self.channels
    }

    /// All pixels, row by row from the top, nothing between the rows.
    pub fn pixels(&self) -> &[u8] {
        let len = self.width as usize * self.height as usize * usize::from(self.channels);
        // SAFETY: by its contract the decoder returned a block of exactly this many initialised
        // bytes; `decode` has checked the factors. It lives until drop and nobody writes to it.
        unsafe { slice::from_raw_parts(self.pixels.as_ptr(), len) }
    }
}

impl Drop for Picture {
    fn drop(&mut self) {
        // SAFETY: the block came from the decoder and is freed once.
        unsafe { sys::stbi_image_free(self.pixels.as_ptr().cast()) }
    }
}

/// Decodes a picture, with as many channels as the file has.
///
/// # Errors
/// A [`DecodeError`] in words of this program when the decoder refuses the bytes. A decoder that
/// crashes on them takes the process along.
pub fn decode(bytes: &[u8]) -> Result<Picture, DecodeError> {
    let len = i32::try_from(bytes.len()).map_err(|_| DecodeError::FileTooLong)?;
    let (mut width, mut height, mut channels) = (0, 0, 0);
    // SAFETY: the buffer has `len` readable bytes, the three results are writable for the call.
    // Zero asks for the file's own channels, which needs the least memory.
    let pixels = unsafe {
        sys::stbi_load_from_memory(bytes.as_ptr(), len, &raw mut width, &raw mut height, &raw mut channels, 0)
    };
    let Some(pixels) = NonNull::new(pixels) else {
        return Err(refusal());
    };
    // The first statement after the call owns the block, so that every return frees it.
    let mut picture = Picture { pixels, width: 0, height: 0, channels: 0 };
    match (u32::try_from(width), u32::try_from(height), u8::try_from(channels)) {
        (Ok(width @ 1..), Ok(height @ 1..), Ok(channels @ 1..=4)) => {
            picture.width = width;
            picture.height = height;
            picture.channels = channels;
            Ok(picture)
        }
        _ => Err(DecodeError::Impossible),
    }
}

/// Sorts the decoder's own words for its last refusal.
fn refusal() -> DecodeError {
    // SAFETY: takes nothing; the answer is null or a literal of the decoder.
    let reason = unsafe { sys::stbi_failure_reason() };
    if reason.is_null() {
        return DecodeError::Damaged;
    }
    // SAFETY: not null, and a literal is terminated and lives for ever.
    let reason = unsafe { CStr::from_ptr(reason) };
    match reason.to_bytes() {
        b"outofmem" => DecodeError::OutOfMemory,
        b"too large" => DecodeError::TooLarge,
        b"unknown image type" => DecodeError::UnknownFormat,
        b"unsupported"
        | b"unsupported data layout"
        | b"unsupported format"
        | b"unsupported bit depth"
        | b"only 8-bit"
        | b"wrong version"
        | b"wrong channel count"
        | b"wrong color format"
        | b"unknown BMP"
        | b"BMP RLE"
        | b"BMP JPEG/PNG"
        | b"1/2/4/8/16-bit only"
        | b"bad bpp"
        | b"max value > 65535" => DecodeError::Unsupported,
        _ => DecodeError::Damaged,
    }
}

#[cfg(test)]
mod tests {
    use super::{DecodeError, decode};
    use crate::folder;
    use std::fs;

    #[test]
    fn every_shipped_image_is_decoded() {
        let shipped = folder::shipped();
        let listing = folder::list(shipped).unwrap();
        assert!(listing.names.len() >= 24);
        for name in &listing.names {
            let bytes = fs::read(shipped.join(name.as_str())).unwrap();
            let picture = decode(&bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert!(picture.width() >= 32 && picture.height() >= 32, "{name}");
            assert_eq!(
                picture.pixels().len(),
                picture.width() as usize * picture.height() as usize * usize::from(picture.channels())
            );
        }
    }

    #[test]
    fn a_small_ppm_is_decoded_to_the_byte() {
        let picture = decode(b"P6 2 1 255\n\x01\x02\x03\xfd\xfe\xff").unwrap();
        assert_eq!((picture.width(), picture.height(), picture.channels()), (2, 1, 3));
        assert_eq!(picture.pixels(), [1, 2, 3, 253, 254, 255]);
    }

    #[test]
    fn refusals_are_sorted() {
        for (bytes, error) in [
            (&b""[..], DecodeError::UnknownFormat),
            (b"a letter, not a picture", DecodeError::UnknownFormat),
            (b"P6 60000 60000 255\n", DecodeError::TooLarge),
            (b"GIF89a", DecodeError::Damaged),
            (b"\x89PNG\r\n\x1a\n", DecodeError::Damaged),
        ] {
            assert_eq!(decode(bytes).err(), Some(error), "{bytes:?}");
        }
    }
}
