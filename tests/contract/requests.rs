//! Every parameter and every body field of the spec is sent by the wrapper under its own name.

use std::collections::{BTreeMap, BTreeSet};

use cloudflare_user_groups::{
    Account, AccountMemberStatus, Direction, PermissionGroupId, Policy, ResourceGroup,
    ResourceGroupId, Scope,
};
use serde_json::{Value, json};

use crate::operations::{OPERATIONS, Operation, Sent, group, shown};
use crate::server::{ACCOUNT, Reply, Server};
use crate::spec::{document, rules};
use crate::wire::{PERMISSION, RESOURCE, assert_request, pairs};

const AWKWARD: &str = "a&b=c+d e/ü%20?#'";

/// A call that sets more than the table of operations does, and the query and the body that it
/// sends.
struct Call {
    operation: &'static str,
    send: fn(&Account) -> Sent,
    query: &'static str,
    body: &'static str,
}

/// A group with [`policy`].
const GROUP: &str = concat!(
    r#"{"name":"n","policies":[{"access":"deny","#,
    r#""permission_groups":[{"id":"c8fed203ed3043cba015a93ad1616f1f"}],"#,
    r#""resource_groups":[{"id":"6d7f2f5f5b1d4a0e9081fdc98d432fd1"},"#,
    r#"{"scope":{"key":"k","objects":[{"key":"o"}]}}]}]}"#
);

const CALLS: &[Call] = &[
    Call {
        operation: "account-user-group-create",
        send: |account| shown(account.user_groups().create("n").policy(policy())),
        query: "",
        body: GROUP,
    },
    Call {
        operation: "account-user-group-list",
        send: |account| {
            let list = account.user_groups().list().id(group()).name("n").name_contains("c");
            shown(Box::pin(list.direction(Direction::Descending).per_page(7).page(3)))
        },
        query: "id=5ba5af98b9cd4f80bd3b4ed53ab6e4f5&name=n&fuzzyName=c&direction=desc&page=3&per_page=7",
        body: "",
    },
    Call {
        operation: "account-user-group-list",
        send: |account| shown(Box::pin(account.user_groups().list().name("").page(3))),
        query: "name=&page=3&per_page=500",
        body: "",
    },
    Call {
        operation: "account-user-group-update",
        send: |account| shown(account.user_groups().update(group()).name("n").policies([policy()])),
        query: "",
        body: GROUP,
    },
    Call {
        operation: "account-user-group-member-list",
        send: |account| {
            let list = account.user_groups().members(group()).list().email_contains(AWKWARD);
            shown(Box::pin(list.direction(Direction::Ascending).per_page(7).page(3)))
        },
        query: "fuzzyEmail=a%26b%3Dc%2Bd+e%2F%C3%BC%2520%3F%23%27&direction=asc&page=3&per_page=7",
        body: "",
    },
    Call {
        operation: "account-members-list-members",
        send: |account| {
            let list = account.list_members().status(AccountMemberStatus::Pending).sort_by_email();
            shown(Box::pin(list.per_page(7).page(3)))
        },
        query: "status=pending&order=user.email&direction=asc&page=3&per_page=7",
        body: "",
    },
    Call {
        operation: "account-permission-group-list",
        send: |account| {
            let id = PermissionGroupId::new(PERMISSION).expect("an id");
            let list = account.list_permission_groups().id(id).name("n").label("l");
            shown(Box::pin(list.per_page(7).page(3)))
        },
        query: "id=c8fed203ed3043cba015a93ad1616f1f&name=n&label=l&page=3&per_page=7",
        body: "",
    },
    Call {
        operation: "account-resource-group-list",
        send: |account| {
            let list = account.list_resource_groups().id(resource()).name("n");
            shown(Box::pin(list.per_page(7).page(3)))
        },
        query: "id=6d7f2f5f5b1d4a0e9081fdc98d432fd1&name=n&page=3&per_page=7",
        body: "",
    },
    Call {
        operation: "zones-get",
        send: |account| shown(Box::pin(account.list_zones().name("n").per_page(7).page(3))),
        query: "account.id=eb78d65290b24279ba6f44721b3ea3c4&name=n&page=3&per_page=7",
        body: "",
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
    let call = CALLS.iter().find(|call| call.operation == operation.id);
    let (query, body) =
        call.map_or((operation.query, operation.body), |call| (call.query, call.body));
    let path = operation.path_in(ACCOUNT);
    let template = operation.template();
    let parts = template.split('/').zip(path.split('/')).filter_map(|(name, value)| {
        Some((format!("path {}", name.strip_prefix('{')?.strip_suffix('}')?), value.to_owned()))
    });
    let query = pairs(query).into_iter().map(|(name, value)| (format!("query {name}"), value));
    let mut sent: Vec<_> = parts.chain(query).collect();
    if !body.is_empty() {
        let body = serde_json::from_str(body).expect("the body is JSON");
        leaves("body ".to_owned(), &body, &mut sent);
    }
    sent
}

/// What the calls and the spec disagree about.
fn differences(spec: &Value) -> Vec<String> {
    let mut calls: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for operation in OPERATIONS {
        calls.insert(operation.id, sent(operation).into_iter().map(|(name, _)| name).collect());
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

/// The values of a body, with the names of their fields.
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
async fn calls_send_their_query_and_body() {
    let refusal = json!({ "success": false, "errors": [{ "code": 1000, "message": "refused" }] });
    let server = Server::start(move |_| Reply::new(403, refusal.to_string())).await;
    for Call { operation, send, query, body } in CALLS {
        send(&server.account()).await.expect_err("it is refused");
        let requests = server.take();
        let [request] = requests.as_slice() else { panic!("{operation}: {requests:?}") };
        assert_request(request, Operation::find(operation), &pairs(query), body);
    }
}

/// So that two names cannot trade places.
#[test]
fn calls_send_each_value_once() {
    for operation in OPERATIONS {
        let sent = sent(operation);
        let values: BTreeSet<_> = sent.iter().map(|(_, value)| value).collect();
        assert_eq!(values.len(), sent.len(), "{}: two names have the same value", operation.id);
    }
}
