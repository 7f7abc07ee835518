//! Faults: which ones a sandbox injects, into which requests, and how.

mod inject;
mod interfere;
mod kind;
mod plan;
mod response;

pub(crate) use inject::{Admission, Hit, Injector};
pub(crate) use interfere::interfere;
pub(crate) use response::{Close, respond};

pub use kind::{ChangePart, FaultBody, FaultKind, Interference, Normalisation, SECOND_ACTOR};
pub use plan::{Fault, FaultPlan, RateLimit};
