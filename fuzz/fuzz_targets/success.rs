//! Bodies that come with status 200.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| cloudflare_user_groups_fuzz::success(data));
