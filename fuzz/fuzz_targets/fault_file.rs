//! Fault files of the sandbox.

#![no_main]

#[path = "../src/sandbox_files.rs"]
#[allow(dead_code, reason = "each target uses one of the two functions")]
mod sandbox_files;

libfuzzer_sys::fuzz_target!(|data: &[u8]| sandbox_files::faults(data));
