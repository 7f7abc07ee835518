//! The state as responses show it.

use serde_json::{Value, json};

use crate::operation::Contract;
use crate::state::seed::{AccountMember, PermissionGroup, Policy, PolicyResources, UserGroup};
use crate::state::world::Account;

/// A user group.
pub(crate) fn show_group(group: &UserGroup, account: &Account, contract: Contract) -> Value {
    let policies = group.policies.iter().map(|policy| show_policy(policy, account));
    let mut shown = json!({
        "id": group.id,
        "name": group.name,
        "created_on": group.created_on,
        "modified_on": group.modified_on,
        "policies": policies.collect::<Vec<_>>(),
    });
    if contract == Contract::Observed {
        shown["status"] = json!("V");
    }
    shown
}

fn show_policy(policy: &Policy, account: &Account) -> Value {
    let permission_groups = policy.permission_groups.iter();
    let permission_groups = permission_groups.filter_map(|id| account.permission_groups.get(id));
    let resource_groups = policy.resource_groups.iter().map(|resources| match resources {
        PolicyResources::Group(id) => json!(account.resource_groups.get(id)),
        PolicyResources::Inline(inline) => json!(inline),
    });
    json!({
        "id": policy.id,
        "access": policy.access,
        "permission_groups": permission_groups.map(show_permission_group).collect::<Vec<_>>(),
        "resource_groups": resource_groups.collect::<Vec<_>>(),
    })
}

/// A permission group.
pub(crate) fn show_permission_group(group: &PermissionGroup) -> Value {
    json!({ "id": group.id, "name": group.name, "meta": group.meta })
}

/// A member of a user group.
pub(crate) fn show_member(account: &Account, member: &AccountMember) -> Value {
    let mut shown = json!({ "id": member.id, "email": member.email });
    if !account.hide_member_status {
        shown["status"] = json!(member.status);
    }
    shown
}

/// A member of the account.
pub(crate) fn show_account_member(member: &AccountMember) -> Value {
    json!({
        "id": member.id,
        "email": member.email,
        "status": member.status,
        "user": show_user(member),
    })
}

/// The user of a member.
pub(crate) fn show_user(member: &AccountMember) -> Value {
    json!({
        "id": member.user_id,
        "email": member.email,
        "first_name": member.first_name,
        "last_name": member.last_name,
    })
}
