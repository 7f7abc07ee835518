//! Errors: what failed, why, and what a program can decide from it.

mod api_error;
mod kind;
mod outcome;
mod redact;

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use http::{HeaderMap, StatusCode};

pub use self::api_error::ApiError;
use self::api_error::{limit, read_failure};
pub use self::kind::ErrorKind;
pub(crate) use self::kind::Kind;
pub(crate) use self::outcome::{Outcome, is_transient};
use self::redact::{EXCERPT, beginning, excerpt, without_addresses};
use crate::id::InvalidId;
use crate::operation::Operation;

/// How many characters of Cloudflare's messages are repeated in the text of an error.
const MESSAGES: usize = 1000;
/// How many bytes of them are kept: an error may be logged as a whole.
const KEPT: usize = 32 * 1024;
/// How much of the body of a failure is read.
const MAX_FAILURE: usize = 64 * 1024;
/// More than the length of any credential.
const CUT_MARGIN: usize = 1024;
/// Twice the length of those that the API gives out.
const MAX_RAY_ID: usize = 40;

/// The result of everything in this crate that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

pub(crate) type BoxError = Box<dyn StdError + Send + Sync>;

/// Why a call did not succeed.
///
/// The text states what failed, the cause and the remedy: `listing user groups failed: the API
/// returned 401 Unauthorized: …`. `{:#}` adds the chain of [sources](std::error::Error::source):
/// the error of the connection, if there was one. [`reason`](Self::reason) leaves out what failed,
/// for programs that say so in their own words. Programs use [`kind`](Self::kind) and the methods
/// below; three of them decide most cases:
///
/// * [`outcome_unknown`](Self::outcome_unknown): the request may have been applied. Read before
///   sending it again.
/// * [`is_retryable`](Self::is_retryable): the same call may succeed later, and retrying it is
///   safe.
/// * [`retry_after`](Self::retry_after): how long to wait before the next request.
///
/// No credential is part of it, even if a server repeats one in its response. Excerpts of responses
/// have no email addresses; messages of the API may.
///
/// ```
/// # mod docs { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/support/docs.rs")); }
/// # docs::run(async |docs::World { groups, .. }| {
/// use cloudflare_user_groups::UserGroupId;
///
/// let id = UserGroupId::new("5ba5af98b9cd4f80bd3b4ed53ab6e4f5")?;
/// match groups.delete(&id).await {
///     Ok(()) => println!("removed"),
///     Err(error) if error.is_not_found() => println!("it was not there"),
///     Err(error) if error.outcome_unknown() => println!("look whether it is gone: {error}"),
///     Err(error) => return Err(error),
/// }
/// # Ok(()) });
/// ```
///
/// # Troubleshooting
///
/// Cloudflare's support asks for the [`ray_id`](Self::ray_id). Code 6003 hides its cause in the
/// [`error_chain`](ApiError::error_chain); 6103 there often means that an API token was given as an
/// API key. A 403 usually means that the token lacks one of Account Settings Write or SCIM
/// Provisioning (for reading, Account Settings Read is enough), or Zone Read for a list of zones.
pub struct Error(Box<Inner>);

struct Inner {
    kind: Kind,
    operation: Option<&'static Operation>,
    attempts: u32,
    /// Whether an attempt before the last may have been applied.
    in_doubt: bool,
    status: Option<StatusCode>,
    ray_id: Option<String>,
    retry_after: Option<Duration>,
    errors: Vec<ApiError>,
    /// Whether the request was certainly not processed.
    not_sent: bool,
    cause: Option<BoxError>,
    /// What else is known of the failure.
    note: Option<String>,
}

impl Error {
    pub(crate) fn new(kind: Kind) -> Self {
        Self(Box::new(Inner {
            kind,
            operation: None,
            attempts: 0,
            in_doubt: false,
            status: None,
            ray_id: None,
            retry_after: None,
            errors: Vec::new(),
            not_sent: false,
            cause: None,
            note: None,
        }))
    }

    /// The error of a response with this status and these items, for the tests of callers.
    ///
    /// Whatever else can go wrong comes from a double of the network: see
    /// [`ClientBuilder::http_service`](crate::ClientBuilder::http_service).
    ///
    /// ```
    /// use cloudflare_user_groups::{ApiError, Error};
    /// use http::StatusCode;
    ///
    /// let item = ApiError::new(400, "User group name 'SRE' is already in use");
    /// let error = Error::refused(StatusCode::BAD_REQUEST, [item]);
    /// assert!(error.is_name_taken() && !error.is_retryable() && !error.outcome_unknown());
    /// ```
    pub fn refused(status: StatusCode, errors: impl IntoIterator<Item = ApiError>) -> Self {
        let mut error = Self::new(Kind::Refused("a failure made for a test".to_owned()));
        error.0.status = Some(status);
        error.0.errors = errors.into_iter().collect();
        error
    }

    pub(crate) fn invalid(problem: impl Into<String>) -> Self {
        Self::new(Kind::Invalid(problem.into()))
    }

    /// The error of a success that shows something else than was sent. `problem` may quote the
    /// response, without credentials.
    pub(crate) fn not_applied(problem: &str) -> Self {
        Self::new(Kind::NotApplied(beginning(problem, MESSAGES)))
    }

    pub(crate) fn caused_by(mut self, error: impl Into<BoxError>) -> Self {
        self.0.cause = Some(error.into());
        self
    }

    /// The same error of a request that was certainly not processed.
    pub(crate) fn not_sent(mut self) -> Self {
        self.0.not_sent = true;
        self
    }

    pub(crate) fn during(
        mut self,
        operation: Option<&'static Operation>,
        attempts: u32,
        in_doubt: bool,
    ) -> Self {
        self.0.operation = operation;
        self.0.attempts = attempts;
        self.0.in_doubt = in_doubt;
        self
    }

    /// Adds to what the error says. It may quote responses, without credentials.
    pub(crate) fn noting(mut self, note: String) -> Self {
        let note = beginning(&note, 2 * MESSAGES);
        self.0.note = Some(match self.0.note {
            Some(before) => format!("{before}; {note}"),
            None => note,
        });
        self
    }

    /// Makes it the error of a call of this operation that sent `requests` requests, the last of
    /// which failed. `in_doubt` if one of them may have been applied.
    pub(crate) fn of_call(
        mut self,
        operation: Option<&'static Operation>,
        requests: u32,
        in_doubt: bool,
    ) -> Self {
        if let Some(failed) = self.0.operation.filter(|failed| Some(*failed) != operation) {
            self = self.noting(format!("it failed while {}", failed.doing()));
        }
        self.0.operation = operation;
        self.0.attempts = requests;
        self.0.in_doubt |= in_doubt;
        self
    }

    /// Whether the API says that a member is not in the user group. Observed (reported), O8.
    pub(crate) fn says_not_in_group(&self) -> bool {
        self.is_not_found() && self.says("not found in user group")
    }

    /// Whether one of Cloudflare's messages contains this text, which is in lower case.
    fn says(&self, text: &str) -> bool {
        self.0.errors.iter().any(|error| error.message().to_lowercase().contains(text))
    }

    pub(crate) fn with_retry_after(mut self, wait: Duration) -> Self {
        self.0.retry_after = Some(wait);
        self
    }

    /// The outcome of the attempt that failed with this error.
    pub(crate) fn outcome(&self) -> Outcome {
        match (&self.0.kind, self.0.status) {
            _ if self.0.not_sent => Outcome::NotSent,
            (Kind::NotConnected, _) => Outcome::NotSent,
            (Kind::ConnectionLost | Kind::TimedOut(_), _) => Outcome::NoResponse,
            (Kind::Refused(_), Some(status)) => Outcome::Response(status),
            _ => Outcome::Permanent,
        }
    }

    /// Whether a list was inconsistent.
    pub(crate) fn is_inconsistent(&self) -> bool {
        matches!(self.0.kind, Kind::Inconsistent(_))
    }

    /// What went wrong, to match on.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind.public()
    }

    /// The same error of this operation, unless it has one.
    pub(crate) fn of_operation(mut self, operation: Option<&'static Operation>) -> Self {
        self.0.operation = self.0.operation.or(operation);
        self
    }

    /// The error for a response that is not a success, whatever its status and body. `problem` is
    /// what is wrong with a success. `redact` removes credentials from a text.
    pub(crate) fn from_response(
        status: StatusCode,
        headers: &HeaderMap,
        body: &[u8],
        problem: Option<&str>,
        redact: impl Fn(&str) -> String,
    ) -> Self {
        let (start, is_cut) = match body.split_at_checked(MAX_FAILURE) {
            Some((start, rest)) => (start, !rest.is_empty()),
            None => (body, false),
        };
        let (success, mut errors) = read_failure(start);
        // After the JSON is read: its escapes could hide something.
        errors.iter_mut().for_each(|error| error.redact(&redact));
        limit(&mut errors, &mut { KEPT });
        let mut text = redact(&String::from_utf8_lossy(start));
        if is_cut {
            // The end could be part of a credential.
            let end = text.len().saturating_sub(CUT_MARGIN);
            text.truncate((0..=end).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0));
        }
        let excerpt = excerpt(&text);
        let text = match problem {
            // It may quote the response.
            Some(problem) => {
                let problem = without_addresses(&redact(problem));
                format!("{}: {excerpt}", beginning(&problem, EXCERPT))
            }
            None => excerpt,
        };
        let refused = problem.is_none() || success == Some(false) || !status.is_success();
        let kind = if refused { Kind::Refused(text) } else { Kind::UnexpectedResponse(text) };
        let mut error = Self::new(kind).with_response(status, headers, redact);
        error.0.errors = errors;
        error
    }

    /// Adds what is known of a response, which may be incomplete.
    pub(crate) fn with_response(
        mut self,
        status: StatusCode,
        headers: &HeaderMap,
        redact: impl Fn(&str) -> String,
    ) -> Self {
        self.0.status = Some(status);
        let ray = headers.get("cf-ray").and_then(|ray| ray.to_str().ok());
        self.0.ray_id = ray.map(|ray| beginning(&redact(ray), MAX_RAY_ID));
        self
    }

    /// The HTTP status of the response, if there was one.
    pub fn status(&self) -> Option<StatusCode> {
        self.0.status
    }

    /// The text of `{:#}` without the operation that failed.
    pub fn reason(&self) -> String {
        struct Reason<'a>(&'a Error);
        impl fmt::Display for Reason<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt_reason(f)
            }
        }
        format!("{:#}", Reason(self))
    }

    /// Cloudflare's error items. Empty if the response was not the documented JSON.
    pub fn errors(&self) -> &[ApiError] {
        &self.0.errors
    }

    /// Cloudflare's error codes, including those in error chains.
    pub fn codes(&self) -> impl Iterator<Item = i64> {
        let mut waiting: Vec<&ApiError> = self.0.errors.iter().rev().collect();
        std::iter::from_fn(move || {
            let next = waiting.pop()?;
            waiting.extend(next.error_chain().iter().rev());
            Some(next.code())
        })
        .flatten()
    }

    /// The `cf-ray` of the response: the id that Cloudflare's support asks for.
    pub fn ray_id(&self) -> Option<&str> {
        self.0.ray_id.as_deref()
    }

    /// The operation of the call, by its published operationId. `None` if there was no call,
    /// because an id or the client could not be made.
    pub fn operation(&self) -> Option<&'static str> {
        self.0.operation.map(|operation| operation.id)
    }

    /// How many requests the call attempted to send, with all its pages and retries. 0 means that
    /// nothing was sent.
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// How long to wait before the next request, as the API requested or the client's own
    /// [`RateLimit`](crate::RateLimit) requires.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// Whether the object does not exist (404).
    pub fn is_not_found(&self) -> bool {
        self.0.status == Some(StatusCode::NOT_FOUND)
    }

    /// Whether another user group has the name. Observed (reported): names are unique in an
    /// account, and the API refuses a name in use with 400 and "already in use".
    pub fn is_name_taken(&self) -> bool {
        self.0.status.is_some_and(|status| status.is_client_error()) && self.says("already in use")
    }

    /// Whether the credential is missing or wrong (401).
    pub fn is_unauthorized(&self) -> bool {
        self.0.status == Some(StatusCode::UNAUTHORIZED)
    }

    /// Whether the credential does not permit this (403).
    pub fn is_forbidden(&self) -> bool {
        self.0.status == Some(StatusCode::FORBIDDEN)
    }

    /// Whether there were too many requests: the API returned 429, or the client's own
    /// [`RateLimit`](crate::RateLimit) does not allow the request before the deadline.
    pub fn is_rate_limited(&self) -> bool {
        self.0.status == Some(StatusCode::TOO_MANY_REQUESTS)
            || matches!(self.0.kind, Kind::Throttled)
    }

    /// Whether no whole response came in time.
    pub fn is_timeout(&self) -> bool {
        matches!(self.0.kind, Kind::TimedOut(_))
    }

    /// Whether the input or the configuration is invalid. Nothing was sent.
    pub fn is_invalid_input(&self) -> bool {
        matches!(self.0.kind, Kind::Invalid(_))
    }

    /// Whether the same call may succeed later and is safe to retry.
    pub fn is_retryable(&self) -> bool {
        let transient = match self.outcome() {
            Outcome::NotSent | Outcome::NoResponse => true,
            Outcome::Response(status) => is_transient(status),
            Outcome::Permanent => matches!(self.0.kind, Kind::Throttled | Kind::Inconsistent(_)),
        };
        let idempotent = self.0.operation.is_some_and(Operation::is_idempotent);
        transient && (idempotent || !self.outcome_unknown())
    }

    /// Whether the request may have been applied although the call failed.
    ///
    /// That is so when a change was sent and no response says otherwise, also if the API reports
    /// success and shows something else than was sent. Never true of calls that only read.
    pub fn outcome_unknown(&self) -> bool {
        let changes = self.0.operation.is_some_and(Operation::changes);
        let in_doubt = match self.0.kind {
            Kind::Invalid(_) | Kind::Throttled | Kind::NoCredential | Kind::Inconsistent(_) => {
                false
            }
            _ => self.outcome().may_have_been_applied(),
        };
        changes && (self.0.in_doubt || in_doubt)
    }

    fn fmt_attempts(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.0.attempts, self.ray_id()) {
            (0, _) => Ok(()),
            (1, None) => f.write_str(" (1 attempt)"),
            (1, Some(ray)) => write!(f, " (1 attempt, ray {ray})"),
            (n, None) => write!(f, " ({n} attempts)"),
            (n, Some(ray)) => write!(f, " ({n} attempts, ray {ray})"),
        }
    }

    fn advice(&self) -> Option<&'static str> {
        if matches!(self.0.kind, Kind::NotApplied(_)) {
            return Some("read it before changing it again");
        }
        if self.outcome_unknown() {
            return Some("it may have been applied: read before sending it again");
        }
        if self.codes().any(|code| code == 6103) {
            return Some("an API token must not be given as an API key");
        }
        match (&self.0.kind, self.0.status) {
            (Kind::NotConnected, _) => Some("check the network, the proxy and the base URL"),
            (_, Some(StatusCode::UNAUTHORIZED)) => {
                Some("check that the credential is right, active and not expired")
            }
            (_, Some(StatusCode::FORBIDDEN)) if self.operation() == Some("zones-get") => {
                Some("check that the token may read zones (Zone Read)")
            }
            (_, Some(StatusCode::FORBIDDEN)) => Some(
                "check the account, and that the token may read (Account Settings Read) or write \
                 (Account Settings Write or SCIM Provisioning) its settings",
            ),
            (_, Some(status)) if status.is_redirection() => {
                Some("redirects are not followed: check the base URL")
            }
            _ if self.is_retryable() => Some("try again later"),
            _ => None,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(operation) = self.0.operation {
            write!(f, "{} failed: ", operation.doing())?;
        }
        self.fmt_reason(f)
    }
}

impl Error {
    fn fmt_reason(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { kind, status, retry_after, errors, note, .. } = &*self.0;
        match kind {
            Kind::Invalid(problem) => write!(f, "nothing was sent: {problem}")?,
            Kind::Throttled => {
                f.write_str("the rate limit does not allow the request before its deadline")?
            }
            Kind::NoCredential => f.write_str("the credential provider failed")?,
            Kind::NotConnected => f.write_str("no connection could be made")?,
            Kind::ConnectionLost => {
                f.write_str("the connection broke before the whole response was received")?
            }
            Kind::TimedOut(limit) => write!(f, "no whole response came within {limit:?}")?,
            Kind::TooLarge(limit) => write!(f, "the response is larger than {limit} bytes")?,
            Kind::Refused(text) | Kind::UnexpectedResponse(text) => {
                fmt_response(
                    f,
                    *status,
                    errors,
                    text,
                    matches!(kind, Kind::UnexpectedResponse(_)),
                )?;
            }
            Kind::NotApplied(problem) => {
                write!(f, "the API reports success, but {problem}")?;
            }
            Kind::Inconsistent(problem) => f.write_str(problem)?,
        }
        if f.alternate() {
            let mut cause = self.source();
            while let Some(error) = cause {
                write!(f, ": {error}")?;
                cause = error.source();
            }
        }
        if let Some(note) = note {
            write!(f, "; {note}")?;
        }
        if let Some(wait) = retry_after {
            write!(f, "; retry after {} s", wait.as_millis().div_ceil(1000))?;
        }
        if let Some(advice) = self.advice() {
            write!(f, "; {advice}")?;
        }
        self.fmt_attempts(f)
    }
}

fn fmt_response(
    f: &mut fmt::Formatter<'_>,
    status: Option<StatusCode>,
    errors: &[ApiError],
    text: &str,
    unexpected: bool,
) -> fmt::Result {
    match status {
        Some(status) => write!(f, "the API returned {status}")?,
        None => f.write_str("the API returned a response")?,
    }
    if unexpected {
        f.write_str(", but not the documented response")?;
    }
    if errors.is_empty() {
        return write!(f, ": {text}");
    }
    let messages: Vec<String> = errors.iter().map(ApiError::to_string).collect();
    write!(f, ": {}", beginning(&messages.join(", "), MESSAGES))
}

impl fmt::Debug for Error {
    /// Nothing of a response that is not in the text or in the error items.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { operation, attempts, status, ray_id, retry_after, errors, .. } = &*self.0;
        f.debug_struct("Error")
            .field("kind", &self.kind())
            .field("message", &format!("{self:#}"))
            .field("operation", &operation.map(|operation| operation.id))
            .field("attempts", attempts)
            .field("status", &status.map(|status| status.as_u16()))
            .field("ray_id", ray_id)
            .field("retry_after", retry_after)
            .field("outcome_unknown", &self.outcome_unknown())
            .field("errors", errors)
            .finish()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.cause.as_deref().map(|cause| cause as _)
    }
}

impl From<InvalidId> for Error {
    fn from(problem: InvalidId) -> Self {
        Self::invalid(problem.to_string())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::api_error::ITEM;
    use super::*;

    fn response(ray: &str, body: &str, problem: Option<&str>) -> Error {
        let headers =
            HeaderMap::from_iter([(http::HeaderName::from_static("cf-ray"), ray.parse().unwrap())]);
        let redact = |text: &str| text.replace("secret", "[redacted]");
        let error = Error::from_response(
            StatusCode::BAD_REQUEST,
            &headers,
            body.as_bytes(),
            problem,
            redact,
        );
        error.during(None, 1, false)
    }

    fn failed(errors: &Value) -> Error {
        response("ray", &json!({ "success": false, "errors": errors }).to_string(), None)
    }

    #[test]
    fn parts_of_a_response_are_kept_within_a_bound() {
        let item = json!({ "code": 1000, "message": "é".repeat(30_000) });
        let error = failed(&json!([item, item, "the third"]));
        assert_eq!(
            error.to_string().chars().filter(|c| *c == 'é').count(),
            MESSAGES - "1000 ".len()
        );
        let kept: usize = error.errors().iter().map(|error| error.message().len()).sum();
        assert!((KEPT - 3 * ITEM - 1..KEPT).contains(&kept), "{kept} bytes are kept");

        let many = failed(&json!(vec![json!({ "error_chain": vec![7; 1000] }); 1000]));
        let text = format!("{many} {many:?}");
        assert!(text.len() < 200 * KEPT / ITEM, "{} bytes", text.len());

        let small = failed(&json!(vec![0; 100_000]));
        assert!((1..=512).contains(&small.errors().len()), "{}", small.errors().len());

        let long = "x".repeat(10_000);
        let error = response(&long, &long, Some(&long));
        assert_eq!(error.ray_id().map(|ray| ray.chars().count()), Some(MAX_RAY_ID + 1));
        assert!(error.to_string().len() < 3 * EXCERPT, "{error}");
    }

    #[test]
    fn five_hundred_errors_of_a_line_each_are_kept() {
        let items = vec![json!({ "code": 1002, "message": "m" }); 500];
        assert_eq!(failed(&json!(items)).codes().count(), 500);
    }

    #[test]
    fn no_credential_is_cut_before_it_is_taken_out() {
        for before in [KEPT - ITEM - 3, MESSAGES - 5, EXCERPT - 3] {
            let text = format!("{}secret", "x".repeat(before));
            for error in [failed(&json!([text])), response("ray", &text, Some(&text))] {
                assert!(!format!("{error} {error:?}").contains("sec"), "{before}: {error:?}");
            }
        }
    }

    #[test]
    fn error_is_one_line_for_any_message() {
        let hostile = "a\r\nERROR\u{1b}[31m\u{85}b";
        let item = json!({
            "message": hostile, "documentation_url": hostile, "source": { "pointer": hostile }, "error_chain": [hostile],
        });
        let error = failed(&json!([item]));
        for text in [error.to_string(), error.errors()[0].to_string()] {
            assert!(!text.contains(char::is_control), "{text:?}");
            assert_eq!(text.matches("a ERROR [31m b").count(), 4, "{text:?}");
        }
        assert_eq!(error.errors()[0].message(), hostile, "programs get what was said");
    }
}
