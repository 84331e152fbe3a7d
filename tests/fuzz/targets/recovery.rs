//! Journals and histories of any bytes before recovery.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    perennial::fuzzing::recovery(input);
});
