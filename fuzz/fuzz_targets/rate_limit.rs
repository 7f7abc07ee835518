//! The limits in `Ratelimit` and `Ratelimit-Policy`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| cloudflare_user_groups_fuzz::rate_limit(data));
