//! Records of any bytes before the gate for transactions.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    perennial::fuzzing::gate(input);
});
