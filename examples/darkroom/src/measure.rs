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
    let mut sums = Sums::default();
    sums.add(pixels, usize::from(channels));
    let [red, green, blue] = sums.colour();
    if channels < 3 { [red; 3] } else { [red, green, blue] }
}

/// The sums that means of pixels are made of. Colour counts by its alpha.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Sums {
    colours: [u64; 3],
    alpha: u64,
    count: u64,
}

impl Sums {
    /// Adds pixels of so many channels. Plain loops over indices, since this is where the time
    /// goes, and iterators cost tenfold without optimisation.
    pub(crate) fn add(&mut self, pixels: &[u8], channels: usize) {
        let [mut red, mut green, mut blue, mut alpha] = [0_u64; 4];
        let mut at = 0;
        match channels {
            1 => {
                while at < pixels.len() {
                    red += pixels[at] as u64;
                    at += 1;
                }
            }
            3 => {
                while at + 2 < pixels.len() {
                    red += pixels[at] as u64;
                    green += pixels[at + 1] as u64;
                    blue += pixels[at + 2] as u64;
                    at += 3;
                }
            }
            2 => {
                while at + 1 < pixels.len() {
                    let weight = pixels[at + 1] as u64;
                    red += pixels[at] as u64 * weight;
                    alpha += weight;
                    at += 2;
                }
            }
            _ => {
                while at + 3 < pixels.len() {
                    let weight = pixels[at + 3] as u64;
                    red += pixels[at] as u64 * weight;
                    green += pixels[at + 1] as u64 * weight;
                    blue += pixels[at + 2] as u64 * weight;
                    alpha += weight;
                    at += 4;
                }
            }
        }
        let count = (pixels.len() / channels.max(1)) as u64;
        let opaque = channels % 2 == 1;
        let weight = if opaque { 255 } else { 1 };
        for (sum, more) in self.colours.iter_mut().zip([red, green, blue]) {
            *sum += more * weight;
        }
        self.alpha += if opaque { count * 255 } else { alpha };
        self.count += count;
    }

    /// The mean colour, rounded; what has no colour at all is black. Grey is the first part.
    pub(crate) fn colour(&self) -> [u8; 3] {
        self.colours.map(|sum| mean_of(sum, self.alpha))
    }

    /// The mean alpha, rounded.
    pub(crate) fn alpha(&self) -> u8 {
        mean_of(self.alpha, self.count)
    }
}

fn mean_of(sum: u64, count: u64) -> u8 {
    (sum + count / 2).checked_div(count).unwrap_or(0) as u8
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
