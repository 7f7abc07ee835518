//! The columns of the API's objects in tables.

use cloudflare_user_groups::{
    AccountMember, Member, MemberDetails, PermissionGroup, Policy, ResourceGroup, Scope, User,
    UserGroup,
};

use super::format::Row;

impl Row for UserGroup {
    const COLUMNS: &'static [&'static str] = &["name", "id", "policies", "modified_on"];

    fn cells(&self) -> Vec<String> {
        vec![
            self.name.clone(),
            self.id.to_string(),
            self.policies.len().to_string(),
            or_empty(&self.modified_on),
        ]
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

    fn cells(&self) -> Vec<String> {
        vec![or_empty(&self.email), self.id.to_string(), or_empty(&self.status)]
    }
}

impl Row for MemberDetails {
    const COLUMNS: &'static [&'static str] =
        &["email", "id", "status", "created_at", "first_name", "last_name", "user_id"];

    fn cells(&self) -> Vec<String> {
        let [first, last, user] = user(self.user.as_ref());
        vec![
            or_empty(&self.email),
            self.id.to_string(),
            or_empty(&self.status),
            or_empty(&self.created_at),
            first,
            last,
            user,
        ]
    }
}

impl Row for AccountMember {
    const COLUMNS: &'static [&'static str] = &["email", "id", "status", "first_name", "last_name"];

    fn cells(&self) -> Vec<String> {
        let [first, last, _] = user(self.user.as_ref());
        vec![or_empty(&self.email), self.id.to_string(), or_empty(&self.status), first, last]
    }
}

/// First name, last name and id.
fn user(user: Option<&User>) -> [String; 3] {
    let Some(user) = user else { return Default::default() };
    [or_empty(&user.first_name), or_empty(&user.last_name), or_empty(&user.id)]
}

impl Row for PermissionGroup {
    const COLUMNS: &'static [&'static str] = &["name", "id", "label"];

    fn cells(&self) -> Vec<String> {
        let label = self.meta.get("label").unwrap_or_default().to_owned();
        vec![or_empty(&self.name), or_empty(&self.id), label]
    }
}

impl Row for ResourceGroup {
    const COLUMNS: &'static [&'static str] = &["name", "id", "scope"];

    fn cells(&self) -> Vec<String> {
        vec![or_empty(&self.name), or_empty(&self.id), scopes(self)]
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
