//! Requests: query parameters, pages and bodies, and the state that an operation works on.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use axum::http::{HeaderMap, StatusCode, header};
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeOwned, Deserializer, MapAccess, Visitor};
use serde_json::Value;
use serde_path_to_error::Segment;

use crate::fault::{ChangePart, FaultKind};
use crate::operation::Contract;
use crate::response::{ApiError, Errors, Result, ResultInfo, code};
use crate::state::clock::Clock;
use crate::state::id::{Id, IdSource};
use crate::state::seed::{Access, ScopeObjects, UserGroup};
use crate::state::world::{Account, Groups};

/// How long the service takes until changes show.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Lags {
    /// Until the members of a new group can be used.
    pub(crate) new_group: Duration,
    /// Until responses to GET no longer show a removed group or member.
    pub(crate) deletion: Duration,
}

/// A request with valid path and query, and the state that it works on.
pub(crate) struct Call<'a> {
    pub(crate) contract: Contract,
    pub(crate) lags: Lags,
    pub(crate) account: &'a mut Account,
    pub(crate) ids: &'a mut IdSource,
    pub(crate) clock: &'a mut Clock,
    /// The names of the path's parameters, and their ids.
    pub(crate) path: Vec<(&'a str, Id)>,
    pub(crate) query: Query,
    pub(crate) body: Value,
    /// The fault that is injected, if it changes how the request is carried out.
    pub(crate) fault: Option<&'a FaultKind>,
}

impl Call<'_> {
    pub(crate) fn is_observed(&self) -> bool {
        self.contract == Contract::Observed
    }

    /// The id in the path with this name.
    pub(crate) fn path_id(&self, name: &str) -> Result<Id> {
        let id = self.path.iter().find(|(other, _)| *other == name);
        let missing = || ApiError::not_found(format!("{name}: not in the path"), name);
        id.map(|(_, id)| id.clone()).ok_or_else(missing)
    }

    /// The group in the path, to change it.
    pub(crate) fn group(&self) -> Result<UserGroup> {
        let id = self.path_id("user_group_id")?;
        let group = self.account.groups().get(id.as_str());
        group.map(|group| UserGroup::clone(group)).ok_or_else(|| self.no_group(&id))
    }

    /// The group in the path as responses to GET show it.
    pub(crate) fn shown_group(&self) -> Result<Arc<UserGroup>> {
        let id = self.path_id("user_group_id")?;
        let groups = self.shown_groups();
        groups.get(id.as_str()).cloned().ok_or_else(|| self.no_group(&id))
    }

    /// Returns an error if the members of the group in the path cannot be used yet.
    pub(crate) fn check_ready(&self) -> Result<()> {
        let id = self.path_id("user_group_id")?;
        let now = self.clock.elapsed();
        if self.account.is_new(id.as_str(), self.lags.new_group, now) {
            return Err(self.no_group(&id));
        }
        Ok(())
    }

    /// The groups as responses to GET show them.
    pub(crate) fn shown_groups(&self) -> Cow<'_, Groups> {
        let now = self.clock.elapsed();
        if let Some(FaultKind::StaleList { ms }) = self.fault {
            return Cow::Owned(self.account.groups_before(Duration::from_millis(*ms), now));
        }
        if self.lags.deletion.is_zero() {
            return Cow::Borrowed(self.account.groups());
        }
        Cow::Owned(self.account.groups_with_removed(self.lags.deletion, now))
    }

    pub(crate) fn no_group(&self, id: &Id) -> ApiError {
        if self.is_observed() {
            return ApiError::observed(StatusCode::NOT_FOUND, "User group not found");
        }
        ApiError::not_found(format!("there is no user group {id} in the account"), "user_group_id")
    }

    /// Whether the injected fault drops this part of a change.
    pub(crate) fn drops(&self, part: ChangePart) -> bool {
        self.fault == Some(&FaultKind::DropChange(part))
    }

    /// The part of sorted results that is on a page, and the description of the page. `total` is
    /// the number of results without a filter.
    ///
    /// Assumption: `count` is the number of results on the page, as in other lists of this API,
    /// and `total_pages` belongs to `total_count`.
    pub(crate) fn cut<T>(&self, page: Page, results: Vec<T>, total: usize) -> (Vec<T>, ResultInfo) {
        let page = page.with_fault(self.fault, results.len());
        let items = page.cut(results);
        let total_count = to_u64(total);
        let pages = total_count.div_ceil(page.size);
        let info = ResultInfo {
            count: items.len(),
            page: page.number,
            per_page: page.size,
            total_count,
            total_pages: (self.contract != Contract::Documented).then_some(pages),
        };
        (items, info)
    }
}

/// How many results a page can hold.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PageLimits {
    pub(crate) min: u64,
    pub(crate) max: u64,
    pub(crate) default: u64,
}

/// How many groups, or members of a group, a page can hold.
pub(crate) const PAGE_LIMITS: PageLimits = PageLimits { min: 1, max: 500, default: 100 };

/// The page that is requested.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Page {
    pub(crate) number: u64,
    pub(crate) size: u64,
}

impl Page {
    fn with_fault(self, fault: Option<&FaultKind>, results: usize) -> Self {
        let number = match fault {
            Some(FaultKind::IgnorePage) => 1,
            Some(FaultKind::RepeatLastPage) => {
                let last = to_u64(results).div_ceil(self.size);
                self.number.min(last).max(1)
            }
            _ => self.number,
        };
        Self { number, ..self }
    }

    /// The part of the results that is on the page: none past the end.
    fn cut<T>(self, results: Vec<T>) -> Vec<T> {
        let before = (self.number - 1).saturating_mul(self.size);
        let before = usize::try_from(before).unwrap_or(usize::MAX);
        let size = usize::try_from(self.size).unwrap_or(usize::MAX);
        results.into_iter().skip(before).take(size).collect()
    }
}

fn to_u64(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

/// The query of a request: the parameters of its operation, each at most once.
#[derive(Debug)]
pub(crate) struct Query {
    pairs: Vec<(String, String)>,
}

/// The parameters that are not filters.
const NOT_FILTERS: [&str; 4] = ["page", "per_page", "direction", "order"];

impl Query {
    /// Reads a query. Assumption: unknown and repeated parameters are refused. The live service
    /// may not do so, but they are errors of the client.
    pub(crate) fn parse(raw: &str, known: &[&str], errors: &mut Errors) -> Self {
        let mut pairs: Vec<(String, String)> = Vec::new();
        for (name, value) in form_urlencoded::parse(raw.as_bytes()) {
            if !known.contains(&name.as_ref()) {
                errors.add(code::PARAMETER, format!("{name}: unknown parameter"), &name);
            } else if pairs.iter().any(|(other, _)| *other == name) {
                errors.add(code::PARAMETER, format!("{name}: repeated parameter"), &name);
            } else {
                pairs.push((name.into_owned(), value.into_owned()));
            }
        }
        Self { pairs }
    }

    pub(crate) fn without_filters(mut self) -> Self {
        self.pairs.retain(|(name, _)| NOT_FILTERS.contains(&name.as_str()));
        self
    }

    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        let mut pairs = self.pairs.iter();
        pairs.find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    /// In lower case, for searching. Assumption: the fuzzy filters ignore case.
    pub(crate) fn folded(&self, name: &str) -> Option<String> {
        self.text(name).map(str::to_lowercase)
    }

    pub(crate) fn id(&self, name: &str, errors: &mut Errors) -> Option<Id> {
        let text = self.text(name)?;
        let id = Id::parse(text);
        if id.is_none() {
            errors.add(code::PARAMETER, not_an_id(name), name);
        }
        id
    }

    /// One of several values.
    pub(crate) fn choice<T: Copy>(
        &self,
        name: &str,
        choices: &[(&str, T)],
        errors: &mut Errors,
    ) -> Option<T> {
        let text = self.text(name)?;
        let choice = choices.iter().find(|(choice, _)| *choice == text);
        if choice.is_none() {
            let all: Vec<&str> = choices.iter().map(|(choice, _)| *choice).collect();
            let message = format!("{name}: must be one of {}", all.join(", "));
            errors.add(code::PARAMETER, message, name);
        }
        choice.map(|(_, value)| *value)
    }

    /// Whether the order is descending.
    pub(crate) fn descending(&self, errors: &mut Errors) -> bool {
        self.choice("direction", &[("asc", false), ("desc", true)], errors).unwrap_or(false)
    }

    pub(crate) fn page(&self, limits: PageLimits, errors: &mut Errors) -> Page {
        Page {
            number: self.number("page", 1, i64::MAX.unsigned_abs(), 1, errors),
            size: self.number("per_page", limits.min, limits.max, limits.default, errors),
        }
    }

    fn number(&self, name: &str, min: u64, max: u64, default: u64, errors: &mut Errors) -> u64 {
        let Some(text) = self.text(name) else {
            return default;
        };
        let problem = match whole_number(text) {
            Some(number) if number < min => format!("must be at least {min}"),
            Some(number) if number > max => format!("must be at most {max}"),
            Some(number) => return number,
            None => "must be a whole number".to_owned(),
        };
        errors.add(code::PARAMETER, format!("{name}: {problem}"), name);
        default
    }
}

pub(crate) fn not_an_id(name: &str) -> String {
    format!("{name}: must be 32 hexadecimal characters")
}

/// Reads a whole number that is not negative. `2.0` is one: Cloudflare's Python SDK can send it.
fn whole_number(text: &str) -> Option<u64> {
    let digits = match text.split_once('.') {
        Some((digits, zeros)) if !zeros.is_empty() && zeros.bytes().all(|b| b == b'0') => digits,
        Some(_) => return None,
        None => text,
    };
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    // A number with too many digits is a whole number, but larger than every limit.
    Some(digits.parse().unwrap_or(u64::MAX))
}

/// The body that creates a group.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewGroup {
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) policies: Vec<Object<NewPolicy>>,
}

/// The body that updates a group.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct GroupUpdate {
    #[serde(default, deserialize_with = "not_null")]
    pub(crate) name: Option<String>,
    #[serde(default, deserialize_with = "not_null")]
    pub(crate) policies: Option<Vec<Object<PolicyUpdate>>>,
}

/// A policy of a group that is created.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewPolicy {
    pub(crate) access: Access,
    pub(crate) permission_groups: Vec<Object<Reference>>,
    pub(crate) resource_groups: Vec<Object<ResourceReference>>,
}

/// A policy of a group that is updated. The published schema requires the id, but the live service
/// accepts policies without.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PolicyUpdate {
    #[serde(default, deserialize_with = "not_null")]
    pub(crate) id: Option<String>,
    pub(crate) access: Access,
    pub(crate) permission_groups: Vec<Object<Reference>>,
    pub(crate) resource_groups: Vec<Object<ResourceReference>>,
}

impl From<NewPolicy> for PolicyUpdate {
    fn from(policy: NewPolicy) -> Self {
        let NewPolicy { access, permission_groups, resource_groups } = policy;
        Self { id: None, access, permission_groups, resource_groups }
    }
}

/// An object that names another by its id.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Reference {
    pub(crate) id: Id,
}

/// A resource group by its id, or a scope.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ResourceReference {
    #[serde(default, deserialize_with = "not_null")]
    pub(crate) id: Option<Id>,
    #[serde(default, deserialize_with = "not_null")]
    pub(crate) scope: Option<Object<ScopeObjects>>,
}

/// A JSON object. Without it, serde reads an array as the fields of a struct in their order.
#[derive(Debug)]
pub(crate) struct Object<T>(pub(crate) T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ObjectVisitor(PhantomData)).map(Self)
    }
}

struct ObjectVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjectVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map))
    }
}

/// A field that can be missing, but not null.
fn not_null<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// Reads a body as JSON.
pub(crate) fn parse_json(headers: &HeaderMap, body: &[u8]) -> Result<Value> {
    if body.is_empty() {
        return Err(ApiError::invalid(code::BODY, "the body is missing", ""));
    }
    if !is_json(headers) {
        let message = "Content-Type: must be application/json";
        return Err(ApiError::invalid(code::BODY, message, "Content-Type"));
    }
    let invalid = |error| ApiError::invalid(code::BODY, format!("invalid JSON: {error}"), "");
    serde_json::from_slice(body).map_err(invalid)
}

fn is_json(headers: &HeaderMap) -> bool {
    let Some(Ok(value)) = headers.get(header::CONTENT_TYPE).map(|it| it.to_str()) else {
        return false;
    };
    let media_type = value.split(';').next().unwrap_or_default();
    media_type.trim().eq_ignore_ascii_case("application/json")
}

impl Call<'_> {
    /// The body, checked strictly against its documented form.
    pub(crate) fn body<T: DeserializeOwned>(&self) -> Result<T> {
        serde_path_to_error::deserialize(&self.body).map_err(|error| {
            let message = error.inner().to_string();
            ApiError::invalid(code::BODY, &message, &pointer(error.path(), &message))
        })
    }
}

/// The JSON pointer to an error. The path of a missing or unknown field ends at its object, so its
/// name is taken from the message.
fn pointer(path: &serde_path_to_error::Path, message: &str) -> String {
    let mut names: Vec<String> = Vec::new();
    for segment in path {
        match segment {
            Segment::Seq { index } => names.push(index.to_string()),
            Segment::Map { key } => names.push(key.clone()),
            Segment::Enum { .. } | Segment::Unknown => {}
        }
    }
    let field = message.strip_prefix("missing field `").or(message.strip_prefix("unknown field `"));
    if let Some((name, _)) = field.and_then(|rest| rest.split_once('`'))
        && names.last().is_none_or(|last| last != name)
    {
        names.push(name.to_owned());
    }
    let escaped = names.iter().map(|name| name.replace('~', "~0").replace('/', "~1"));
    escaped.map(|name| format!("/{name}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers() {
        assert_eq!(whole_number("2"), Some(2));
        assert_eq!(whole_number("2.0"), Some(2));
        assert_eq!(whole_number("99999999999999999999999"), Some(u64::MAX));
        for wrong in ["", "-1", "+1", " 1", "1.5", "1.", ".0", "1e3", "0x1", "٣"] {
            assert_eq!(whole_number(wrong), None, "{wrong}");
        }
    }

    fn page(number: u64, size: u64) -> Page {
        Page { number, size }
    }

    #[test]
    fn pages_divide_a_list_without_remainder() {
        let cut = |number, size| page(number, size).cut((0..5).collect::<Vec<_>>());
        assert_eq!(cut(1, 2), [0, 1]);
        assert_eq!(cut(3, 2), [4]);
        assert!(cut(4, 2).is_empty());
        assert!(cut(u64::MAX, 500).is_empty());
    }

    #[test]
    fn page_faults_change_the_page() {
        let requested = page(9, 2);
        assert_eq!(requested.with_fault(None, 5), requested);
        assert_eq!(requested.with_fault(Some(&FaultKind::IgnorePage), 5), page(1, 2));
        assert_eq!(requested.with_fault(Some(&FaultKind::RepeatLastPage), 5), page(3, 2));
        assert_eq!(requested.with_fault(Some(&FaultKind::RepeatLastPage), 0), page(1, 2));
    }
}
