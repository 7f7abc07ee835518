//! The table of operations is the spec's, and both are what Cloudflare documents.

use serde_json::Value;

use crate::raw::OPERATIONS;

const SPEC: &str = include_str!("../../spec/openapi.yaml");

/// operationId, method, path below the account, and summary, as they are published.
const PUBLISHED: [(&str, &str, &str, &str); 13] = [
    ("account-user-group-create", "POST", "/iam/user_groups", "Create User Group"),
    ("account-user-group-list", "GET", "/iam/user_groups", "List User Groups"),
    ("account-user-group-update", "PUT", "/iam/user_groups/{user_group_id}", "Update User Group"),
    ("account-user-group-details", "GET", "/iam/user_groups/{user_group_id}", "User Group Details"),
    (
        "account-user-group-delete",
        "DELETE",
        "/iam/user_groups/{user_group_id}",
        "Remove User Group",
    ),
    (
        "account-user-group-members-update",
        "PUT",
        "/iam/user_groups/{user_group_id}/members",
        "Update User Group Members",
    ),
    (
        "account-user-group-member-create",
        "POST",
        "/iam/user_groups/{user_group_id}/members",
        "Add User Group Members",
    ),
    (
        "account-user-group-member-list",
        "GET",
        "/iam/user_groups/{user_group_id}/members",
        "List User Group Members",
    ),
    (
        "account-user-group-member-get",
        "GET",
        "/iam/user_groups/{user_group_id}/members/{member_id}",
        "Get User Group Member",
    ),
    (
        "account-user-group-member-delete",
        "DELETE",
        "/iam/user_groups/{user_group_id}/members/{member_id}",
        "Remove User Group Member",
    ),
    ("account-members-list-members", "GET", "/members", "List Members"),
    (
        "account-permission-group-list",
        "GET",
        "/iam/permission_groups",
        "List Account Permission Groups",
    ),
    ("account-resource-group-list", "GET", "/iam/resource_groups", "List Resource Groups"),
];

#[test]
fn the_table_is_the_spec() {
    let spec: Value = yaml_serde::from_str(SPEC).expect("the spec is YAML");
    let mut specified = Vec::new();
    for (path, item) in spec["paths"].as_object().expect("there are paths") {
        for (method, operation) in item.as_object().expect("a path has operations") {
            if let Some(id) = operation["operationId"].as_str() {
                let summary = operation["summary"].as_str().unwrap_or_default();
                specified.push((id, method.to_uppercase(), path.as_str(), summary));
            }
        }
    }
    let mut table: Vec<_> =
        OPERATIONS.iter().map(|it| (it.id, it.method.to_string(), it.path, it.summary)).collect();
    specified.sort();
    table.sort();
    assert_eq!(table, specified);
}

#[test]
fn the_table_is_what_is_published() {
    let mut published: Vec<_> = PUBLISHED
        .iter()
        .map(|(id, method, path, summary)| {
            let path = format!("/accounts/{{account_id}}{path}");
            (*id, (*method).to_owned(), path, *summary)
        })
        .collect();
    let mut table: Vec<_> = OPERATIONS
        .iter()
        .map(|it| (it.id, it.method.to_string(), it.path.to_owned(), it.summary))
        .collect();
    published.sort();
    table.sort();
    assert_eq!(table, published);
}

/// The hooks find the operation by this name: if it were another, errors would not name it.
#[test]
fn the_generated_client_uses_the_names_of_the_table() {
    let generated = include_str!("../../generated/client.rs");
    for operation in OPERATIONS {
        assert!(generated.contains(&format!("operation_id: \"{}\"", operation.name)));
    }
    let used = generated.matches("operation_id: \"").count();
    assert_eq!(used, OPERATIONS.len());
}
