//! Properties of the comparison.

use std::collections::{BTreeMap, BTreeSet};

use cf_groups_engine::{
    ActualGroup, ActualMembers, ActualState, DesiredGroup, DesiredState, DiffError, Plan,
    PolicyResource, PolicyRule, Prune,
};
use cloudflare_user_groups::{
    MemberId, PermissionGroupId, PolicyAccess, ResourceGroupId, UserGroupId,
};
use proptest::collection::{btree_map, btree_set, vec};
use proptest::prelude::*;

fn hex(kind: char, number: u32) -> String {
    format!("{kind}{number:031x}")
}

fn group_id(number: u32) -> UserGroupId {
    UserGroupId::new(hex('a', number)).unwrap()
}

fn some_members() -> impl Strategy<Value = BTreeSet<MemberId>> {
    btree_set((0..12_u32).prop_map(|it| MemberId::new(hex('b', it)).unwrap()), 0..8)
}

fn some_rules() -> impl Strategy<Value = BTreeSet<PolicyRule>> {
    let permissions =
        btree_set((0..4_u32).prop_map(|it| PermissionGroupId::new(hex('c', it)).unwrap()), 1..3);
    let resources = btree_set(
        (0..3_u32).prop_map(|it| PolicyResource::from(ResourceGroupId::new(hex('d', it)).unwrap())),
        1..3,
    );
    let rule =
        (any::<bool>(), permissions, resources).prop_map(|(allow, permissions, resources)| {
            let access = if allow { PolicyAccess::Allow } else { PolicyAccess::Deny };
            PolicyRule::new(access, permissions, resources)
        });
    btree_set(rule, 0..3)
}

fn group_of(
    name: &str,
    policies: BTreeSet<PolicyRule>,
    members: Option<BTreeSet<MemberId>>,
) -> ActualGroup {
    let members = members.map_or(ActualMembers::NotRead, ActualMembers::Read);
    ActualGroup { name: name.to_owned(), policies, members, ..ActualGroup::default() }
}

/// A state in which names are unique.
fn some_state() -> impl Strategy<Value = ActualState> {
    btree_map(0..8_u32, (some_rules(), some_members()), 0..8).prop_map(|groups| ActualState {
        groups: groups
            .into_iter()
            .map(|(number, (rules, members))| {
                let name = format!("group {number}");
                (group_id(number), group_of(&name, rules, Some(members)))
            })
            .collect(),
    })
}

/// Groups to ask for, of which some leave policies or members alone.
fn some_desired() -> impl Strategy<Value = Vec<DesiredGroup>> {
    let group = (proptest::option::of(some_rules()), proptest::option::of(some_members()));
    btree_map(0..8_u32, group, 0..8).prop_map(|groups| {
        groups
            .into_iter()
            .map(|(number, (policies, members))| DesiredGroup {
                id: None,
                name: format!("group {number}"),
                policies,
                members,
            })
            .collect()
    })
}

fn wanting(state: &ActualState, prune: Prune) -> DesiredState {
    let groups = state.groups.values().map(|group| DesiredGroup {
        id: None,
        name: group.name.clone(),
        policies: Some(group.policies.clone()),
        members: group.members.get().cloned(),
    });
    DesiredState { groups: groups.collect(), prune }
}

/// What carrying out the plan makes of a state.
fn after(plan: &Plan, state: &ActualState) -> ActualState {
    let mut state = state.clone();
    for creation in &plan.creations {
        let id = group_id(1000 + u32::try_from(state.groups.len()).unwrap());
        let members = Some(creation.members.clone());
        state.groups.insert(id, group_of(&creation.name, creation.policies.clone(), members));
    }
    for update in &plan.updates {
        let group = state.groups.get_mut(&update.id).unwrap();
        if let Some(old_name) = &update.old_name {
            assert_eq!(&group.name, old_name);
        }
        group.name.clone_from(&update.name);
        if let Some(change) = &update.policies {
            assert_eq!(group.policies, change.from);
            group.policies.clone_from(&change.to);
        }
        if let ActualMembers::Read(members) = &mut group.members {
            assert!(members.is_disjoint(&update.add), "who is in it already is not added");
            assert!(members.is_superset(&update.remove), "who is not in it is not removed");
            members.extend(update.add.iter().cloned());
            members.retain(|id| !update.remove.contains(id));
        }
    }
    for deletion in &plan.deletions {
        assert!(state.groups.remove(&deletion.id).is_some());
    }
    state
}

/// A state without its ids, which creation gives out.
fn content(state: &ActualState) -> BTreeMap<String, (BTreeSet<PolicyRule>, BTreeSet<MemberId>)> {
    let groups = state.groups.values();
    groups
        .map(|it| (it.name.clone(), (it.policies.clone(), it.members.iter().cloned().collect())))
        .collect()
}

proptest! {
    #[test]
    fn applying_a_plan_reaches_the_desired_state(a in some_state(), b in some_state()) {
        let plan = Plan::diff(&a, &wanting(&b, Prune::Yes)).unwrap();
        prop_assert_eq!(Plan::from_json(&plan.to_json()).unwrap(), plan.clone());
        let there = after(&plan, &a);
        prop_assert_eq!(content(&there), content(&b));
        prop_assert!(Plan::diff(&there, &wanting(&b, Prune::Yes)).unwrap().is_empty());
    }

    #[test]
    fn a_second_plan_is_empty(a in some_state(), wanted in some_desired(), prune in any::<bool>()) {
        let prune = if prune { Prune::Yes } else { Prune::No };
        let desired = DesiredState { groups: wanted, prune };
        let there = after(&Plan::diff(&a, &desired).unwrap(), &a);
        prop_assert!(Plan::diff(&there, &desired).unwrap().is_empty());
    }

    #[test]
    fn what_is_not_named_is_left_alone(a in some_state(), wanted in some_desired()) {
        let desired = DesiredState { groups: wanted, prune: Prune::No };
        let (before, after) = (content(&a), content(&after(&Plan::diff(&a, &desired).unwrap(), &a)));
        for (name, (rules, members)) in &before {
            let wanted = desired.groups.iter().find(|it| it.name == *name);
            if wanted.is_none_or(|it| it.policies.is_none()) {
                prop_assert_eq!(&after[name].0, rules);
            }
            if wanted.is_none_or(|it| it.members.is_none()) {
                prop_assert_eq!(&after[name].1, members);
            }
        }
    }

    #[test]
    fn order_makes_no_difference(
        a in some_state(),
        (wanted, shuffled) in some_desired().prop_flat_map(|it| (Just(it.clone()), Just(it).prop_shuffle())),
    ) {
        let planned = |groups| Plan::diff(&a, &DesiredState { groups, prune: Prune::Yes }).unwrap();
        prop_assert_eq!(planned(wanted), planned(shuffled));
    }

    #[test]
    fn names_can_be_exchanged_among_pinned_groups(
        a in some_state(),
        names in vec("[a-z]{1,3}", 8),
    ) {
        let groups = a.groups.iter().zip(&names).map(|((id, group), name)| DesiredGroup {
            id: Some(id.clone()),
            name: name.clone(),
            policies: Some(group.policies.clone()),
            members: group.members.get().cloned(),
        });
        let desired = DesiredState { groups: groups.collect(), prune: Prune::Yes };
        let plan = Plan::diff(&a, &desired).unwrap();
        prop_assert!(plan.creations.is_empty() && plan.deletions.is_empty());
        let there = after(&plan, &a);
        for (id, name) in a.groups.keys().zip(&names) {
            prop_assert_eq!(&there.groups[id].name, name);
        }
    }

    /// Without pruning, a group can only get a name that no other keeps; what can be planned leaves
    /// every name to one group, so that the next plan is as clear.
    #[test]
    fn names_stay_unique(
        a in some_state(),
        names in btree_map(0..8_u32, 0..12_u32, 0..8)
            .prop_filter("each name once", |it| it.values().collect::<BTreeSet<_>>().len() == it.len()),
    ) {
        let renamed = names.iter().filter(|(id, _)| a.groups.contains_key(&group_id(**id)));
        let groups: Vec<DesiredGroup> = renamed
            .map(|(id, name)| DesiredGroup { id: Some(group_id(*id)), ..named(&format!("group {name}")) })
            .collect();
        let is_named = |id: &UserGroupId| groups.iter().any(|it| it.id.as_ref() == Some(id));
        let kept = |name: &str| a.groups.iter().any(|(id, it)| it.name == name && !is_named(id));
        let clash = groups.iter().any(|it| kept(&it.name));
        let desired = DesiredState { groups: groups.clone(), prune: Prune::No };
        match Plan::diff(&a, &desired) {
            Ok(plan) => {
                prop_assert!(!clash);
                let there = after(&plan, &a);
                prop_assert_eq!(content(&there).len(), a.groups.len());
            }
            Err(error) => prop_assert!(clash && matches!(error, DiffError::NameTaken { .. }), "{error}"),
        }
    }
}

fn named(name: &str) -> DesiredGroup {
    DesiredGroup { name: name.to_owned(), ..DesiredGroup::default() }
}

#[test]
fn unclear_groups_are_refused() {
    let twin = group_of("Twin", BTreeSet::new(), None);
    let groups = BTreeMap::from([(group_id(1), twin.clone()), (group_id(2), twin)]);
    let state = ActualState { groups };
    let planned = |groups| Plan::diff(&state, &DesiredState { groups, prune: Prune::No });
    let pinned = |id| DesiredGroup { id: Some(group_id(id)), ..named("Twin") };
    let members = DesiredGroup { members: Some(BTreeSet::new()), ..pinned(1) };
    assert!(
        matches!(planned(vec![named("Twin")]), Err(DiffError::AmbiguousName { ids, .. }) if ids.len() == 2)
    );
    assert!(matches!(planned(vec![pinned(3)]), Err(DiffError::UnknownId { .. })));
    assert!(matches!(
        planned(vec![named("New"), named("New")]),
        Err(DiffError::DuplicateEntry { .. })
    ));
    assert!(matches!(planned(vec![pinned(1), pinned(1)]), Err(DiffError::DuplicateEntry { .. })));
    assert!(matches!(
        planned(vec![pinned(1), named("Twin")]),
        Err(DiffError::DuplicateEntry { .. })
    ));
    assert!(matches!(planned(vec![members]), Err(DiffError::MembersNotRead { .. })));
    assert!(planned(vec![pinned(1), pinned(2)]).unwrap().is_empty());
}
