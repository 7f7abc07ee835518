//! What must hold of the generated code, seen from inside.

mod credential;
mod operations;
mod schemas;
