//! The engine, from outside.

mod account;
mod comparing;
mod interrupted;
mod mistakes;
mod support;
