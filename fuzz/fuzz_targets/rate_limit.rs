//! What `Ratelimit` and `Ratelimit-Policy` teach the gate.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| cloudflare_user_groups::fuzzing::rate_limit(data));
