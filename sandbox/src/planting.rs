//! From a seed to the state of a sandbox, and back.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::time::SystemTime;

use serde::Serialize;
use serde_json::value::RawValue;

use crate::id::{Id, IdSource};
use crate::seed::{
    self, AccountMember, MemberStatus, PermissionGroup, ResourceGroup, Scope, ScopeObject,
    ScopeObjects, Seed, SeedError, UserGroup,
};
use crate::world::{Account, Calendar, Directory, Entry, Group, Groups, Member, Policy, World};

impl World {
    /// Checks a seed and makes the state that it describes. `own` is the account that the
    /// credentials are for.
    pub(crate) fn plant(seed: &Seed, own: Id) -> Result<Self, SeedError> {
        let mut planter =
            Planter { ids: IdSource::new(), calendar: Calendar::new(), taken: ids_of(seed) };
        let mut accounts = BTreeMap::new();
        for (index, account) in seed.accounts.iter().enumerate() {
            let place = format!("accounts[{index}]");
            let id = match account.id.as_str() {
                "" => own,
                text => Id::parse(text).ok_or_else(|| not_an_id(text, &format!("{place}.id")))?,
            };
            let planted = planter.account(account, id, &place)?;
            if accounts.insert(id, planted).is_some() {
                return wrong(format!("{place}.id"), format!("there is another account {id}"));
            }
        }
        if !accounts.contains_key(&own) {
            let problem = format!(
                "none is {own}, the account that the credentials are for; \
                 leave out the id of the one that it shall be"
            );
            return wrong("accounts", problem);
        }
        Ok(Self { accounts, ids: planter.ids, calendar: planter.calendar })
    }

    /// The state in the form of a seed.
    pub(crate) fn harvest(&self) -> Seed {
        let accounts = self.accounts.iter();
        Seed { accounts: accounts.map(|(id, account)| account.harvest(*id)).collect() }
    }
}

impl Account {
    /// The account in the form of a seed.
    pub(crate) fn harvest(&self, id: Id) -> seed::Account {
        let members = self.members.entries().iter();
        seed::Account {
            id: id.to_string(),
            members: members.map(|entry| entry.item.details.clone()).collect(),
            permission_groups: items(&self.permission_groups),
            resource_groups: items(&self.resource_groups),
            user_groups: self.groups.iter().map(|group| self.harvest_group(group)).collect(),
        }
    }

    fn harvest_group(&self, group: &Group) -> UserGroup {
        let policies = group.policies.iter().map(|policy| seed::Policy {
            id: policy.id.clone(),
            access: policy.access,
            permission_groups: ids(&self.permission_groups, &policy.permission_groups),
            resource_groups: ids(&self.resource_groups, &policy.resource_groups),
        });
        UserGroup {
            id: group.id.to_string(),
            name: group.name.to_string(),
            created_on: group.created_on.clone(),
            modified_on: group.modified_on.clone(),
            policies: policies.collect(),
            members: ids(&self.members, &group.members),
        }
    }
}

fn items<T: Clone>(directory: &Directory<T>) -> Vec<T> {
    let entries = directory.entries().iter();
    entries.map(|entry| entry.item.clone()).collect()
}

fn ids<T>(directory: &Directory<T>, positions: &BTreeSet<usize>) -> Vec<String> {
    let entries = directory.at(positions);
    entries.map(|entry| entry.id.to_string()).collect()
}

/// What goes on from one thing of the seed to the next.
struct Planter {
    ids: IdSource,
    calendar: Calendar,
    /// All ids that the seed fixes: no made one may be the same.
    taken: HashSet<Id>,
}

impl Planter {
    fn account(&mut self, seed: &seed::Account, id: Id, place: &str) -> Result<Account, SeedError> {
        let members = self.members(&seed.members, place)?;
        let permission_groups = self.permission_groups(&seed.permission_groups, place)?;
        let resource_groups = self.resource_groups(&seed.resource_groups, id, place)?;
        let mut account =
            Account { members, permission_groups, resource_groups, groups: Groups::default() };
        let lookup = Lookup::new(&account);
        let mut groups = Groups::default();
        for (index, group) in seed.user_groups.iter().enumerate() {
            let place = format!("{place}.user_groups[{index}]");
            let group = self.group(group, &lookup, &place)?;
            if groups.contains(group.id) {
                return wrong(format!("{place}.id"), "another user group has this id");
            }
            groups.insert(group);
        }
        account.groups = groups;
        Ok(account)
    }

    fn members(
        &mut self,
        seed: &[AccountMember],
        place: &str,
    ) -> Result<Directory<Member>, SeedError> {
        let mut emails = HashSet::new();
        let mut entries = Vec::with_capacity(seed.len());
        for (index, member) in seed.iter().enumerate() {
            let place = format!("{place}.members[{index}]");
            let folded_email = folded_email(&member.email, &place)?;
            if !emails.insert(folded_email.clone()) {
                return wrong(format!("{place}.email"), "another member has this address");
            }
            let id = self.id(&member.id, &place)?;
            let user_id = self.id(&member.user_id, &format!("{place}.user_id"))?;
            let (_, created_at) =
                self.moment(&member.created_at, &format!("{place}.created_at"))?;
            let details = AccountMember {
                id: id.to_string(),
                user_id: user_id.to_string(),
                created_at,
                ..member.clone()
            };
            let json = raw(&MemberView::of(id, &details))?;
            let item = Member { details, folded_email };
            entries.push(Entry { id, item, json });
        }
        // The user part first; whole addresses decide between equal ones.
        entries.sort_by(|a, b| {
            let user = |entry: &Entry<Member>| {
                let email = entry.item.folded_email.clone();
                email.split('@').next().map(str::to_owned)
            };
            (user(a), &a.item.folded_email).cmp(&(user(b), &b.item.folded_email))
        });
        directory(entries, place, "members")
    }

    fn permission_groups(
        &mut self,
        seed: &[PermissionGroup],
        place: &str,
    ) -> Result<Directory<PermissionGroup>, SeedError> {
        let mut entries = Vec::with_capacity(seed.len());
        for (index, group) in seed.iter().enumerate() {
            let place = format!("{place}.permission_groups[{index}]");
            let id = self.id(&group.id, &place)?;
            let created = match group.created_on.as_str() {
                "" => None,
                text => Some(self.moment(text, &format!("{place}.created_on"))?.0),
            };
            let item = PermissionGroup { id: id.to_string(), ..group.clone() };
            let json = raw(&PermissionGroupView { id, name: &item.name, meta: &item.meta })?;
            entries.push((created, Entry { id, item, json }));
        }
        entries.sort_by_key(|(created, _)| Reverse(*created));
        let entries = entries.into_iter().map(|(_, entry)| entry).collect();
        directory(entries, place, "permission_groups")
    }

    fn resource_groups(
        &mut self,
        seed: &[ResourceGroup],
        account: Id,
        place: &str,
    ) -> Result<Directory<ResourceGroup>, SeedError> {
        let mut entries = Vec::with_capacity(seed.len());
        for (index, group) in seed.iter().enumerate() {
            let place = format!("{place}.resource_groups[{index}]");
            let id = self.id(&group.id, &place)?;
            let scope = group.scope.clone();
            let scope = scope.unwrap_or_else(|| whole_account(account));
            let json = raw(&ResourceGroupView {
                id,
                name: &group.name,
                meta: &group.meta,
                scope: &scope,
            })?;
            let item = ResourceGroup { id: id.to_string(), scope: Some(scope), ..group.clone() };
            entries.push(Entry { id, item, json });
        }
        directory(entries, place, "resource_groups")
    }

    fn group(
        &mut self,
        seed: &UserGroup,
        lookup: &Lookup<'_>,
        place: &str,
    ) -> Result<Group, SeedError> {
        let id = self.id(&seed.id, place)?;
        let (_, created_on) = self.moment(&seed.created_on, &format!("{place}.created_on"))?;
        let modified_on = match seed.modified_on.as_str() {
            "" => created_on.clone(),
            text => self.moment(text, &format!("{place}.modified_on"))?.1,
        };
        let mut policies = Vec::with_capacity(seed.policies.len());
        for (index, policy) in seed.policies.iter().enumerate() {
            let place = format!("{place}.policies[{index}]");
            policies.push(self.policy(policy, lookup, &place)?);
        }
        let mut members = BTreeSet::new();
        for (index, member) in seed.members.iter().enumerate() {
            let place = format!("{place}.members[{index}]");
            if !members.insert(lookup.member(member, &place)?) {
                return wrong(place, format!("{member} is in the group already"));
            }
        }
        Ok(Group {
            id,
            name: seed.name.as_str().into(),
            folded_name: seed.name.to_lowercase(),
            created_on,
            modified_on,
            policies,
            members,
        })
    }

    fn policy(
        &mut self,
        seed: &seed::Policy,
        lookup: &Lookup<'_>,
        place: &str,
    ) -> Result<Policy, SeedError> {
        let id = match seed.id.as_str() {
            "" => self.id("", place)?.to_string(),
            text => text.to_owned(),
        };
        let permission_groups = lookup
            .permission_groups
            .all(&seed.permission_groups, &format!("{place}.permission_groups"))?;
        let resource_groups = lookup
            .resource_groups
            .all(&seed.resource_groups, &format!("{place}.resource_groups"))?;
        Ok(Policy { id, access: seed.access, permission_groups, resource_groups })
    }

    /// The id that a seed fixes, or a new one.
    fn id(&mut self, text: &str, place: &str) -> Result<Id, SeedError> {
        if text.is_empty() {
            return Ok(self.ids.next(|id| self.taken.contains(&id)));
        }
        Id::parse(text).ok_or_else(|| not_an_id(text, place))
    }

    /// The moment that a seed fixes, or the start of the calendar, and how answers show it.
    /// The calendar goes on from the last moment that the seed names.
    fn moment(&mut self, text: &str, place: &str) -> Result<(SystemTime, String), SeedError> {
        let start = Calendar::new().now();
        let text = if text.is_empty() { &start } else { text };
        let Ok(moment) = humantime::parse_rfc3339(text) else {
            let problem =
                format!("{text:?} is not a moment as RFC 3339 writes it in UTC, such as {start}");
            return wrong(place, problem);
        };
        self.calendar.reach(moment);
        Ok((moment, text.to_owned()))
    }
}

/// Finds what a seed refers to by id, or by email address or name.
struct Lookup<'a> {
    members: &'a Directory<Member>,
    emails: HashMap<&'a str, usize>,
    permission_groups: Named<'a, PermissionGroup>,
    resource_groups: Named<'a, ResourceGroup>,
}

impl<'a> Lookup<'a> {
    fn new(account: &'a Account) -> Self {
        let members = account.members.entries().iter().enumerate();
        Self {
            members: &account.members,
            emails: members
                .map(|(position, entry)| (entry.item.folded_email.as_str(), position))
                .collect(),
            permission_groups: Named::new("permission group", &account.permission_groups, |it| {
                &it.name
            }),
            resource_groups: Named::new("resource group", &account.resource_groups, |it| &it.name),
        }
    }

    fn member(&self, text: &str, place: &str) -> Result<usize, SeedError> {
        let by_id = Id::parse(text).and_then(|id| self.members.position(id));
        let by_email = || self.emails.get(text.to_lowercase().as_str()).copied();
        let Some(position) = by_id.or_else(by_email) else {
            let problem = format!("{text:?} is neither the id nor the address of a member");
            return wrong(place, problem);
        };
        let member = self.members.get(position);
        if member.is_some_and(|it| it.item.details.status == MemberStatus::Rejected) {
            return wrong(place, format!("{text:?} has rejected the invitation"));
        }
        Ok(position)
    }
}

/// Things that a seed refers to by id or name.
struct Named<'a, T> {
    kind: &'static str,
    directory: &'a Directory<T>,
    names: HashMap<&'a str, Vec<usize>>,
}

impl<'a, T> Named<'a, T> {
    fn new(kind: &'static str, directory: &'a Directory<T>, name: impl Fn(&T) -> &str) -> Self {
        let mut names: HashMap<&str, Vec<usize>> = HashMap::new();
        for (position, entry) in directory.entries().iter().enumerate() {
            names.entry(name(&entry.item)).or_default().push(position);
        }
        Self { kind, directory, names }
    }

    fn all(&self, texts: &[String], place: &str) -> Result<BTreeSet<usize>, SeedError> {
        let texts = texts.iter().enumerate();
        texts.map(|(index, text)| self.one(text, &format!("{place}[{index}]"))).collect()
    }

    fn one(&self, text: &str, place: &str) -> Result<usize, SeedError> {
        let by_id = Id::parse(text).and_then(|id| self.directory.position(id));
        if let Some(position) = by_id {
            return Ok(position);
        }
        let kind = self.kind;
        match self.names.get(text).map(Vec::as_slice) {
            Some([position]) => Ok(*position),
            Some(several) => {
                let problem = format!("{} have the name {text:?}: use the id", several.len());
                wrong(place, problem)
            }
            None => {
                let problem = format!("{text:?} is neither the id nor the name of a {kind}");
                wrong(place, problem)
            }
        }
    }
}

/// A member as an answer shows it.
#[derive(Serialize)]
struct MemberView<'a> {
    id: Id,
    email: &'a str,
    status: MemberStatus,
}

impl<'a> MemberView<'a> {
    fn of(id: Id, member: &'a AccountMember) -> Self {
        Self { id, email: &member.email, status: member.status }
    }
}

/// A permission group as an answer shows it.
#[derive(Serialize)]
struct PermissionGroupView<'a> {
    id: Id,
    name: &'a str,
    meta: &'a BTreeMap<String, String>,
}

/// A resource group as an answer shows it.
#[derive(Serialize)]
struct ResourceGroupView<'a> {
    id: Id,
    name: &'a str,
    meta: &'a BTreeMap<String, String>,
    scope: &'a Scope,
}

fn raw(view: &impl Serialize) -> Result<Box<RawValue>, SeedError> {
    Ok(serde_json::value::to_raw_value(view)?)
}

fn directory<T>(
    entries: Vec<Entry<T>>,
    place: &str,
    list: &str,
) -> Result<Directory<T>, SeedError> {
    let count = entries.len();
    let mut seen = HashSet::with_capacity(count);
    if let Some(twice) = entries.iter().find(|entry| !seen.insert(entry.id)) {
        let problem = format!("two have the id {}", twice.id);
        return wrong(format!("{place}.{list}"), problem);
    }
    Ok(Directory::new(entries))
}

fn whole_account(account: Id) -> Scope {
    Scope::One(ScopeObjects {
        key: format!("com.cloudflare.api.account.{account}"),
        objects: vec![ScopeObject { key: "*".to_owned() }],
    })
}

fn folded_email(email: &str, place: &str) -> Result<String, SeedError> {
    let place = format!("{place}.email");
    if email.chars().count() > 90 {
        return wrong(place, "an email address has at most 90 characters");
    }
    match email.split_once('@') {
        Some((user, domain)) if !user.is_empty() && !domain.is_empty() => Ok(email.to_lowercase()),
        _ => wrong(place, format!("{email:?} is not an email address")),
    }
}

/// All ids that a seed fixes.
fn ids_of(seed: &Seed) -> HashSet<Id> {
    let mut texts: Vec<&str> = Vec::new();
    for account in &seed.accounts {
        texts.push(&account.id);
        for member in &account.members {
            texts.extend([member.id.as_str(), member.user_id.as_str()]);
        }
        texts.extend(account.permission_groups.iter().map(|it| it.id.as_str()));
        texts.extend(account.resource_groups.iter().map(|it| it.id.as_str()));
        for group in &account.user_groups {
            texts.push(&group.id);
            texts.extend(group.policies.iter().map(|it| it.id.as_str()));
        }
    }
    texts.into_iter().filter_map(Id::parse).collect()
}

fn not_an_id(text: &str, place: &str) -> SeedError {
    SeedError::Content {
        place: place.to_owned(),
        problem: format!("{text:?} is not an id of 32 hexadecimal characters"),
    }
}

fn wrong<T>(place: impl Into<String>, problem: impl Into<String>) -> Result<T, SeedError> {
    Err(SeedError::Content { place: place.into(), problem: problem.into() })
}
