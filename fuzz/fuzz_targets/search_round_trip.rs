#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| headroom_fuzz::search_round_trip(data));
