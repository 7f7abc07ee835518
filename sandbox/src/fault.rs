//! Faults: which ones a sandbox injects, into which requests, and how.

mod inject;
mod interfere;
mod kind;
mod plan;
mod rate_limit;
mod response;

pub(crate) use inject::{ActiveFaults, Hit};
pub(crate) use interfere::interfere;
pub(crate) use rate_limit::Admission;
pub(crate) use response::{Close, respond};

pub use kind::{ChangePart, FaultBody, FaultKind, Interference, Normalisation, SECOND_ACTOR};
pub use plan::{Fault, FaultPlan, RateLimit};
