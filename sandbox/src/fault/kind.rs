//! The kinds of faults.

use std::time::Duration;

use axum::http::HeaderValue;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use strum::IntoStaticStr;

use crate::operation::{Name, Operation};
use crate::state::world::HISTORY;

/// The fault that is injected into a request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, IntoStaticStr)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[strum(serialize_all = "snake_case")]
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
    /// A second actor changes a group of the account right before the request is applied. The
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
    /// Policies with a scope written inline are refused. Other operations are not hit.
    RefuseInlineScopes,
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

/// The status of a redirect without `code`.
fn found() -> u16 {
    302
}

/// The field that is invalid, and the problem.
pub(super) type Invalid = (&'static str, &'static str);

impl FaultKind {
    /// The name of the kind in a fault file.
    pub(crate) fn name(&self) -> &'static str {
        self.into()
    }

    /// The default of `applied`, for the kinds that have one. The others change the correct
    /// response, or do not read the request.
    pub(super) fn default_applied(&self) -> Option<bool> {
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
    pub(super) fn concerns(&self, operation: &Operation) -> bool {
        let one_of = |names: &[Name]| names.contains(&operation.name);
        match self {
            Self::IgnorePage | Self::RepeatLastPage => operation.is_paged(),
            Self::IgnoreFilter => !operation.query.is_empty(),
            Self::StaleList { .. } => one_of(&[Name::ListGroups, Name::ListMembers]),
            Self::NormaliseName(_)
            | Self::RefuseInlineScopes
            | Self::DropChange(ChangePart::Policies) => {
                one_of(&[Name::CreateGroup, Name::UpdateGroup])
            }
            Self::DropChange(ChangePart::Name) => one_of(&[Name::UpdateGroup]),
            Self::DropChange(ChangePart::Members) => {
                one_of(&[Name::AddMembers, Name::ReplaceMembers, Name::RemoveMember])
            }
            _ => true,
        }
    }

    /// Checks what the form does not.
    pub(super) fn check(&self) -> Result<(), Invalid> {
        let problem = match self {
            Self::Status { code, .. } if !(200..600).contains(code) => {
                ("fault.status.code", "must be from 200 to 599")
            }
            Self::Redirect { code, .. } if !(300..400).contains(code) => {
                ("fault.redirect.code", "must be from 300 to 399")
            }
            Self::Redirect { location, .. } if !is_header_value(location) => {
                ("fault.redirect.location", NOT_A_HEADER_VALUE)
            }
            Self::ContentType { value } if !is_header_value(value) => {
                ("fault.content_type.value", NOT_A_HEADER_VALUE)
            }
            Self::ContentLength { off_by: 0 } => ("fault.content_length.off_by", "must not be 0"),
            Self::SlowDrip { bytes: 0, .. } => ("fault.slow_drip.bytes", "must be at least 1"),
            Self::StaleList { ms } if Duration::from_millis(*ms) > HISTORY => {
                ("fault.stale_list.ms", "must be at most 600000")
            }
            Self::NormaliseName(Normalisation::Cut(0)) => {
                ("fault.normalise_name.cut", "must be at least 1")
            }
            Self::SuccessStatus { code, .. } if !(200..300).contains(code) => {
                ("fault.success_status.code", "must be from 200 to 299")
            }
            Self::SuccessStatus { code: 200, empty: false } => {
                ("fault.success_status", "must be another status than 200, or empty")
            }
            _ => return Ok(()),
        };
        Err(problem)
    }
}

pub(super) const NOT_A_HEADER_VALUE: &str = "must be a valid header value";

pub(super) fn is_header_value(text: &str) -> bool {
    HeaderValue::from_str(text).is_ok()
}
