//! The tools of the spec.

fn main() {}
