//! The operations: what each does with the state, and the result that it returns.

pub(crate) mod groups;
pub(crate) mod lookup;
pub(crate) mod members;
mod show;
