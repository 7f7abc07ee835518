//! Texts as ids.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| cloudflare_user_groups_fuzz::ids(data));
