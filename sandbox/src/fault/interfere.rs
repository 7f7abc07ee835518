//! Interference: the changes of a second actor.

use serde_json::{Value, json};

use crate::fault::kind::{FaultKind, Interference, SECOND_ACTOR};
use crate::operation::Contract;
use crate::state::seed::{MemberStatus, UserGroup};
use crate::state::world::{Account, World};

/// Makes the change of an `interfere` fault. `group` is the group in the path of the request, and
/// `random` chooses everything that the plan does not. Returns its entry in the log; none if there
/// is nothing to change.
pub(crate) fn interfere(
    world: &mut World,
    account: &str,
    contract: Contract,
    fault: &FaultKind,
    group: Option<&str>,
    random: u64,
) -> Option<Value> {
    let FaultKind::Interfere { action, name } = fault else {
        return None;
    };
    let name = name.clone().unwrap_or_else(|| format!("{SECOND_ACTOR}{random:016x}"));
    let now = world.clock.elapsed();
    let group = match action {
        Interference::Create => {
            let account = world.accounts.get(account)?;
            check_free(account, contract, &name)?;
            let groups = account.groups();
            let id = world.ids.next(|id| groups.contains_key(id));
            let time = world.clock.tick();
            UserGroup {
                id,
                name,
                created_on: time.clone(),
                modified_on: time,
                ..UserGroup::default()
            }
        }
        Interference::Rename => {
            let mut group = choose(world.accounts.get(account)?, group, random)?;
            check_free(world.accounts.get(account)?, contract, &name)?;
            group.name = name;
            group.modified_on = world.clock.tick();
            group
        }
        Interference::Fill => fill(world.accounts.get(account)?, group, random)?,
        Interference::Delete => choose(world.accounts.get(account)?, group, random)?,
    };
    let entry = json!({ "action": action, "group": group.id });
    let account = world.accounts.get_mut(account)?;
    match action {
        Interference::Delete => account.delete_group(&group.id, now),
        _ => account.put_group(group, now),
    }
    Some(entry)
}

/// The second actor cannot use a name twice either.
fn check_free(account: &Account, contract: Contract, name: &str) -> Option<()> {
    let taken = account.groups().values().any(|group| group.name == name);
    (contract != Contract::Observed || !taken).then_some(())
}

/// The group in the path of the request, or else a random one.
fn choose(account: &Account, group: Option<&str>, random: u64) -> Option<UserGroup> {
    let groups = account.groups();
    let group = match group {
        Some(id) => groups.get(id),
        None => groups.values().nth(index(random, groups.len())?),
    };
    group.map(|group| UserGroup::clone(group))
}

/// A group with one more member.
fn fill(account: &Account, group: Option<&str>, random: u64) -> Option<UserGroup> {
    let mut group = choose(account, group, random)?;
    let others: Vec<&String> = account
        .members
        .values()
        .filter(|it| it.status != MemberStatus::Rejected && !group.members.contains(&it.id))
        .map(|it| &it.id)
        .collect();
    let member = (*others.get(index(random, others.len())?)?).clone();
    group.members.push(member);
    group.members = account.sorted_members(group.members);
    Some(group)
}

fn index(random: u64, length: usize) -> Option<usize> {
    let length = u64::try_from(length).ok().filter(|length| *length > 0)?;
    usize::try_from(random % length).ok()
}
