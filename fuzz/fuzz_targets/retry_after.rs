//! Values of `Retry-After`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| cloudflare_user_groups_fuzz::retry_after(data));
