//! Headers that lie: pictures whose sizes and lengths promise what the file does not hold.
//!
//! Each lie is told in the terms of its format, with a valid checksum where the format has one,
//! so that a decoder believes it as far as it believes anything.

/// Dimensions whose pixels just fit the decoder's arithmetic, yet hardly any memory.
const HUGE: u16 = 20_000;

/// A file that lies: what about, its extension and its content.
pub(crate) type Lie = (&'static str, &'static str, Vec<u8>);

/// Tells every known lie, each made of an honest file of its format; `honest` finds one by its
/// extension. A lie for which there is no honest file is left out.
pub(crate) fn tell(honest: impl Fn(&str) -> Option<Vec<u8>>) -> Vec<Lie> {
    let mut lies: Vec<Lie> = Vec::new();
    let mut lie = |what, extension, change: &dyn Fn(&mut Vec<u8>) -> Option<()>| {
        if let Some(mut bytes) = honest(extension)
            && change(&mut bytes).is_some()
        {
            lies.push((what, extension, bytes));
        }
    };
    let huge = u32::from(HUGE);
    lie("huge", "png", &|b| png_size(b, huge, huge));
    lie("endless", "png", &|b| png_size(b, 0x7fff_ffff, 1));
    lie("empty", "png", &|b| png_size(b, 0, 32));
    lie("chunk", "png", &|b| {
        let at = find(b, b"IDAT")?.checked_sub(4)?;
        put(b, at, &0x7fff_ffff_u32.to_be_bytes())
    });
    lie("huge", "bmp", &|b| bmp_size(b, HUGE.into(), HUGE.into()));
    lie("upside-down", "bmp", &|b| bmp_size(b, 32, i32::MIN));
    lie("far", "bmp", &|b| put(b, 10, &u32::MAX.to_le_bytes()));
    lie("masks", "bmp", &|b| put(b, 30, &3_u32.to_le_bytes()));
    lie("huge", "jpg", &|b| jpeg_size(b, HUGE));
    lie("largest", "jpg", &|b| jpeg_size(b, u16::MAX));
    lie("segment", "jpg", &|b| put(b, 4, &1_u16.to_be_bytes()));
    lie("tables", "jpg", &|b| {
        // A Huffman table that says it has 255 codes of each length.
        let at = find(b, &[0xff, 0xc4])?;
        put(b, at + 5, &[0xff; 16])
    });
    lie("codes", "jpg", &jpeg_codes);
    lie("huge", "psd", &|b| {
        put(b, 14, &huge.to_be_bytes())?;
        put(b, 18, &huge.to_be_bytes())
    });
    lie("channels", "psd", &|b| put(b, 12, &u16::MAX.to_be_bytes()));
    lie("huge", "gif", &|b| put(b, 6, &[0xff; 4]));
    lie("frame", "gif", &|b| {
        let colours = 3 << (1 + (b.get(10)? & 7));
        let frame = b.get(13 + colours..)?.iter().position(|&x| x == b',')?;
        put(b, 13 + colours + frame + 5, &[0xff; 4])
    });
    lie("huge", "tga", &|b| put(b, 12, &[0xff; 4]));
    lie("palette", "tga", &|b| put(b, 1, &[1, 9, 0, 0, 0xff, 0xff, 32]));
    lie("huge", "ppm", &|b| text(b, "P6 20000 20000 255\n"));
    lie("huge", "hdr", &|b| text(b, "#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 12000 +X 12000\n"));
    lies
}

fn png_size(bytes: &mut [u8], width: u32, height: u32) -> Option<()> {
    put(bytes, 16, &width.to_be_bytes())?;
    put(bytes, 20, &height.to_be_bytes())?;
    let checksum = crc32fast::hash(bytes.get(12..29)?);
    put(bytes, 29, &checksum.to_be_bytes())
}

fn bmp_size(bytes: &mut [u8], width: i32, height: i32) -> Option<()> {
    put(bytes, 18, &width.to_le_bytes())?;
    put(bytes, 22, &height.to_le_bytes())
}

/// Walks the segments to the frame header, whose kind says baseline or progressive.
fn jpeg_size(bytes: &mut [u8], side: u16) -> Option<()> {
    let mut at = 2;
    loop {
        let kind = *bytes.get(at + 1)?;
        if matches!(kind, 0xc0..=0xc2) {
            put(bytes, at + 5, &side.to_be_bytes())?;
            return put(bytes, at + 7, &side.to_be_bytes());
        }
        let len = [*bytes.get(at + 2)?, *bytes.get(at + 3)?];
        at += 2 + usize::from(u16::from_be_bytes(len));
    }
}

/// Adds a Huffman table of eight times 255 codes where a decoder has room for 256. The lengths
/// agree with each other, so only one that counts them is safe.
fn jpeg_codes(bytes: &mut Vec<u8>) -> Option<()> {
    const CODES: usize = 8 * 255;
    let scan = find(bytes, &[0xff, 0xda])?;
    let mut segment = vec![0xff, 0xc4];
    segment.extend((2 + 1 + 16 + CODES as u16).to_be_bytes());
    // The first table of the coefficients, without short codes.
    segment.push(0x10);
    segment.extend([0; 8]);
    segment.extend([255; 8]);
    segment.extend([0x11; CODES]);
    bytes.splice(scan..scan, segment);
    Some(())
}

/// Replaces the start of the file with another header in words.
fn text(bytes: &mut [u8], header: &str) -> Option<()> {
    put(bytes, 0, header.as_bytes())
}

fn put(bytes: &mut [u8], at: usize, value: &[u8]) -> Option<()> {
    bytes.get_mut(at..at + value.len())?.copy_from_slice(value);
    Some(())
}

fn find(bytes: &[u8], pattern: &[u8]) -> Option<usize> {
    bytes.windows(pattern.len()).position(|window| window == pattern)
}

#[cfg(test)]
mod tests {
    use super::{jpeg_size, png_size, tell};

    #[test]
    fn a_png_lie_has_a_valid_checksum() {
        let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
        png.extend([0; 17]);
        png_size(&mut png, 5, 7).unwrap();
        assert_eq!(png[16..24], [0, 0, 0, 5, 0, 0, 0, 7]);
        assert_eq!(png[29..], crc32fast::hash(&png[12..29]).to_be_bytes());
    }

    #[test]
    fn a_jpeg_lie_sits_in_the_frame_header() {
        let mut jpeg = vec![0xff, 0xd8, 0xff, 0xe0, 0, 3, 9, 0xff, 0xc2, 0, 8, 8];
        jpeg.extend([0; 4]);
        jpeg_size(&mut jpeg, 0x0102).unwrap();
        assert_eq!(jpeg[12..], [1, 2, 1, 2]);
        assert!(jpeg_size(&mut [0xff, 0xd8], 1).is_none());
    }

    #[test]
    fn what_is_too_short_to_lie_is_left_out() {
        assert!(tell(|_| None).is_empty());
        assert!(tell(|_| Some(Vec::new())).is_empty());
    }
}
