//! Fault plans: which faults hit which requests.

use std::path::Path;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::error::{FileError, read_file};
use crate::fault::kind::{FaultBody, FaultKind, Invalid, NOT_A_HEADER_VALUE, is_header_value};
use crate::operation::{Contract, Operation, operations};

/// The faults that a sandbox injects.
///
/// The fault of the n-th request of an operation follows from the seed, the operation and n alone.
/// It is the same in every run, however the requests of several operations interleave.
///
/// ```
/// use cloudflare_user_groups_sandbox::fault::{Fault, FaultKind, FaultPlan};
///
/// let plan = FaultPlan::new(7)
///     .fault(Fault::new(FaultKind::CloseBeforeResponse).on("account-user-group-create").count(1))
///     .fault(Fault::status(503).retry_after("1").probability(0.2));
/// let same = FaultPlan::from_json(
///     r#"{
///         "seed": 7,
///         "faults": [
///             { "operation": "account-user-group-create", "count": 1, "fault": "close_before_response" },
///             { "probability": 0.2, "retry_after": "1", "fault": { "status": { "code": 503 } } }
///         ]
///     }"#,
/// )?;
/// assert_eq!(plan, same);
/// # Ok::<(), cloudflare_user_groups_sandbox::FileError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FaultPlan {
    /// The seed that chooses the requests to hit.
    pub seed: u64,
    /// A rate limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate_limit: Option<RateLimit>,
    /// The faults. The first that hits a request is injected.
    pub faults: Vec<Fault>,
}

/// A rate limit over all operations, reported in `Ratelimit` and `Ratelimit-Policy` headers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RateLimit {
    /// The quota of a window.
    pub requests: u64,
    /// The length of a window.
    pub window_seconds: u64,
    /// Whether a request over the limit is refused (the default), and all further ones for a whole
    /// window, with 429, a plain text body and `Retry-After`. Otherwise the limit is only reported.
    #[serde(default = "yes")]
    pub enforced: bool,
}

/// A fault and the requests that it hits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Fault {
    /// The operationId of the requests that it can hit, or `*` for all (the default).
    pub operation: String,
    /// The probability that it hits a request: 0 to 1 (the default).
    pub probability: f64,
    /// The number of requests of each operation that it skips first.
    pub skip: u64,
    /// The most requests of each operation that it hits; any number if missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
    /// The delay of the response, after the request was applied.
    pub delay_ms: u64,
    /// The `Retry-After` header of the response: seconds or a date.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<String>,
    /// Whether the request is applied, for the kinds that have a default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub applied: Option<bool>,
    /// The kind. Without it the response is correct, but late or with a `Retry-After`.
    #[serde(rename = "fault", skip_serializing_if = "Option::is_none")]
    pub kind: Option<FaultKind>,
}

fn yes() -> bool {
    true
}

impl Default for Fault {
    /// Hits every request, and does nothing.
    fn default() -> Self {
        Self {
            operation: "*".to_owned(),
            probability: 1.0,
            skip: 0,
            count: None,
            delay_ms: 0,
            retry_after: None,
            applied: None,
            kind: None,
        }
    }
}

impl FaultPlan {
    /// A plan without faults.
    pub fn new(seed: u64) -> Self {
        Self { seed, ..Self::default() }
    }

    /// Adds a fault after the others.
    #[must_use]
    pub fn fault(mut self, fault: Fault) -> Self {
        self.faults.push(fault);
        self
    }

    /// Sets the rate limit.
    #[must_use]
    pub fn rate_limit(mut self, limit: RateLimit) -> Self {
        self.rate_limit = Some(limit);
        self
    }

    /// Reads a plan from JSON text and checks it.
    ///
    /// # Errors
    ///
    /// If the text is not of the documented form, or a value is invalid; the error reports the
    /// place.
    pub fn from_json(text: &str) -> Result<Self, FileError> {
        let plan: Self = serde_json::from_str(text)?;
        plan.check()?;
        Ok(plan)
    }

    /// Reads a plan from a JSON file and checks it.
    ///
    /// # Errors
    ///
    /// If the file cannot be read, and as [`from_json`](Self::from_json).
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self, FileError> {
        Self::from_json(&read_file(path.as_ref())?)
    }

    /// Checks what the form does not.
    pub(crate) fn check(&self) -> Result<(), FileError> {
        if self.rate_limit.is_some_and(|limit| limit.window_seconds == 0) {
            return Err(FileError::value("rate_limit.window_seconds", "must be at least 1"));
        }
        for (index, fault) in self.faults.iter().enumerate() {
            let place =
                |(field, problem)| FileError::value(format!("faults[{index}].{field}"), problem);
            fault.check().map_err(place)?;
        }
        Ok(())
    }
}

impl Fault {
    /// A fault that hits every request.
    pub fn new(kind: FaultKind) -> Self {
        Self { kind: Some(kind), ..Self::default() }
    }

    /// A status with the failure envelope.
    pub fn status(code: u16) -> Self {
        Self::new(FaultKind::Status { code, body: None })
    }

    /// A status with another body.
    pub fn status_with(code: u16, body: FaultBody) -> Self {
        Self::new(FaultKind::Status { code, body: Some(body) })
    }

    /// A correct response that is late.
    pub fn delay(delay: Duration) -> Self {
        Self::default().delayed(delay)
    }

    /// Hits requests of this operation only.
    #[must_use]
    pub fn on(mut self, operation: impl Into<String>) -> Self {
        self.operation = operation.into();
        self
    }

    /// Hits a request with this probability: 0 to 1.
    #[must_use]
    pub fn probability(mut self, probability: f64) -> Self {
        self.probability = probability;
        self
    }

    /// Skips the first requests of each operation.
    #[must_use]
    pub fn skip(mut self, requests: u64) -> Self {
        self.skip = requests;
        self
    }

    /// Hits at most this number of requests of each operation.
    #[must_use]
    pub fn count(mut self, requests: u64) -> Self {
        self.count = Some(requests);
        self
    }

    /// Delays the response.
    #[must_use]
    pub fn delayed(mut self, delay: Duration) -> Self {
        self.delay_ms = u64::try_from(delay.as_millis()).unwrap_or(u64::MAX);
        self
    }

    /// Adds a `Retry-After` header to the response: seconds or a date.
    #[must_use]
    pub fn retry_after(mut self, value: impl Into<String>) -> Self {
        self.retry_after = Some(value.into());
        self
    }

    /// Sets whether the request is applied, for the kinds that have a default.
    #[must_use]
    pub fn applied(mut self, applied: bool) -> Self {
        self.applied = Some(applied);
        self
    }

    fn check(&self) -> Result<(), Invalid> {
        let known = |id: &str| operations(Contract::default()).any(|it| it.id == id);
        if self.operation != "*" && !known(&self.operation) {
            return Err(("operation", "must be an operationId or *"));
        }
        if !(0.0..=1.0).contains(&self.probability) {
            return Err(("probability", "must be from 0 to 1"));
        }
        if self.retry_after.as_deref().is_some_and(|value| !is_header_value(value)) {
            return Err(("retry_after", NOT_A_HEADER_VALUE));
        }
        let default_applied = self.kind.as_ref().and_then(FaultKind::default_applied);
        if self.applied.is_some() && default_applied.is_none() {
            return Err(("applied", "cannot be set for this fault"));
        }
        match &self.kind {
            Some(kind) => kind.check(),
            None if self.delay_ms == 0 && self.retry_after.is_none() => {
                Err(("fault", "required without delay_ms and retry_after"))
            }
            None => Ok(()),
        }
    }

    /// Whether it can hit requests of this operation.
    pub(crate) fn concerns(&self, operation: &Operation) -> bool {
        (self.operation == "*" || self.operation == operation.id)
            && self.kind.as_ref().is_none_or(|kind| kind.concerns(operation))
    }

    /// Whether the request is applied.
    pub(crate) fn applies(&self) -> bool {
        let default = self.kind.as_ref().and_then(FaultKind::default_applied);
        !self.closes_unread() && self.applied.or(default).unwrap_or(true)
    }

    /// Whether the connection is closed before the body of the request is read.
    pub(crate) fn closes_unread(&self) -> bool {
        self.kind == Some(FaultKind::CloseBeforeRead)
    }

    /// The name of the kind in a fault file.
    pub(crate) fn name(&self) -> &'static str {
        self.kind.as_ref().map_or("delay", FaultKind::name)
    }
}
