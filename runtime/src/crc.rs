//! Cyclic redundancy checks of 8, 16 and 32 bits, for records, frames and files of the user's.
//!
//! Tables are constants: nothing is computed at start or allocated. Names and parameters are those of the catalogue of
//! parametrised CRC algorithms (G. Cook, reveng.sourceforge.io). Other polynomials are a `const` of [`Crc`] away.
//!
//! ```
//! use perennial::crc;
//! assert_eq!(crc::crc8(b"123456789"), 0xf4);
//! assert_eq!(crc::crc16(b"123456789"), 0x29b1);
//! assert_eq!(crc::crc32(b"123456789"), 0xcbf4_3926);
//! assert_eq!(crc::crc32c(b"123456789"), 0xe306_9283);
//!
//! // In parts:
//! let mut digest = crc::CRC32.digest();
//! digest.update(b"12345");
//! digest.update(b"6789");
//! assert_eq!(digest.finalize(), 0xcbf4_3926);
//!
//! // Another algorithm of the catalogue:
//! static MODBUS: crc::Crc<u16> = crc::Crc::<u16>::new(&crc::CRC_16_MODBUS);
//! assert_eq!(MODBUS.checksum(b"123456789"), 0x4b37);
//! ```

pub use ::crc::*;

/// CRC-8/SMBUS: polynomial 0x07.
pub static CRC8: Crc<u8> = Crc::<u8>::new(&CRC_8_SMBUS);
/// CRC-16/IBM-3740, often called CCITT-FALSE: polynomial 0x1021, initially 0xffff.
pub static CRC16: Crc<u16> = Crc::<u16>::new(&CRC_16_IBM_3740);
/// CRC-32/ISO-HDLC, that of Ethernet, zip and PNG.
pub static CRC32: Crc<u32> = Crc::<u32>::new(&CRC_32_ISO_HDLC);

/// [`CRC8`] of `bytes`.
pub fn crc8(bytes: &[u8]) -> u8 {
    CRC8.checksum(bytes)
}

/// [`CRC16`] of `bytes`.
pub fn crc16(bytes: &[u8]) -> u16 {
    CRC16.checksum(bytes)
}

/// [`CRC32`] of `bytes`.
pub fn crc32(bytes: &[u8]) -> u32 {
    CRC32.checksum(bytes)
}

/// CRC-32C (Castagnoli), which perennial's own records carry: by the processor's instruction where it has one.
pub fn crc32c(bytes: &[u8]) -> u32 {
    crc32c::crc32c(bytes)
}

/// [`crc32c()`] of bytes of which `crc` is that of those before.
pub fn crc32c_append(crc: u32, bytes: &[u8]) -> u32 {
    crc32c::crc32c_append(crc, bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogues_check_values_come_out() {
        let check = b"123456789";
        assert_eq!(u32::from(crc8(check)), u32::from(CRC_8_SMBUS.check));
        assert_eq!(u32::from(crc16(check)), u32::from(CRC_16_IBM_3740.check));
        assert_eq!(crc32(check), CRC_32_ISO_HDLC.check);
        assert_eq!(crc32c(check), CRC_32_ISCSI.check);
        assert_eq!((crc8(b""), crc16(b""), crc32(b""), crc32c(b"")), (0, 0xffff, 0, 0));
    }

    /// RFC 3720, appendix B.4.
    #[test]
    fn the_vectors_of_iscsi_come_out() {
        let rising: Vec<u8> = (0..32).collect();
        let falling: Vec<u8> = (0..32).rev().collect();
        assert_eq!(crc32c(&[0; 32]), 0x8a91_36aa);
        assert_eq!(crc32c(&[0xff; 32]), 0x62a8_ab43);
        assert_eq!(crc32c(&rising), 0x46dd_794e);
        assert_eq!(crc32c(&falling), 0x113f_db5c);
        assert_eq!(crc32c_append(crc32c(&rising[..7]), &rising[7..]), crc32c(&rising));
    }

    #[test]
    fn both_ways_to_castagnoli_agree() {
        const SLOW: Crc<u32> = Crc::<u32>::new(&CRC_32_ISCSI);
        let bytes: Vec<u8> = (0..2000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        for end in (0..bytes.len()).step_by(37) {
            assert_eq!(SLOW.checksum(&bytes[..end]), crc32c(&bytes[..end]));
        }
    }
}
