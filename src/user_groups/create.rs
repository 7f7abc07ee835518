//! Creating a user group, exactly once.

use std::future::IntoFuture;
use std::time::{Duration, SystemTime};

use super::{named, verify};
use crate::account::Account;
use crate::composite::Composite;
use crate::error::Result;
use crate::mode::{Async, Mode};
use crate::model::{Policy, UserGroup, same_set};
use crate::raw::{self, Options};
use crate::request::{ResponseFuture, call_options};

/// Creates a user group when awaited. Made by [`UserGroups::create`](crate::UserGroups::create).
#[derive(Clone, Debug)]
#[must_use = "nothing is sent until it is awaited, or `send` is called"]
pub struct CreateUserGroup<M = Async> {
    pub(crate) account: Account<M>,
    pub(super) options: Options,
    pub(super) name: String,
    pub(super) policies: Vec<Policy>,
}

/// What the list of groups says of a creation whose outcome is unknown.
enum Found {
    Created(UserGroup),
    Absent,
    /// Why it is not clear whether the group was created.
    Unclear(String),
}

impl<M: Mode> CreateUserGroup<M> {
    /// Adds a policy that the group starts with.
    pub fn policy(mut self, policy: Policy) -> Self {
        self.policies.push(policy);
        self
    }

    /// Adds policies that the group starts with.
    pub fn policies(mut self, policies: impl IntoIterator<Item = Policy>) -> Self {
        self.policies.extend(policies);
        self
    }

    call_options!();

    pub(crate) fn response(self) -> ResponseFuture<UserGroup> {
        Box::pin(self.run())
    }

    async fn run(self) -> Result<UserGroup> {
        let client = &self.account.client;
        let mut call = Composite::new(client, "account-user-group-create", self.options.clone());
        let created = self.create(&mut call).await;
        let group = created.map_err(|error| call.fail(error))?;
        client.new_groups().created(&group.id);
        Ok(group)
    }

    async fn create(&self, call: &mut Composite<'_>) -> Result<UserGroup> {
        let name = named(&self.name)?;
        let account = &self.account.id;
        let mut round = 1;
        loop {
            let (request, policies) = (call.request(), self.policies.clone());
            let sent =
                raw::create_user_group(request.clone(), account, name.to_owned(), policies).await;
            let (unknown, again) = match sent {
                Ok(Some(group)) => {
                    call.doubt();
                    let policies = Some(&self.policies[..]);
                    return verify(call, &request, account, group, Some(name), policies).await;
                }
                Ok(None) => (request.unexpected("the result is missing"), false),
                Err(error) if error.outcome_unknown() => (error, round < call.max_rounds()),
                // An earlier request of this call may be what took the name.
                Err(error) if call.is_in_doubt() && error.is_name_taken() => (error, false),
                Err(error) => return Err(error),
            };
            call.doubt();
            match Box::pin(self.find(call)).await {
                Found::Created(group) => return Ok(group),
                Found::Absent if again => round += 1,
                Found::Absent => {
                    return Err(unknown.noting("the group was not found afterwards".to_owned()));
                }
                Found::Unclear(why) => return Err(unknown.noting(request.redact(&why))),
            }
        }
    }

    /// Looks for the group with growing waits, since lists may show it late. The `name` filter of
    /// the API is not trusted: names are compared here, and the last look reads all groups.
    async fn find(&self, call: &Composite<'_>) -> Found {
        let settle_times = self.account.client.settle_times();
        if settle_times.is_empty() {
            return Found::Unclear(
                "no settle times are set, so the group was not looked for".to_owned(),
            );
        }
        for (look, wait) in settle_times.iter().enumerate() {
            if !call.wait(*wait).await {
                return Found::Unclear("there was no time left to look for the group".to_owned());
            }
            let is_last = look + 1 == settle_times.len();
            let list = self.account.awaited().user_groups().list().with(call.options());
            let list = if is_last { list } else { list.name(&self.name) };
            let groups = match list.all().await {
                Ok(groups) => groups,
                Err(error) => {
                    return Found::Unclear(format!(
                        "looking for the group failed as well: {error}"
                    ));
                }
            };
            match self.created_among(groups, call.started_on_server()) {
                Found::Absent => {}
                found => return found,
            }
        }
        Found::Absent
    }

    /// Only a group that was not there before the call can be the one that it created.
    fn created_among(&self, groups: Vec<UserGroup>, started: Option<SystemTime>) -> Found {
        // Groups that this client got as responses are those of other calls.
        let is_known =
            |group: &UserGroup| self.account.client.new_groups().new_until(&group.id).is_some();
        let is_new = |group: &UserGroup| {
            let created = group.created_on.as_ref().and_then(|moment| moment.to_system_time());
            created.zip(started).map(|(created, started)| latest(created) >= started)
        };
        let (ours, others): (Vec<_>, Vec<_>) = groups
            .into_iter()
            .filter(|group| is_new(group) != Some(false) && !is_known(group))
            .partition(|group| group.name == self.name);
        // Another program may have renamed it.
        let renamed = |group: &UserGroup| {
            is_new(group) == Some(true) && group.modified_on != group.created_on
        };
        let suspect = others.iter().find(|it| may_be_made_of(&it.name, &self.name) || renamed(it));
        match (&ours[..], suspect) {
            ([], None) => Found::Absent,
            ([], Some(near)) => Found::Unclear(format!(
                "whether this call created the group {:?} ({}) cannot be determined",
                near.name, near.id
            )),
            ([one], _) if is_new(one).is_none() => Found::Unclear(format!(
                "the group {} has the name, and whether this call created it cannot be determined: its \
                 created_on or the date of the response is missing",
                one.id
            )),
            ([one], _) if !same_set(&one.policies, &self.policies, Policy::may_show) => {
                Found::Unclear(format!("the group {} has the name and other policies", one.id))
            }
            ([one], _) => Found::Created(one.clone()),
            (several, _) => Found::Unclear(format!(
                "{} groups of this name are new, and which of them this call created cannot be determined",
                several.len()
            )),
        }
    }
}

/// Whether a server that trims, cuts, folds or composes names may have made `shown` of `sent`: its
/// ASCII letters and digits come in the other in the same order.
fn may_be_made_of(shown: &str, sent: &str) -> bool {
    let plain = |name: &str| -> Vec<char> {
        name.to_lowercase().chars().filter(char::is_ascii_alphanumeric).collect()
    };
    let (shown, sent) = (plain(shown), plain(sent));
    let mut left = sent.iter();
    // A name in another script has none of them.
    shown.is_empty() == sent.is_empty() && shown.iter().all(|it| left.any(|other| other == it))
}

/// The latest moment that this time can stand for: without a fraction it may be cut to whole
/// seconds.
fn latest(time: SystemTime) -> SystemTime {
    let since = time.duration_since(SystemTime::UNIX_EPOCH);
    let whole = since.is_ok_and(|since| since.subsec_nanos() == 0);
    time + Duration::from_secs(u64::from(whole))
}

impl IntoFuture for CreateUserGroup {
    type Output = Result<UserGroup>;
    type IntoFuture = ResponseFuture<UserGroup>;

    fn into_future(self) -> ResponseFuture<UserGroup> {
        self.response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::Client;
    use crate::id::{AccountId, PermissionGroupId, ResourceGroupId, UserGroupId};
    use crate::model::Timestamp;

    const STARTED: &str = "2026-01-01T12:00:00Z";
    const BEFORE: &str = "2026-01-01T11:59:59.999Z";

    fn time(text: &str) -> Option<SystemTime> {
        Timestamp::new(text).to_system_time()
    }

    fn create() -> CreateUserGroup {
        let client = Client::builder().api_token("abc").build().unwrap();
        let account = client.account(AccountId::new("a".repeat(32)).unwrap());
        account.user_groups().create("SRE").policy(policy("b"))
    }

    fn policy(permission: &str) -> Policy {
        let permission = PermissionGroupId::new(permission.repeat(32)).unwrap();
        Policy::allow([permission], [ResourceGroupId::new("c".repeat(32)).unwrap()])
    }

    /// A group that was created and last modified at these times.
    fn group(id: &str, name: &str, created: &str, modified: &str) -> UserGroup {
        let mut group = UserGroup::new(UserGroupId::new(id.repeat(32)).unwrap(), name);
        group.policies = vec![policy("b")];
        group.created_on = Some(Timestamp::new(created));
        group.modified_on = Some(Timestamp::new(modified));
        group
    }

    fn new(id: &str, name: &str) -> UserGroup {
        group(id, name, STARTED, STARTED)
    }

    /// `+` and the id of the group that was found, `-` if there is none, otherwise the reason.
    fn found(groups: impl IntoIterator<Item = UserGroup>) -> String {
        found_by(&create(), groups, time(STARTED))
    }

    fn found_by(
        create: &CreateUserGroup,
        groups: impl IntoIterator<Item = UserGroup>,
        started: Option<SystemTime>,
    ) -> String {
        match create.created_among(groups.into_iter().collect(), started) {
            Found::Created(group) => format!("+{}", &group.id.as_str()[..1]),
            Found::Absent => "-".to_owned(),
            Found::Unclear(why) => why,
        }
    }

    #[test]
    fn a_new_group_of_the_name_and_policies_is_the_created_one() {
        assert_eq!(found([]), "-");
        assert_eq!(found([new("1", "SRE")]), "+1");
        assert_eq!(found([new("2", "Other"), new("1", "SRE"), new("3", "Another")]), "+1");
    }

    #[test]
    fn an_older_group_is_not_the_created_one() {
        let old = |id: &str, name: &str| group(id, name, BEFORE, STARTED);
        assert_eq!(found([old("1", "SRE")]), "-");
        assert_eq!(found([old("1", "sre")]), "-");
        assert_eq!(found([old("1", "SRE"), new("2", "SRE")]), "+2");
    }

    /// The published examples have the form `2024-03-01T12:21:02.0000Z`.
    #[test]
    fn a_time_in_whole_seconds_may_be_before_the_creation() {
        let found = |created: &str| {
            let started = time("2026-01-01T12:00:00.5Z");
            found_by(&create(), [group("1", "SRE", created, created)], started)
        };
        assert_eq!(found("2026-01-01T12:00:00.0000Z"), "+1");
        assert_eq!(found("2026-01-01T11:59:59Z"), "-");
        assert_eq!(found("2026-01-01T12:00:00.4Z"), "-");
    }

    #[test]
    fn several_new_groups_of_the_name_are_unclear() {
        assert!(found([new("1", "SRE"), new("2", "SRE")]).starts_with("2 groups of this name"));
    }

    #[test]
    fn other_policies_are_unclear() {
        let mut other = new("1", "SRE");
        other.policies = vec![policy("d")];
        assert!(found([other]).ends_with("has the name and other policies"));
    }

    #[test]
    fn unknown_times_are_unclear() {
        let undated = || UserGroup { created_on: None, ..new("1", "SRE") };
        assert!(found([undated()]).contains("created_on or the date of the response is missing"));
        let create = create();
        assert!(found_by(&create, [new("1", "SRE")], None).contains("is missing"));
        // Of another name they say nothing.
        let mut other = undated();
        other.name = "Other".to_owned();
        assert_eq!(found([other.clone()]), "-");
        other.modified_on = Some(Timestamp::new(BEFORE));
        assert_eq!(found([other]), "-");
    }

    #[test]
    fn a_name_that_the_api_may_have_made_of_the_other_is_unclear() {
        for name in ["sre", " SRE", "Sre ", "SR", "S\u{ae}E", "S R\u{200b}E"] {
            assert!(found([new("1", name)]).contains("cannot be determined"), "{name:?}");
            assert_eq!(found([new("1", name), new("2", "SRE")]), "+2", "{name:?}");
        }
        for name in ["SREs", "RSE", "Other", "\u{8ca1}\u{52d9}"] {
            assert_eq!(found([new("1", name)]), "-", "{name:?}");
        }
        let composed = new("1", "Caf\u{e9}");
        let create = CreateUserGroup { name: "Cafe\u{301}".to_owned(), ..create() };
        assert!(found_by(&create, [composed], time(STARTED)).contains("cannot be determined"));
    }

    #[test]
    fn a_new_group_that_was_modified_may_have_been_renamed() {
        let renamed = || group("1", "Other", STARTED, "2026-01-01T12:00:01Z");
        assert!(found([renamed()]).contains("cannot be determined"));
        assert_eq!(found([renamed(), new("2", "SRE")]), "+2");
        let create = create();
        create.account.client.new_groups().created(&renamed().id);
        assert_eq!(found_by(&create, [renamed()], time(STARTED)), "-");
    }

    #[test]
    fn a_group_of_another_call_of_this_client_is_not_the_created_one() {
        let create = create();
        create.account.client.new_groups().created(&new("1", "SRE").id);
        assert_eq!(found_by(&create, [new("1", "SRE")], time(STARTED)), "-");
        assert_eq!(found_by(&create, [new("1", "SRE"), new("2", "SRE")], time(STARTED)), "+2");
    }
}
