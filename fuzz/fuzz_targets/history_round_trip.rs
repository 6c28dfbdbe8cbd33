#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| headroom_fuzz::history_round_trip(data));
