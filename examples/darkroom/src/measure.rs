//! What is kept of a picture: its size, its mean colour and a checksum of its pixels.

use crate::decode::Picture;
use perennial::message;

/// What developing one picture yielded. Small and plain, since it crosses a process boundary.
#[message]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Development {
    /// Pixels in one row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Mean colour as red, green and blue.
    pub mean: [u8; 3],
    /// CRC-32C of the decoded pixels.
    pub checksum: u32,
}

/// Measures a decoded picture.
pub fn measure(picture: &Picture) -> Development {
    Development {
        width: picture.width(),
        height: picture.height(),
        mean: mean(picture.pixels(), picture.channels()),
        checksum: crc32c::crc32c(picture.pixels()),
    }
}

/// The mean colour, each pixel weighted by its alpha: what is transparent has no colour.
fn mean(pixels: &[u8], channels: u8) -> [u8; 3] {
    let mut sums = [0_u64; 3];
    let mut weight = 0_u64;
    for pixel in pixels.chunks_exact(usize::from(channels)) {
        let (colour, alpha) = match *pixel {
            [grey] => ([grey; 3], 255),
            [grey, alpha] => ([grey; 3], alpha),
            [red, green, blue] => ([red, green, blue], 255),
            [red, green, blue, alpha] => ([red, green, blue], alpha),
            _ => continue,
        };
        for (sum, part) in sums.iter_mut().zip(colour) {
            *sum += u64::from(part) * u64::from(alpha);
        }
        weight += u64::from(alpha);
    }
    // Rounded; a picture without any colour is black.
    sums.map(|sum| ((sum + weight / 2).checked_div(weight).unwrap_or(0)) as u8)
}

#[cfg(test)]
mod tests {
    use super::{mean, measure};
    use crate::decode::decode;

    #[test]
    fn the_mean_weighs_by_alpha() {
        assert_eq!(mean(&[10, 20], 1), [15; 3]);
        assert_eq!(mean(&[10, 255, 200, 0], 2), [10; 3]);
        assert_eq!(mean(&[0, 0, 0, 255, 101, 9], 3), [128, 51, 5]);
        assert_eq!(mean(&[9, 8, 7, 255, 200, 200, 200, 0], 4), [9, 8, 7]);
        assert_eq!(mean(&[9, 8, 7, 0], 4), [0, 0, 0]);
    }

    #[test]
    fn the_checksum_is_of_the_pixels() {
        let picture = decode(b"P5 3 3 255\n123456789").unwrap();
        let development = measure(&picture);
        // The check value that CRC-32C is known by.
        assert_eq!(development.checksum, 0xE306_9283);
        assert_eq!((development.width, development.height), (3, 3));
        assert_eq!(development.mean, [b'5'; 3]);
    }
}
