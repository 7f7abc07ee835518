//! The client's promises on a service that behaves as reported: at the default settings of the
//! client, with real waits where the promise is about time.

use std::collections::BTreeSet;
use std::time::Duration;

use cloudflare_user_groups::{
    ClientBuilder, MemberId, PermissionGroupId, Policy, ResourceGroupId, UserGroupId, UserGroups,
};
use cloudflare_user_groups_sandbox::fault::{ChangePart, Interference, Normalisation};
use cloudflare_user_groups_sandbox::{
    Builder, COMPANY, Contract, Fault, FaultKind, FaultPlan, Sandbox, Seed,
};
use futures_util::future::join_all;

use crate::client;
use crate::server::groups;

pub(crate) const CREATE: &str = "account-user-group-create";
pub(crate) const LIST: &str = "account-user-group-list";
pub(crate) const ADD: &str = "account-user-group-member-create";

pub(crate) fn observed() -> Builder {
    let seed = Seed::from_json(COMPANY).unwrap();
    Sandbox::builder().seed(seed).contract(Contract::Observed)
}

async fn start(faults: impl IntoIterator<Item = Fault>) -> (Sandbox, UserGroups) {
    with(observed(), faults, |client| client).await
}

pub(crate) async fn with(
    sandbox: Builder,
    faults: impl IntoIterator<Item = Fault>,
    adjust: impl FnOnce(ClientBuilder) -> ClientBuilder,
) -> (Sandbox, UserGroups) {
    let plan = faults.into_iter().fold(FaultPlan::new(7), FaultPlan::fault);
    let sandbox = sandbox.faults(plan).start().await.unwrap();
    let groups = groups(adjust(client(&sandbox)));
    (sandbox, groups)
}

pub(crate) fn lost() -> Fault {
    Fault::new(FaultKind::CloseBeforeResponse).on(CREATE).count(1)
}

pub(crate) fn policy(sandbox: &Sandbox, index: usize) -> Policy {
    let account = sandbox.account();
    let permission = PermissionGroupId::new(&*account.permission_groups[index].id).unwrap();
    Policy::allow([permission], [ResourceGroupId::new(&*account.resource_groups[0].id).unwrap()])
}

pub(crate) fn people(sandbox: &Sandbox) -> Vec<MemberId> {
    let members = sandbox.account().members.into_iter();
    let accepted = members
        .filter(|it| it.status != cloudflare_user_groups_sandbox::seed::MemberStatus::Rejected);
    accepted.map(|member| MemberId::new(member.id).unwrap()).collect()
}

pub(crate) fn named(sandbox: &Sandbox, name: &str) -> Vec<String> {
    let groups = sandbox.account().user_groups.into_iter();
    groups.filter(|group| group.name == name).map(|group| group.id).collect()
}

fn members_of(sandbox: &Sandbox, id: &str) -> BTreeSet<String> {
    let groups = sandbox.account().user_groups.into_iter();
    groups.filter(|group| group.id == id).flat_map(|group| group.members).collect()
}

pub(crate) fn requests(sandbox: &Sandbox, operation: &str) -> usize {
    sandbox.log().iter().filter(|it| it.operation == Some(operation)).count()
}

/// O1, A1: lists show a new group late, by less than the settle times together.
#[tokio::test]
async fn lost_creation_with_stale_lists_makes_one_group() {
    let unique = [(Contract::Observed, 2000); 8];
    let not_unique = [500, 2000, 2000, 2000, 6500].map(|ms| (Contract::Current, ms));
    let runs = unique.into_iter().chain(not_unique).map(|(contract, ms)| async move {
        let stale = Fault::new(FaultKind::StaleList { ms });
        let (sandbox, groups) =
            with(observed().contract(contract), [lost(), stale], |client| client).await;
        let group = groups.create("SRE").policy(policy(&sandbox, 0)).await.unwrap();
        assert_eq!(named(&sandbox, "SRE"), [group.id.as_str()]);
        assert_eq!(requests(&sandbox, CREATE), 1);
    });
    join_all(runs).await;
}

/// O1, A2: a list that ignores its filter, with groups that are there and one that comes meanwhile.
#[tokio::test]
async fn lost_creation_with_ignored_filters_returns_the_group_of_the_name() {
    let interfere = FaultKind::Interfere { action: Interference::Create, name: None };
    for applied in [true, false] {
        let faults = [
            lost().applied(applied),
            Fault::new(interfere.clone()).on(LIST).count(1),
            Fault::new(FaultKind::IgnoreFilter).on(LIST),
        ];
        let (sandbox, groups) = start(faults).await;
        let group = groups.create("SRE").await.unwrap();
        assert_eq!(group.name, "SRE");
        assert_eq!(named(&sandbox, "SRE"), [group.id.as_str()]);
    }
}

#[tokio::test]
async fn name_that_is_in_use_is_a_certain_refusal() {
    let (sandbox, groups) = start([]).await;
    let other = groups.create("Other").await.unwrap();
    groups.create("SRE").await.unwrap();
    for error in [
        groups.create("SRE").await.unwrap_err(),
        groups.update(&other.id).name("SRE").await.unwrap_err(),
    ] {
        assert!(error.is_name_taken() && !error.outcome_unknown(), "{error}");
        assert!(error.attempts() == 1 && !error.is_retryable(), "{error}");
        assert_eq!(error.codes().collect::<Vec<_>>(), [400]);
    }
    assert_eq!(named(&sandbox, "SRE").len(), 1);
}

/// The server's clock is ahead or behind by an hour, which says nothing of this machine's.
#[tokio::test]
async fn clock_of_this_machine_does_not_matter() {
    for seconds in [-3600, 3600] {
        let (sandbox, groups) =
            with(observed().clock_offset(seconds), [lost()], |client| client).await;
        let group = groups.create("SRE").await.unwrap();
        assert_eq!(named(&sandbox, "SRE"), [group.id.as_str()]);
        assert_eq!(requests(&sandbox, CREATE), 1);
    }
}

/// O2, O12, O17, O19: policies that were read are written back, ids and all, and get fresh ids.
#[tokio::test]
async fn policies_that_were_read_are_written_back() {
    let (sandbox, groups) = start([]).await;
    let scope = cloudflare_user_groups::Scope::new("com.cloudflare.api.account", ["*"]);
    let inline = Policy::allow(
        [PermissionGroupId::new(&*sandbox.account().permission_groups[1].id).unwrap()],
        [scope],
    );
    let created = groups.create("SRE").policies([policy(&sandbox, 0), inline]).await.unwrap();
    let renamed = groups.update(&created.id).name("Platform").await.unwrap();
    assert_eq!(renamed.policies, created.policies);
    let policies = renamed.policies.clone().into_iter().chain([policy(&sandbox, 2)]);
    let updated = groups.update(&created.id).policies(policies).await.unwrap();
    assert_eq!((updated.name.as_str(), updated.policies.len()), ("Platform", 3));
}

/// O6, O7, O8: the set of members, from none to none.
#[tokio::test]
async fn members_are_a_set() {
    let (sandbox, groups) = start([]).await;
    let people = people(&sandbox);
    let members = groups.members(groups.create("SRE").await.unwrap().id);
    assert_eq!(members.list().all().await.unwrap(), []);
    members.add(&people[..2]).await.unwrap();
    let added = members.add(&people[1..3]).await.unwrap();
    assert_eq!(added.iter().map(|it| it.id.clone()).collect::<Vec<_>>(), people[1..3]);
    members.remove(&people[0]).await.unwrap();
    members.remove(&people[0]).await.expect("it is not in the group");
    let stranger = MemberId::new("9".repeat(32)).unwrap();
    for error in [
        members.add([&people[0], &stranger]).await.unwrap_err(),
        members.remove(&stranger).await.unwrap_err(),
    ] {
        assert_eq!(error.status().map(|status| status.as_u16()), Some(400), "{error}");
        assert!(!error.outcome_unknown(), "{error}");
    }
    assert_eq!(members.replace::<MemberId>([]).await.unwrap(), []);
    let unknown = groups.members(UserGroupId::new("9".repeat(32)).unwrap());
    assert!(
        unknown.remove(&people[0]).await.unwrap_err().is_not_found(),
        "of a group that is gone"
    );
}

/// A success is what the response shows.
#[tokio::test]
async fn change_that_is_not_applied_or_changed_is_an_error() {
    let drop = |part| Fault::new(FaultKind::DropChange(part));
    let name = |how| Fault::new(FaultKind::NormaliseName(how));
    let faults = [
        (drop(ChangePart::Policies), "(0) are not the 1 that were sent"),
        (drop(ChangePart::Name), "has the name \"SRE\" instead of \"Platfom"),
        (drop(ChangePart::Members), "not in the group"),
        (name(Normalisation::Trim), "has the name"),
        (name(Normalisation::Cut(7)), "has the name \"Platfo"),
        (name(Normalisation::Nfc), "has the name"),
    ];
    let runs = faults.into_iter().map(|(fault, says)| async move {
        let (sandbox, groups) = start([]).await;
        let (people, policy) = (people(&sandbox), policy(&sandbox, 0));
        let group = groups.create("SRE").await.unwrap();
        let members = groups.members(&group.id);
        members.add(&people[..1]).await.unwrap();
        sandbox.set_faults(&FaultPlan::new(1).fault(fault)).unwrap();
        let (created, renamed) = ("Platform e\u{301} ", "Platfome\u{301} ");
        let results = [
            groups.create(created).policy(policy.clone()).await.map(drop),
            groups.update(&group.id).name(renamed).policies([policy]).await.map(drop),
            members.add(&people[1..2]).await.map(drop),
            members.replace(&people[1..2]).await.map(drop),
        ];
        let errors: Vec<_> = results.into_iter().filter_map(Result::err).collect();
        assert!(!errors.is_empty(), "{says}");
        for error in errors {
            assert!(error.to_string().contains(says), "{error}");
            assert!(error.outcome_unknown() && !error.is_retryable(), "{error}");
        }
        fn drop<T>(_: T) {}
    });
    join_all(runs).await;
}

/// Success without a result, and with other statuses.
#[tokio::test]
async fn success_needs_no_body_and_no_certain_status() {
    let mut kinds = vec![FaultKind::NullResult];
    for (code, empty) in [(200, true), (201, false), (202, false), (202, true), (204, true)] {
        kinds.push(FaultKind::SuccessStatus { code, empty });
    }
    let changes = [
        CREATE,
        "account-user-group-update",
        ADD,
        "account-user-group-members-update",
        "account-user-group-member-delete",
        "account-user-group-delete",
    ];
    let runs = kinds.into_iter().map(|kind| async move {
        let faults = changes.map(|operation| Fault::new(kind.clone()).on(operation));
        let (sandbox, groups) = start(faults).await;
        let people = people(&sandbox);
        let group = groups.create("SRE").policy(policy(&sandbox, 0)).await.unwrap();
        assert_eq!(group.policies.len(), 1);
        let updated = groups.update(&group.id).name("Platform").policies([]).await.unwrap();
        assert_eq!((updated.name.as_str(), updated.policies.len()), ("Platform", 0));
        let members = groups.members(&group.id);
        assert_eq!(members.add(&people[..2]).await.unwrap().len(), 2, "{kind:?}");
        assert_eq!(members.replace(&people[1..4]).await.unwrap().len(), 3);
        members.remove(&people[1]).await.unwrap();
        assert_eq!(members_of(&sandbox, group.id.as_str()).len(), 2);
        groups.delete(&group.id).await.unwrap();
        assert!(named(&sandbox, "Platform").is_empty());
    });
    join_all(runs).await;
}

/// O4, O5: everything that can happen to a group, with lags of two seconds.
#[tokio::test]
async fn life_of_a_group_with_lags_of_two_seconds() {
    let lag = Duration::from_secs(2);
    let stale = Fault::new(FaultKind::StaleList { ms: 2000 }).on(LIST);
    let lagging = observed().new_group_lag(lag).deletion_lag(lag);
    let (sandbox, groups) = with(lagging, [stale], |client| client).await;
    let people = people(&sandbox);
    let first = groups.create("SRE").policy(policy(&sandbox, 0)).await.unwrap();
    let second = groups.create("Helpdesk").await.unwrap();
    let (sre, helpdesk) = (groups.members(&first.id), groups.members(&second.id));
    sre.add(&people[..4]).await.unwrap();
    helpdesk.add(&people[4..6]).await.unwrap();
    let policies = first.policies.clone().into_iter().chain([policy(&sandbox, 1)]);
    let changed = groups.update(&first.id).policies(policies).await.unwrap();
    assert_eq!(changed.policies.len(), 2);
    groups.update(&first.id).name("Platform").await.unwrap();
    helpdesk.add([&people[0]]).await.unwrap();
    sre.remove(&people[0]).await.unwrap();
    // Until then the list may still show the removed member.
    tokio::time::sleep(lag).await;
    let there: Vec<MemberId> =
        sre.list().all().await.unwrap().into_iter().map(|member| member.id).collect();
    assert_eq!(there.into_iter().collect::<BTreeSet<_>>(), people[1..4].iter().cloned().collect());
    sre.replace::<MemberId>([]).await.unwrap();
    groups.update(&first.id).policies([]).await.unwrap();
    groups.delete(&first.id).await.unwrap();
    groups.delete(&second.id).await.unwrap();
    assert!(named(&sandbox, "Platform").is_empty() && named(&sandbox, "Helpdesk").is_empty());
}
