//! The columns of the API's objects in tables.

use cloudflare_user_groups::{
    AccountMember, Member, MemberDetails, PermissionGroup, Policy, ResourceGroup, Scope, UserGroup,
};

use super::format::Row;

impl Row for UserGroup {
    const COLUMNS: &'static [&'static str] = &["name", "id", "policies", "modified_on"];

    /// All columns, because the JSON of the policies is long.
    fn text(&self, column: &str) -> Option<String> {
        match column {
            "name" => Some(self.name.clone()),
            "id" => Some(self.id.to_string()),
            "policies" => Some(self.policies.len().to_string()),
            _ => Some(or_empty(&self.modified_on)),
        }
    }

    fn details(&self) -> Vec<(&'static str, String)> {
        let mut details = vec![
            ("name", self.name.clone()),
            ("id", self.id.to_string()),
            ("created_on", or_empty(&self.created_on)),
            ("modified_on", or_empty(&self.modified_on)),
        ];
        details.extend(self.policies.iter().map(|policy| ("policy", sentence(policy))));
        details
    }
}

fn sentence(policy: &Policy) -> String {
    let permissions = policy.permission_groups.iter();
    let permissions = permissions.map(|group| name_or(&group.name, or_empty(&group.id)));
    let resources = policy.resource_groups.iter().map(|group| match &group.id {
        Some(id) => name_or(&group.name, id.to_string()),
        None => name_or(&group.name, scopes(group)),
    });
    let access = policy.access.as_ref().map_or("?", |access| access.as_str());
    policy_sentence(access, permissions.collect(), resources.collect())
}

fn name_or(name: &Option<String>, id: String) -> String {
    name.clone().unwrap_or(id)
}

/// `allow DNS, Firewall on Whole account`. Both are sets: the order of the API has no meaning.
pub(crate) fn policy_sentence(
    access: &str,
    mut permissions: Vec<String>,
    mut resources: Vec<String>,
) -> String {
    permissions.sort();
    resources.sort();
    format!("{access} {} on {}", permissions.join(", "), resources.join(", "))
}

impl Row for Member {
    const COLUMNS: &'static [&'static str] = &["email", "id", "status"];
}

impl Row for MemberDetails {
    const COLUMNS: &'static [&'static str] =
        &["email", "id", "status", "created_at", "first_name", "last_name", "user_id"];

    fn text(&self, column: &str) -> Option<String> {
        let user = self.user.as_ref().filter(|_| column == "user_id")?;
        Some(or_empty(&user.id))
    }
}

impl Row for AccountMember {
    const COLUMNS: &'static [&'static str] = &["email", "id", "status", "first_name", "last_name"];
}

impl Row for PermissionGroup {
    const COLUMNS: &'static [&'static str] = &["name", "id", "label"];
}

impl Row for ResourceGroup {
    const COLUMNS: &'static [&'static str] = &["name", "id", "scope"];

    fn text(&self, column: &str) -> Option<String> {
        (column == "scope").then(|| scopes(self))
    }
}

fn scopes(group: &ResourceGroup) -> String {
    group.scopes.iter().map(scope).collect::<Vec<_>>().join(" ")
}

fn scope(scope: &Scope) -> String {
    let objects: Vec<&str> = scope.objects.iter().map(|object| object.key.as_str()).collect();
    format!("{}: {}", scope.key, objects.join(", "))
}

fn or_empty(value: &Option<impl ToString>) -> String {
    value.as_ref().map(ToString::to_string).unwrap_or_default()
}
