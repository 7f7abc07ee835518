//! What must hold of the generated code, seen from inside.

mod operations;
mod schemas;
