//! Bodies of requests, checked strictly against the documented form.

use axum::http::{HeaderMap, StatusCode, header};
use serde_json::{Map, Value};

use crate::id::Id;
use crate::refusal::{Problem, Problems, Refusal, code};
use crate::seed::Access;

/// A group that is to be created or updated.
#[derive(Debug)]
pub(crate) struct GroupBody {
    pub(crate) name: Option<String>,
    pub(crate) policies: Option<Vec<PolicyBody>>,
}

/// A policy of a group that is to be created or updated.
#[derive(Debug)]
pub(crate) struct PolicyBody {
    pub(crate) id: Option<String>,
    pub(crate) access: Access,
    pub(crate) permission_groups: Vec<Id>,
    pub(crate) resource_groups: Vec<Id>,
}

/// Reads a body as JSON.
pub(crate) fn parse(headers: &HeaderMap, body: &[u8]) -> Result<Value, Refusal> {
    let invalid = |message: String, pointer: &str| {
        let problem = Problem::new(code::BODY, message).at(pointer);
        Refusal::new(StatusCode::BAD_REQUEST, problem)
    };
    if body.is_empty() {
        return Err(invalid("the body is missing".to_owned(), ""));
    }
    if !is_json(headers) {
        let message = "Content-Type: must be application/json".to_owned();
        return Err(invalid(message, "Content-Type"));
    }
    serde_json::from_slice(body).map_err(|error| invalid(format!("not JSON: {error}"), ""))
}

fn is_json(headers: &HeaderMap) -> bool {
    let Some(Ok(value)) = headers.get(header::CONTENT_TYPE).map(|it| it.to_str()) else {
        return false;
    };
    let media_type = value.split(';').next().unwrap_or_default();
    media_type.trim().eq_ignore_ascii_case("application/json")
}

/// The body that creates a group.
pub(crate) fn new_group(body: &Value) -> Result<GroupBody, Refusal> {
    let mut problems = Problems::invalid();
    let group = group(body, &["name"], false, &mut problems);
    problems.check()?;
    Ok(group)
}

/// The body that updates a group. Its policies may have ids. The published schema requires them,
/// but the real service accepts policies without.
pub(crate) fn changed_group(body: &Value) -> Result<GroupBody, Refusal> {
    let mut problems = Problems::invalid();
    let group = group(body, &[], true, &mut problems);
    problems.check()?;
    Ok(group)
}

/// The body that names members.
pub(crate) fn members(body: &Value) -> Result<Vec<Id>, Refusal> {
    let mut problems = Problems::invalid();
    let members = ids(body, "", &mut problems);
    problems.check()?;
    Ok(members)
}

fn group(body: &Value, required: &[&str], policy_ids: bool, problems: &mut Problems) -> GroupBody {
    let mut group = GroupBody { name: None, policies: None };
    let Some(fields) = object(body, "", required, &["name", "policies"], problems) else {
        return group;
    };
    group.name = fields.get("name").and_then(|name| text(name, "/name", problems));
    if let Some(value) = fields.get("policies") {
        let items = array(value, "/policies", problems).iter().enumerate();
        let policies = items.filter_map(|(index, item)| {
            policy(item, &format!("/policies/{index}"), policy_ids, problems)
        });
        group.policies = Some(policies.collect());
    }
    group
}

fn policy(
    value: &Value,
    pointer: &str,
    with_id: bool,
    problems: &mut Problems,
) -> Option<PolicyBody> {
    let required = ["access", "permission_groups", "resource_groups"];
    let optional: &[&str] = if with_id { &["id"] } else { &[] };
    let fields = object(value, pointer, &required, optional, problems)?;
    let id = fields.get("id");
    let id = id.and_then(|id| text(id, &format!("{pointer}/id"), problems));
    let access = fields.get("access")?;
    let access = access_of(access, &format!("{pointer}/access"), problems);
    let mut refs = |name: &str| {
        let pointer = format!("{pointer}/{name}");
        fields.get(name).map(|list| ids(list, &pointer, problems))
    };
    let permission_groups = refs("permission_groups")?;
    let resource_groups = refs("resource_groups")?;
    Some(PolicyBody { id, access: access?, permission_groups, resource_groups })
}

fn access_of(value: &Value, pointer: &str, problems: &mut Problems) -> Option<Access> {
    match value.as_str() {
        Some("allow") => Some(Access::Allow),
        Some("deny") => Some(Access::Deny),
        _ => {
            problems.add(code::BODY, "must be \"allow\" or \"deny\"", pointer);
            None
        }
    }
}

/// An array of `{"id": …}`.
fn ids(value: &Value, pointer: &str, problems: &mut Problems) -> Vec<Id> {
    let items = array(value, pointer, problems).iter().enumerate();
    items
        .filter_map(|(index, item)| {
            let pointer = format!("{pointer}/{index}");
            let fields = object(item, &pointer, &["id"], &[], problems)?;
            let pointer = format!("{pointer}/id");
            let id = text(fields.get("id")?, &pointer, problems)?;
            let parsed = Id::parse(&id);
            if parsed.is_none() {
                problems.add(code::BODY, "must be 32 hexadecimal characters", &pointer);
            }
            parsed
        })
        .collect()
}

fn object<'a>(
    value: &'a Value,
    pointer: &str,
    required: &[&str],
    optional: &[&str],
    problems: &mut Problems,
) -> Option<&'a Map<String, Value>> {
    let Value::Object(fields) = value else {
        problems.add(code::BODY, "must be an object", pointer);
        return None;
    };
    for name in required.iter().filter(|name| !fields.contains_key(**name)) {
        problems.add(code::BODY, "is required", &format!("{pointer}/{name}"));
    }
    let known = |name: &str| required.contains(&name) || optional.contains(&name);
    for name in fields.keys().filter(|name| !known(name)) {
        let escaped = name.replace('~', "~0").replace('/', "~1");
        problems.add(code::BODY, "unknown field", &format!("{pointer}/{escaped}"));
    }
    Some(fields)
}

fn array<'a>(value: &'a Value, pointer: &str, problems: &mut Problems) -> &'a [Value] {
    if let Value::Array(items) = value {
        return items;
    }
    problems.add(code::BODY, "must be an array", pointer);
    &[]
}

fn text(value: &Value, pointer: &str, problems: &mut Problems) -> Option<String> {
    let text = value.as_str().map(str::to_owned);
    if text.is_none() {
        problems.add(code::BODY, "must be a string", pointer);
    }
    text
}
