//! Every parameter and every body field of the spec is sent by the wrapper under its own name.

use std::collections::{BTreeMap, BTreeSet};

use cloudflare_user_groups::{
    Account, AccountMemberStatus, Direction, PermissionGroupId, Policy, ResourceGroup,
    ResourceGroupId, Scope,
};
use serde_json::{Value, json};

use crate::operations::{GROUP, OPERATIONS, Operation, Sent, group, shown};
use crate::server::{ACCOUNT, Reply, Server};
use crate::spec::{document, rules};

const PERMISSION: &str = "c8fed203ed3043cba015a93ad1616f1f";
const RESOURCE: &str = "6d7f2f5f5b1d4a0e9081fdc98d432fd1";

/// A call that sets more than the table of operations does, and the query and the body that it sends,
/// by their names in the spec.
struct Call {
    operation: &'static str,
    send: fn(&Account) -> Sent,
    sent: &'static [(&'static str, &'static str)],
}

/// An operation, a name in it that no call sets, and the reason.
const NOT_SENT: &[(&str, &str, &str)] = &[];

const CALLS: &[Call] = &[
    Call {
        operation: "account-user-group-create",
        send: |account| shown(account.user_groups().create("n").policy(policy())),
        sent: &[
            ("body name", "n"),
            ("body policies[].access", "deny"),
            ("body policies[].permission_groups[].id", PERMISSION),
            ("body policies[].resource_groups[].id", RESOURCE),
            ("body policies[].resource_groups[].scope.key", "k"),
            ("body policies[].resource_groups[].scope.objects[].key", "o"),
        ],
    },
    Call {
        operation: "account-user-group-list",
        send: |account| {
            let list = account.user_groups().list().id(group()).name("n").name_contains("c");
            shown(Box::pin(list.direction(Direction::Descending).per_page(7).page(3)))
        },
        sent: &[
            ("query id", GROUP),
            ("query name", "n"),
            ("query fuzzyName", "c"),
            ("query direction", "desc"),
            ("query page", "3"),
            ("query per_page", "7"),
        ],
    },
    Call {
        operation: "account-user-group-update",
        send: |account| shown(account.user_groups().update(group()).name("n").policies([policy()])),
        sent: &[
            ("body name", "n"),
            ("body policies[].access", "deny"),
            ("body policies[].permission_groups[].id", PERMISSION),
            ("body policies[].resource_groups[].id", RESOURCE),
            ("body policies[].resource_groups[].scope.key", "k"),
            ("body policies[].resource_groups[].scope.objects[].key", "o"),
        ],
    },
    Call {
        operation: "account-user-group-member-list",
        send: |account| {
            let list = account.user_groups().members(group()).list().email_contains("c");
            shown(Box::pin(list.direction(Direction::Ascending).per_page(7).page(3)))
        },
        sent: &[
            ("query fuzzyEmail", "c"),
            ("query direction", "asc"),
            ("query page", "3"),
            ("query per_page", "7"),
        ],
    },
    Call {
        operation: "account-members-list-members",
        send: |account| {
            let list = account.list_members().status(AccountMemberStatus::Pending).sort_by_email();
            shown(Box::pin(list.per_page(7).page(3)))
        },
        sent: &[
            ("query status", "pending"),
            ("query order", "user.email"),
            ("query direction", "asc"),
            ("query page", "3"),
            ("query per_page", "7"),
        ],
    },
    Call {
        operation: "account-permission-group-list",
        send: |account| {
            let id = PermissionGroupId::new(PERMISSION).expect("an id");
            let list = account.list_permission_groups().id(id).name("n").label("l");
            shown(Box::pin(list.per_page(7).page(3)))
        },
        sent: &[
            ("query id", PERMISSION),
            ("query name", "n"),
            ("query label", "l"),
            ("query page", "3"),
            ("query per_page", "7"),
        ],
    },
    Call {
        operation: "account-resource-group-list",
        send: |account| {
            let list = account.list_resource_groups().id(resource()).name("n");
            shown(Box::pin(list.per_page(7).page(3)))
        },
        sent: &[
            ("query id", RESOURCE),
            ("query name", "n"),
            ("query page", "3"),
            ("query per_page", "7"),
        ],
    },
];

fn resource() -> ResourceGroupId {
    ResourceGroupId::new(RESOURCE).expect("an id")
}

/// A policy with a resource group of each kind.
fn policy() -> Policy {
    let permission = PermissionGroupId::new(PERMISSION).expect("an id");
    let inline = ResourceGroup::from(Scope::new("k", ["o"]));
    Policy::deny([permission], [resource().into(), inline])
}

/// The names of each operation in the spec, with their places.
fn described(spec: &Value) -> BTreeMap<String, BTreeSet<String>> {
    let names = |operation: &rules::Operation<'_>| {
        let parameters = operation.parameters().filter_map(|node| rules::resolve(spec, node));
        let text = |node: &Value, key: &str| node[key].as_str().unwrap_or_default().to_owned();
        let mut names: BTreeSet<_> =
            parameters.map(|node| text(node, "in") + " " + &text(node, "name")).collect();
        if let Some(body) = operation.node.get("requestBody") {
            let body = rules::resolve(spec, body).expect("it leads somewhere");
            let schema = &body["content"]["application/json"]["schema"];
            fields(spec, "body ".to_owned(), schema, &mut names);
        }
        names
    };
    rules::operations(spec).iter().map(|it| (it.label(), names(it))).collect()
}

/// The fields of a schema that have no fields themselves. A read-only field is not sent.
fn fields(spec: &Value, place: String, schema: &Value, names: &mut BTreeSet<String>) {
    let schema = rules::resolve(spec, schema).expect("it leads somewhere");
    if schema["readOnly"] == true {
        return;
    }
    let below = rules::children(schema);
    let nested =
        |(step, _): &(String, &Value)| step != ".*" || schema["additionalProperties"] != false;
    let below: Vec<_> = below.into_iter().filter(nested).collect();
    if below.is_empty() {
        names.insert(place.replace("body .", "body "));
    }
    for (step, schema) in below {
        fields(spec, format!("{place}{step}"), schema, names);
    }
}

/// What is sent for an operation, by its name in the spec.
fn sent(operation: &Operation) -> Vec<(String, String)> {
    let template = format!("/accounts/{{account_id}}{}", operation.path);
    let mut sent = path_parts(&template, &operation.path_in(ACCOUNT));
    match CALLS.iter().find(|call| call.operation == operation.id) {
        Some(call) => {
            let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
            sent.extend(call.sent.iter().map(owned));
        }
        None => sent.extend(message_parts(operation.query, operation.body.as_bytes())),
    }
    sent.sort();
    sent
}

/// What the calls and the spec disagree about.
fn differences(spec: &Value) -> Vec<String> {
    let mut calls: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for operation in OPERATIONS {
        calls.insert(operation.id, sent(operation).into_iter().map(|(name, _)| name).collect());
    }
    for (operation, name, _) in NOT_SENT {
        let is_new = calls.entry(operation).or_default().insert((*name).to_owned());
        assert!(is_new, "{operation} sends {name}");
    }
    let described = described(spec);
    let operations: BTreeSet<&str> =
        calls.keys().copied().chain(described.keys().map(String::as_str)).collect();
    let mut differences = Vec::new();
    for operation in operations {
        let calls = calls.get(operation).cloned().unwrap_or_default();
        let described = described.get(operation).cloned().unwrap_or_default();
        let unset = described.difference(&calls);
        differences.extend(unset.map(|name| format!("{operation}: no call sets `{name}`")));
        let unknown = calls.difference(&described);
        differences.extend(unknown.map(|name| format!("{operation}: the spec has no `{name}`")));
    }
    differences
}

#[test]
fn calls_set_every_parameter_and_field_of_the_spec() {
    assert_eq!(differences(&document()), [""; 0]);
}

type Edit = fn(&mut Value);

#[test]
fn parameter_or_field_that_no_call_sets_is_reported() {
    let changes: [(&str, Edit, &str); 6] = [
        (
            "/paths/~1accounts~1{account_id}~1iam~1user_groups/get/parameters",
            |node| node[1]["name"] = json!("title"),
            "account-user-group-list: no call sets `query title`, \
             account-user-group-list: the spec has no `query name`",
        ),
        (
            "/paths/~1accounts~1{account_id}~1iam~1user_groups/post",
            |node| node["parameters"] = json!([{ "name": "If-Match", "in": "header" }]),
            "account-user-group-create: no call sets `header If-Match`",
        ),
        (
            "/components/schemas/UpdateUserGroup/properties",
            |node| node["kind"] = json!({ "type": "string" }),
            "account-user-group-update: no call sets `body kind`",
        ),
        (
            "/components/schemas/UpdateUserGroup/properties",
            |node| node["kind"] = json!({ "type": "object", "additionalProperties": true }),
            "account-user-group-update: no call sets `body kind.*`",
        ),
        (
            "/components/schemas/UpdateUserGroup/properties",
            |node| node["id"] = json!({ "type": "string", "readOnly": true }),
            "",
        ),
        (
            "/paths/~1accounts~1{account_id}~1iam~1resource_groups",
            |node| node["patch"] = json!({ "operationId": "p", "responses": {} }),
            "p: no call sets `path account_id`",
        ),
    ];
    let known = differences(&document());
    for (pointer, change, expected) in changes {
        let mut spec = document();
        change(spec.pointer_mut(pointer).expect(pointer));
        let mut found = differences(&spec);
        found.retain(|difference| !known.contains(difference));
        assert_eq!(found.join(", "), expected);
    }
}

/// The parameters of a path.
fn path_parts(template: &str, path: &str) -> Vec<(String, String)> {
    assert_eq!(template.split('/').count(), path.split('/').count(), "{template} {path}");
    let mut parts = Vec::new();
    for (name, value) in template.split('/').zip(path.split('/')) {
        match name.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
            Some(name) => parts.push((format!("path {name}"), value.to_owned())),
            None => assert_eq!(name, value, "{template} {path}"),
        }
    }
    parts
}

/// The parameters of a query and the fields of a body.
fn message_parts(query: &str, body: &[u8]) -> Vec<(String, String)> {
    let query = url::form_urlencoded::parse(query.as_bytes());
    let mut parts: Vec<_> =
        query.map(|(name, value)| (format!("query {name}"), value.into_owned())).collect();
    if !body.is_empty() {
        let body = serde_json::from_slice(body).expect("the body is JSON");
        leaves("body ".to_owned(), &body, &mut parts);
    }
    parts
}

fn leaves(place: String, value: &Value, parts: &mut Vec<(String, String)>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                leaves(format!("{place}.{name}"), value, parts);
            }
        }
        Value::Array(items) => {
            for value in items {
                leaves(format!("{place}[]"), value, parts);
            }
        }
        value => {
            let text = value.as_str().map_or(value.to_string(), str::to_owned);
            parts.push((place.replace("body .", "body "), text));
        }
    }
}

#[tokio::test]
async fn parameters_and_fields_are_sent_under_their_own_names() {
    let refusal = json!({ "success": false, "errors": [{ "code": 1000, "message": "refused" }] });
    let server = Server::start(move |_| Reply::new(403, refusal.to_string())).await;
    let account = server.account();
    for operation in OPERATIONS {
        let (id, sent) = (operation.id, sent(operation));
        let values: BTreeSet<_> = sent.iter().map(|(_, value)| value).collect();
        assert_eq!(values.len(), sent.len(), "{id}: two names have the same value");
        let call = CALLS.iter().find(|call| call.operation == id);
        let result = match call {
            Some(call) => (call.send)(&account).await,
            None => operation.send(&account).await,
        };
        result.expect_err("it is refused");
        let requests = server.take();
        let [request] = requests.as_slice() else { panic!("{id}: {requests:?}") };
        assert_eq!(request.method, operation.method, "{id}");
        let template = format!("/client/v4/accounts/{{account_id}}{}", operation.path);
        let mut wire = path_parts(&template, &request.path);
        wire.extend(message_parts(&request.query, &request.body));
        wire.sort();
        assert_eq!(wire, sent, "{id}");
    }
}
