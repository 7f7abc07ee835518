//! Faults: which ones a sandbox injects, into which requests, and how.

mod inject;
mod interfere;
mod plan;
mod response;

pub(crate) use inject::{Admission, Hit, Injector};
pub(crate) use interfere::interfere;
pub(crate) use response::{Close, respond};

pub use plan::{
    ChangePart, Fault, FaultBody, FaultError, FaultKind, FaultPlan, Interference, Normalisation,
    RateLimit, SECOND_ACTOR,
};
