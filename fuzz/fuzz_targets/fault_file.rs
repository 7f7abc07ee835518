//! Fault files of the sandbox.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| cloudflare_user_groups_fuzz::fault_file(data));
