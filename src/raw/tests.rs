//! The generated code agrees with the spec.

mod operations;
mod schemas;
