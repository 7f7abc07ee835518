//! Faults: how a sandbox is told to misbehave.

use std::path::{Path, PathBuf};
use std::time::Duration;

use axum::http::HeaderValue;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::operation::{Contract, Name, Operation, operations};
use crate::state::world::HISTORY;

/// How a sandbox misbehaves.
///
/// What happens to the n-th request of an operation follows from the seed, the operation and n
/// alone. So it is the same in every run, however the requests of several operations interleave.
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
/// # Ok::<(), cloudflare_user_groups_sandbox::fault::FaultError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FaultPlan {
    /// Another seed hits other requests.
    pub seed: u64,
    /// A rate limit, announced in every answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate_limit: Option<RateLimit>,
    /// The faults. The first that hits a request is the one that happens.
    pub faults: Vec<Fault>,
}

/// A rate limit over all operations. `Ratelimit` and `Ratelimit-Policy` headers count it down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RateLimit {
    /// How many requests a window has room for.
    pub requests: u64,
    /// How long a window is.
    pub window_seconds: u64,
    /// Whether what goes over is refused, for a whole window from then on, with 429, a plain text
    /// body and `Retry-After` (the default). Otherwise the limit is only announced.
    #[serde(default = "yes")]
    pub enforced: bool,
}

/// Which requests are hit, and by what.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// The operationId of the requests that it can hit, or `*` for all (the default).
    #[serde(default = "every_operation")]
    pub operation: String,
    /// How probable it is to hit such a request: 0 to 1 (the default).
    #[serde(default = "always")]
    pub probability: f64,
    /// How many requests of each operation are spared first.
    #[serde(default)]
    pub skip: u64,
    /// How many requests of each operation it hits at most; without it, any number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
    /// How long the answer is held back after the request was carried out.
    #[serde(default)]
    pub delay_ms: u64,
    /// A `Retry-After` header for the answer: seconds or a date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<String>,
    /// Whether the request is carried out although something else is answered. Only for the kinds
    /// that can do either; each has its default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub applied: Option<bool>,
    /// What happens. Without it the answer is right, only late or with a `Retry-After`.
    #[serde(default, rename = "fault", skip_serializing_if = "Option::is_none")]
    pub kind: Option<FaultKind>,
}

/// The fault that is injected into a request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum FaultKind {
    /// Closes the connection before the body is read. The request is not applied.
    CloseBeforeRead,
    /// Closes the connection instead of a response. The request is applied, unless `applied` is
    /// false.
    CloseBeforeResponse,
    /// Closes the connection in the middle of the body. The request is applied.
    CutBody,
    /// Another status, with any body. The request is not applied, unless `applied` is true.
    Status {
        /// 200 to 599.
        code: u16,
        /// The body; the failure envelope if missing.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        body: Option<FaultBody>,
    },
    /// The failure envelope with status 200. The request is not applied, unless `applied` is true.
    SuccessFalse,
    /// A `content-length` that is wrong by a number of bytes; then the connection is closed.
    ContentLength {
        /// Positive: the body ends early. Negative: the body is cut at the length.
        off_by: i64,
    },
    /// Another content type.
    ContentType {
        /// The content type.
        value: String,
    },
    /// The first half of the JSON, as a complete body.
    TruncatedJson,
    /// A body that never ends. The request is not applied, unless `applied` is true.
    EndlessBody,
    /// The correct response in small pieces; then the connection is closed.
    SlowDrip {
        /// The size of a piece in bytes.
        bytes: usize,
        /// The time between pieces.
        every_ms: u64,
    },
    /// A redirect. The request is not applied, unless `applied` is true.
    Redirect {
        /// The `Location` header.
        location: String,
        /// The status.
        #[serde(default = "found")]
        code: u16,
    },
    /// Lists return page 1, whatever page was requested. Other operations are not hit.
    IgnorePage,
    /// Past their end, lists return their last page again. Other operations are not hit.
    RepeatLastPage,
    /// Lists of groups and of their members show the state of some time ago. Other operations are
    /// not hit.
    StaleList {
        /// The age of the state, at most ten minutes.
        ms: u64,
    },
    /// Lists ignore all their filters. Other operations are not hit.
    IgnoreFilter,
    /// A second actor changes a group of the account right before the request is carried out. The
    /// log shows the change.
    Interfere {
        /// The change.
        action: Interference,
        /// The name that `create` and `rename` use; one that begins with
        /// [`SECOND_ACTOR`] if missing.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<String>,
    },
    /// Groups are created and renamed with a name that differs from the one sent. Other operations
    /// are not hit.
    NormaliseName(Normalisation),
    /// A part of the change is not applied. The response is a success and shows the old state of
    /// that part. Operations that cannot change the part are not hit.
    DropChange(ChangePart),
    /// A success has `result: null` and no `result_info`. The request is applied.
    NullResult,
    /// A success has another status, or no body. The request is applied.
    SuccessStatus {
        /// 200 to 299. A 204 has no body.
        code: u16,
        /// Whether the body is empty.
        #[serde(default)]
        empty: bool,
    },
}

/// The names that a second actor gives to groups begin with this.
pub const SECOND_ACTOR: &str = "second-actor-";

/// The change that a second actor makes: to the group in the path of the request, or else to one
/// that follows from the seed of the plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Interference {
    /// Creates a group.
    Create,
    /// Renames a group.
    Rename,
    /// Deletes a group.
    Delete,
    /// Adds a member to a group.
    Fill,
}

/// How a name is normalised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Normalisation {
    /// White space at the ends is removed.
    Trim,
    /// The name is cut to a number of characters.
    Cut(usize),
    /// The name is composed (Unicode NFC).
    Nfc,
}

/// The part of a change that is not applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ChangePart {
    /// The policies of a created or updated group.
    Policies,
    /// The name of an updated group.
    Name,
    /// Members that are added, replaced or removed.
    Members,
}

/// A body of any kind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultBody {
    /// Any JSON.
    Json(Value),
    /// Plain text.
    Text(String),
    /// An HTML page.
    Html(String),
    /// No body.
    Empty,
}

fn yes() -> bool {
    true
}

fn always() -> f64 {
    1.0
}

fn every_operation() -> String {
    "*".to_owned()
}

fn found() -> u16 {
    302
}

/// Faults that cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FaultError {
    /// The file cannot be read.
    #[error("cannot read the fault file {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// The text is not JSON, or not of the documented form.
    #[error("the faults are not of the documented form: {0}")]
    Form(#[from] serde_json::Error),
    /// The form is right, but something in it makes no sense.
    #[error("the faults are wrong at {place}: {problem}")]
    Content {
        /// Where, for instance `faults[0].probability`.
        place: String,
        /// What is wrong there.
        problem: String,
    },
}

impl FaultPlan {
    /// A plan without faults.
    pub fn new(seed: u64) -> Self {
        Self { seed, ..Self::default() }
    }

    /// Adds a fault. Those that were added before come first.
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
    /// When the text is not of the documented form, or makes no sense; the error tells where.
    pub fn from_json(text: &str) -> Result<Self, FaultError> {
        let plan: Self = serde_json::from_str(text)?;
        plan.check()?;
        Ok(plan)
    }

    /// Reads a plan from a JSON file and checks it.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, and as [`from_json`](Self::from_json).
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self, FaultError> {
        let path = path.as_ref();
        let text = std::fs::read_to_string(path)
            .map_err(|source| FaultError::Read { path: path.to_owned(), source })?;
        Self::from_json(&text)
    }

    /// Checks what the form does not.
    pub(crate) fn check(&self) -> Result<(), FaultError> {
        if self.rate_limit.is_some_and(|limit| limit.window_seconds == 0) {
            return wrong("rate_limit.window_seconds".to_owned(), "must be at least 1");
        }
        for (index, fault) in self.faults.iter().enumerate() {
            if let Err((field, problem)) = fault.check() {
                return wrong(format!("faults[{index}].{field}"), problem);
            }
        }
        Ok(())
    }
}

fn wrong(place: String, problem: &str) -> Result<(), FaultError> {
    Err(FaultError::Content { place, problem: problem.to_owned() })
}

/// The field that is wrong, and why.
type Wrong = (&'static str, &'static str);

impl Fault {
    /// A fault that hits every request.
    pub fn new(kind: FaultKind) -> Self {
        Self { kind: Some(kind), ..Self::harmless() }
    }

    fn harmless() -> Self {
        Self {
            operation: every_operation(),
            probability: always(),
            skip: 0,
            count: None,
            delay_ms: 0,
            retry_after: None,
            applied: None,
            kind: None,
        }
    }

    /// A status with the failure envelope.
    pub fn status(code: u16) -> Self {
        Self::new(FaultKind::Status { code, body: None })
    }

    /// A status with another body.
    pub fn status_with(code: u16, body: FaultBody) -> Self {
        let body = Some(body);
        Self::new(FaultKind::Status { code, body })
    }

    /// A right answer that comes late.
    pub fn delay(delay: Duration) -> Self {
        Self::harmless().delayed(delay)
    }

    /// Hits requests of this operation only.
    #[must_use]
    pub fn on(mut self, operation: impl Into<String>) -> Self {
        self.operation = operation.into();
        self
    }

    /// How probable it is to hit a request: 0 to 1.
    #[must_use]
    pub fn probability(mut self, probability: f64) -> Self {
        self.probability = probability;
        self
    }

    /// Spares so many requests of each operation first.
    #[must_use]
    pub fn skip(mut self, requests: u64) -> Self {
        self.skip = requests;
        self
    }

    /// Hits at most so many requests of each operation.
    #[must_use]
    pub fn count(mut self, requests: u64) -> Self {
        self.count = Some(requests);
        self
    }

    /// Holds the answer back.
    #[must_use]
    pub fn delayed(mut self, delay: Duration) -> Self {
        self.delay_ms = u64::try_from(delay.as_millis()).unwrap_or(u64::MAX);
        self
    }

    /// Gives the answer a `Retry-After` header: seconds or a date.
    #[must_use]
    pub fn retry_after(mut self, value: impl Into<String>) -> Self {
        self.retry_after = Some(value.into());
        self
    }

    /// Whether the request is carried out although something else is answered.
    #[must_use]
    pub fn applied(mut self, applied: bool) -> Self {
        self.applied = Some(applied);
        self
    }

    fn check(&self) -> Result<(), Wrong> {
        let known = |id: &str| operations(Contract::default()).any(|it| it.id == id);
        if self.operation != "*" && !known(&self.operation) {
            return Err(("operation", "is neither an operationId nor *"));
        }
        if !(0.0..=1.0).contains(&self.probability) {
            return Err(("probability", "must be from 0 to 1"));
        }
        if self.retry_after.as_deref().is_some_and(not_a_header) {
            return Err(("retry_after", "cannot be the value of a header"));
        }
        match &self.kind {
            None if self.delay_ms == 0 && self.retry_after.is_none() => {
                Err(("fault", "is missing, and there is no delay_ms or retry_after either"))
            }
            Some(kind) => self.check_kind(kind),
            None => self.check_applied(false),
        }
    }

    fn check_kind(&self, kind: &FaultKind) -> Result<(), Wrong> {
        self.check_applied(kind.applied_by_choice().is_some())?;
        match kind {
            FaultKind::Status { code, .. } if !(200..600).contains(code) => {
                Err(("fault.status.code", "must be from 200 to 599"))
            }
            FaultKind::Redirect { code, .. } if !(300..400).contains(code) => {
                Err(("fault.redirect.code", "must be from 300 to 399"))
            }
            FaultKind::Redirect { location, .. } if not_a_header(location) => {
                Err(("fault.redirect.location", "cannot be the value of a header"))
            }
            FaultKind::ContentType { value } if not_a_header(value) => {
                Err(("fault.content_type.value", "cannot be the value of a header"))
            }
            FaultKind::ContentLength { off_by: 0 } => {
                Err(("fault.content_length.off_by", "must not be 0"))
            }
            FaultKind::SlowDrip { bytes: 0, .. } => {
                Err(("fault.slow_drip.bytes", "must be at least 1"))
            }
            FaultKind::StaleList { ms } if Duration::from_millis(*ms) > HISTORY => {
                Err(("fault.stale_list.ms", "must be at most 600000"))
            }
            FaultKind::NormaliseName(Normalisation::Cut(0)) => {
                Err(("fault.normalise_name.cut", "must be at least 1"))
            }
            FaultKind::SuccessStatus { code, .. } if !(200..300).contains(code) => {
                Err(("fault.success_status.code", "must be from 200 to 299"))
            }
            FaultKind::SuccessStatus { code: 200, empty: false } => {
                Err(("fault.success_status", "must be another status than 200, or empty"))
            }
            _ => Ok(()),
        }
    }

    fn check_applied(&self, by_choice: bool) -> Result<(), Wrong> {
        if self.applied.is_some() && !by_choice {
            return Err(("applied", "cannot be chosen for this fault"));
        }
        Ok(())
    }

    /// Whether it can hit requests of this operation.
    pub(crate) fn concerns(&self, operation: &Operation) -> bool {
        (self.operation == "*" || self.operation == operation.id)
            && self.kind.as_ref().is_none_or(|kind| kind.concerns(operation))
    }

    /// Whether the request is carried out.
    pub(crate) fn applies(&self) -> bool {
        let by_kind = match &self.kind {
            Some(FaultKind::CloseBeforeRead) => Some(false),
            Some(kind) => kind.applied_by_choice(),
            None => None,
        };
        self.applied.or(by_kind).unwrap_or(true)
    }

    /// Whether even the request is left unread.
    pub(crate) fn closes_unread(&self) -> bool {
        self.kind == Some(FaultKind::CloseBeforeRead)
    }

    /// The name of what happens, as the fault file has it.
    pub(crate) fn name(&self) -> &'static str {
        self.kind.as_ref().map_or("delay", FaultKind::name)
    }
}

impl FaultKind {
    /// The default for whether a request is carried out, where that can be chosen. The other kinds
    /// change the right answer, so there has to be one, or do not even read the request.
    fn applied_by_choice(&self) -> Option<bool> {
        match self {
            Self::CloseBeforeResponse => Some(true),
            Self::Status { .. }
            | Self::SuccessFalse
            | Self::EndlessBody
            | Self::Redirect { .. } => Some(false),
            _ => None,
        }
    }

    /// Whether it has an effect on requests of this operation.
    fn concerns(&self, operation: &Operation) -> bool {
        let one_of = |names: &[Name]| names.contains(&operation.name);
        match self {
            Self::IgnorePage | Self::RepeatLastPage => operation.is_paged(),
            Self::IgnoreFilter => !operation.query.is_empty(),
            Self::StaleList { .. } => one_of(&[Name::ListGroups, Name::ListMembers]),
            Self::NormaliseName(_) => one_of(&[Name::CreateGroup, Name::UpdateGroup]),
            Self::DropChange(ChangePart::Policies) => {
                one_of(&[Name::CreateGroup, Name::UpdateGroup])
            }
            Self::DropChange(ChangePart::Name) => one_of(&[Name::UpdateGroup]),
            Self::DropChange(ChangePart::Members) => {
                one_of(&[Name::AddMembers, Name::ReplaceMembers, Name::RemoveMember])
            }
            _ => true,
        }
    }

    fn name(&self) -> &'static str {
        match self {
            Self::CloseBeforeRead => "close_before_read",
            Self::CloseBeforeResponse => "close_before_response",
            Self::CutBody => "cut_body",
            Self::Status { .. } => "status",
            Self::SuccessFalse => "success_false",
            Self::ContentLength { .. } => "content_length",
            Self::ContentType { .. } => "content_type",
            Self::TruncatedJson => "truncated_json",
            Self::EndlessBody => "endless_body",
            Self::SlowDrip { .. } => "slow_drip",
            Self::Redirect { .. } => "redirect",
            Self::IgnorePage => "ignore_page",
            Self::RepeatLastPage => "repeat_last_page",
            Self::StaleList { .. } => "stale_list",
            Self::IgnoreFilter => "ignore_filter",
            Self::Interfere { .. } => "interfere",
            Self::NormaliseName(_) => "normalise_name",
            Self::DropChange(_) => "drop_change",
            Self::NullResult => "null_result",
            Self::SuccessStatus { .. } => "success_status",
        }
    }
}

fn not_a_header(text: &str) -> bool {
    HeaderValue::from_str(text).is_err()
}
