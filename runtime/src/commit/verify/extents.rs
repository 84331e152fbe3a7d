//! Extents in a record: an area is written in nothing else, and nothing else is.

use super::super::Log;
use super::super::record::RECORD_HEADER;
use super::*;
use crate::collections::Buffer;
use crate::layout::Layout;
use crate::state::{Field, FieldInfo, Options, Shape};

type Film = Buffer<1000>;
static FIELDS: [FieldInfo; 2] =
    [FieldInfo::of::<[u8; 512]>("plain", "[u8; 512]", 0), FieldInfo::of::<Film>("film", "Buffer<1000>", 512)];

/// Has the gate judge a write or an extent of field `index`, `len` bytes at `offset` in the field.
fn judge(extent: bool, index: usize, offset: usize, len: usize) -> Result<(), Rejected> {
    let layout = Layout::new(512 + FIELDS[1].size, &Options::new(65_536));
    let memory = std::alloc::Layout::from_size_align(layout.region, 4096).unwrap();
    // SAFETY: allocated for the region's size, used by this thread alone, freed at the end.
    unsafe {
        let start = std::alloc::alloc_zeroed(memory);
        let region = Region::new(start, start, layout, &FIELDS);
        let log = Log::closed();
        region.open(&log, 1);
        let offset = IMAGE + FIELDS[index].offset + offset;
        if extent {
            let reserved = log.reserve(index, offset, len).unwrap();
            core::ptr::write_bytes(reserved.payload, 0, len);
            log.publish(reserved.at);
        } else {
            log.write(index, offset, &vec![0; len]).unwrap();
        }
        let header = log.seal().unwrap();
        assert!(header.len as usize + RECORD_HEADER <= region.layout().record);
        let judged = verify(&region, &header, FieldSet::ALL, |_| None);
        std::alloc::dealloc(start, memory);
        judged
    }
}

#[test]
fn only_an_area_is_written_in_extents_and_only_in_whole_grains() {
    let Shape::Area { data } = Film::SHAPE else { unreachable!("a buffer is an area") };
    for whole in [(0, 256), (256, 512), (512, 488), (768, 232), (0, 1000)] {
        assert_eq!(judge(true, 1, data + whole.0, whole.1), Ok(()), "{whole:?}");
        assert_eq!(judge(false, 1, data + whole.0, whole.1), Err(Rejected::Malformed), "{whole:?}");
    }
    for part in [(0, 8), (8, 256), (256, 200), (768, 100), (512, 0)] {
        assert_eq!(judge(true, 1, data + part.0, part.1), Err(Rejected::Invalid(1)), "{part:?}");
    }
    assert_eq!((judge(false, 1, 0, 8), judge(true, 1, 0, 8)), (Ok(()), Err(Rejected::Malformed)));
    assert_eq!((judge(false, 0, 0, 512), judge(true, 0, 0, 512)), (Ok(()), Err(Rejected::Malformed)));
    assert!(matches!(judge(true, 1, data + 768, 256), Err(Rejected::Foreign(_))));
}
