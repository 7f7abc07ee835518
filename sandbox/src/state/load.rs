//! Loads a seed: checks it, resolves its references and makes the missing ids.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::Hash;
use std::time::SystemTime;

use indexmap::IndexMap;

use crate::error::FileError;
use crate::operation::Contract;
use crate::state::clock::{Clock, undated};
use crate::state::id::{Id, IdSource, mix};
use crate::state::seed::{
    self, AccountMember, PermissionGroup, Policy, PolicyResources, ResourceGroup, Scope,
    ScopeObject, ScopeObjects, Seed, UserGroup, Zone,
};
use crate::state::world::{Account, World};

type Result<T, E = FileError> = std::result::Result<T, E>;

impl Seed {
    /// Checks what the form does not, as starting a sandbox for this account does.
    ///
    /// # Errors
    ///
    /// If an id or name is duplicate, malformed or unknown; the error reports the place.
    pub fn check(&self, account_id: &str) -> Result<()> {
        let own = Id::parse(account_id).ok_or_else(|| invalid_id(account_id, "accounts"))?;
        World::from_seed(self, &own, Contract::default(), Clock::logical()).map(|_| ())
    }
}

impl World {
    /// Checks a seed and returns the state that it describes. `own` is the account that the
    /// credentials are for.
    pub(crate) fn from_seed(
        seed: &Seed,
        own: &Id,
        contract: Contract,
        clock: Clock,
    ) -> Result<Self> {
        let mut loader = Loader { ids: IdSource::default(), clock, fixed: fixed_ids(seed) };
        let mut accounts = BTreeMap::new();
        for (index, account) in seed.accounts.iter().enumerate() {
            let place = format!("accounts[{index}]");
            let id = match account.id.as_str() {
                "" => own.clone(),
                text => Id::parse(text).ok_or_else(|| invalid_id(text, &format!("{place}.id")))?,
            };
            let loaded = loader.account(account, &id, contract, &place)?;
            if accounts.insert(id.to_string(), loaded).is_some() {
                return invalid(format!("{place}.id"), format!("duplicate account {id}"));
            }
        }
        if !accounts.contains_key(own.as_str()) {
            let problem = format!(
                "no account has ID {own}; omit `id` on the account the credentials are for"
            );
            return invalid("accounts", problem);
        }
        Ok(Self { accounts, ids: loader.ids, clock: loader.clock })
    }
}

struct Loader {
    ids: IdSource,
    clock: Clock,
    /// The ids that the seed fixes: no made id is one of them.
    fixed: HashSet<Id>,
}

impl Loader {
    fn account(
        &mut self,
        seed: &seed::Account,
        id: &Id,
        contract: Contract,
        place: &str,
    ) -> Result<Account> {
        let mut account = Account::new(id.to_string(), seed.hide_member_status);
        account.members = self.members(&seed.members, place)?;
        account.permission_groups = self.permission_groups(&seed.permission_groups, place)?;
        account.resource_groups = self.resource_groups(&seed.resource_groups, id, place)?;
        account.zones = zones(&seed.zones, place)?;
        if contract == Contract::Observed {
            add_predefined(&mut account.resource_groups, id);
        }
        let names = Names::new(&account);
        let mut groups = Vec::with_capacity(seed.user_groups.len());
        let mut ids = HashSet::new();
        for (index, group) in seed.user_groups.iter().enumerate() {
            let place = format!("{place}.user_groups[{index}]");
            let group = self.group(group, &names, &place)?;
            if !ids.insert(group.id.clone()) {
                return invalid(format!("{place}.id"), "duplicate id");
            }
            groups.push(group);
        }
        groups.into_iter().for_each(|group| account.load_group(group));
        Ok(account)
    }

    fn members(
        &mut self,
        seed: &[AccountMember],
        place: &str,
    ) -> Result<IndexMap<String, AccountMember>> {
        let mut emails = HashSet::new();
        let mut members = Vec::with_capacity(seed.len());
        for (index, member) in seed.iter().enumerate() {
            let place = format!("{place}.members[{index}]");
            check_email(&member.email, &format!("{place}.email"))?;
            if !emails.insert(member.email.to_lowercase()) {
                return invalid(format!("{place}.email"), "duplicate email address");
            }
            members.push(AccountMember {
                id: self.id(&member.id, &place)?,
                user_id: self.id(&member.user_id, &format!("{place}.user_id"))?,
                created_at: self.moment(&member.created_at, &format!("{place}.created_at"))?.1,
                ..member.clone()
            });
        }
        members.sort_by_cached_key(|member| {
            let email = member.email.to_lowercase();
            (email.split('@').next().map(str::to_owned), email)
        });
        keyed(members, |member| &member.id, &format!("{place}.members"))
    }

    fn permission_groups(
        &mut self,
        seed: &[PermissionGroup],
        place: &str,
    ) -> Result<IndexMap<String, PermissionGroup>> {
        let mut groups = Vec::with_capacity(seed.len());
        for (index, group) in seed.iter().enumerate() {
            let place = format!("{place}.permission_groups[{index}]");
            let id = self.id(&group.id, &place)?;
            let created = match group.created_on.as_str() {
                "" => None,
                text => Some(self.moment(text, &format!("{place}.created_on"))?.0),
            };
            groups.push((created, PermissionGroup { id, ..group.clone() }));
        }
        groups.sort_by_key(|(created, _)| Reverse(*created));
        let groups = groups.into_iter().map(|(_, group)| group).collect();
        keyed(groups, |group| &group.id, &format!("{place}.permission_groups"))
    }

    fn resource_groups(
        &mut self,
        seed: &[ResourceGroup],
        account: &Id,
        place: &str,
    ) -> Result<IndexMap<String, ResourceGroup>> {
        let mut groups = Vec::with_capacity(seed.len());
        for (index, group) in seed.iter().enumerate() {
            let id = self.id(&group.id, &format!("{place}.resource_groups[{index}]"))?;
            let scope = group.scope.clone().unwrap_or_else(|| whole_account(account));
            groups.push(ResourceGroup { id, scope: Some(scope), ..group.clone() });
        }
        keyed(groups, |group| &group.id, &format!("{place}.resource_groups"))
    }

    fn group(&mut self, seed: &UserGroup, names: &Names<'_>, place: &str) -> Result<UserGroup> {
        let id = self.id(&seed.id, place)?;
        let created_on = self.moment(&seed.created_on, &format!("{place}.created_on"))?.1;
        let modified_on = match seed.modified_on.as_str() {
            "" => created_on.clone(),
            text => self.moment(text, &format!("{place}.modified_on"))?.1,
        };
        let mut policies = Vec::with_capacity(seed.policies.len());
        for (index, policy) in seed.policies.iter().enumerate() {
            policies.push(self.policy(policy, names, &format!("{place}.policies[{index}]"))?);
        }
        let members = names.members(&seed.members, &format!("{place}.members"))?;
        Ok(UserGroup { id, created_on, modified_on, policies, members, ..seed.clone() })
    }

    fn policy(&mut self, seed: &Policy, names: &Names<'_>, place: &str) -> Result<Policy> {
        let id = match seed.id.as_str() {
            "" => self.id("", place)?,
            text => text.to_owned(),
        };
        let permission_groups = names
            .permission_groups(&seed.permission_groups, &format!("{place}.permission_groups"))?;
        let resource_groups =
            names.resources(&seed.resource_groups, &format!("{place}.resource_groups"))?;
        Ok(Policy { id, access: seed.access, permission_groups, resource_groups })
    }

    /// The id that the seed fixes, or a made one.
    fn id(&mut self, text: &str, place: &str) -> Result<String> {
        if text.is_empty() {
            let fixed = |id: &str| Id::parse(id).is_some_and(|id| self.fixed.contains(&id));
            return Ok(self.ids.next(fixed));
        }
        Id::parse(text).map(String::from).ok_or_else(|| invalid_id(text, place))
    }

    /// The time that the seed fixes, or the default, and how responses show it.
    fn moment(&mut self, text: &str, place: &str) -> Result<(SystemTime, String)> {
        let default = undated();
        let text = if text.is_empty() { &default } else { text };
        let Ok(moment) = humantime::parse_rfc3339(text) else {
            let problem = format!("{text:?} is not an RFC 3339 time in UTC such as {default}");
            return invalid(place, problem);
        };
        self.clock.advance_to(moment);
        Ok((moment, text.to_owned()))
    }
}

/// Resolves what a seed refers to by id, email address or name.
struct Names<'a> {
    account: &'a Account,
    emails: HashMap<String, &'a AccountMember>,
}

impl<'a> Names<'a> {
    fn new(account: &'a Account) -> Self {
        let members = account.members.values();
        let emails = members.map(|member| (member.email.to_lowercase(), member)).collect();
        Self { account, emails }
    }

    fn members(&self, texts: &[String], place: &str) -> Result<Vec<String>> {
        let mut seen = HashSet::new();
        for (index, text) in texts.iter().enumerate() {
            let place = format!("{place}[{index}]");
            if !seen.insert(self.member(text, &place)?) {
                return invalid(place, format!("duplicate member {text:?}"));
            }
        }
        Ok(self.account.sorted_members(seen.into_iter().collect()))
    }

    fn member(&self, text: &str, place: &str) -> Result<String> {
        let by_id = Id::parse(text).and_then(|id| self.account.members.get(id.as_str()));
        let by_email = || self.emails.get(&text.to_lowercase()).copied();
        match by_id.or_else(by_email) {
            None => invalid(place, format!("no member has the ID or email address {text:?}")),
            Some(member) => Ok(member.id.clone()),
        }
    }

    fn permission_groups(&self, texts: &[String], place: &str) -> Result<Vec<String>> {
        let texts = texts.iter().enumerate();
        let ids = texts.map(|(index, text)| {
            let all = self.account.permission_groups.iter();
            let all = all.map(|(id, group)| (id.as_str(), group.name.as_str()));
            by_id_or_name(all, text, "permission group", &format!("{place}[{index}]"))
        });
        Ok(self.account.sorted_permission_groups(ids.collect::<Result<_>>()?))
    }

    fn resources(&self, seed: &[PolicyResources], place: &str) -> Result<Vec<PolicyResources>> {
        let items = seed.iter().enumerate();
        let resources = items.map(|(index, item)| {
            let PolicyResources::Group(text) = item else {
                return Ok(item.clone());
            };
            let all = self.account.resource_groups.iter();
            let all = all.map(|(id, group)| (id.as_str(), group.name.as_str()));
            let id = by_id_or_name(all, text, "resource group", &format!("{place}[{index}]"))?;
            Ok(PolicyResources::Group(id))
        });
        Ok(self.account.sorted_resources(resources.collect::<Result<_>>()?))
    }
}

/// The id of the only one of `all` (ids and names) that has `text` as its id or name.
fn by_id_or_name<'a>(
    all: impl Iterator<Item = (&'a str, &'a str)> + Clone,
    text: &str,
    kind: &str,
    place: &str,
) -> Result<String> {
    if let Some(id) = Id::parse(text)
        && all.clone().any(|(other, _)| other == id.as_str())
    {
        return Ok(id.into());
    }
    let found: Vec<&str> = all.filter(|(_, name)| *name == text).map(|(id, _)| id).collect();
    match found.as_slice() {
        [id] => Ok((*id).to_owned()),
        [] => invalid(place, format!("no {kind} has the ID or name {text:?}")),
        several => {
            let count = several.len();
            invalid(place, format!("{count} {kind}s have the name {text:?}; specify an ID"))
        }
    }
}

fn keyed<T>(items: Vec<T>, id: impl Fn(&T) -> &String, place: &str) -> Result<IndexMap<String, T>> {
    if let Some(duplicate) = first_duplicate(items.iter().map(&id)) {
        return invalid(place, format!("duplicate id {duplicate}"));
    }
    Ok(items.into_iter().map(|item| (id(&item).clone(), item)).collect())
}

fn first_duplicate<T: Eq + Hash + Copy>(mut items: impl Iterator<Item = T>) -> Option<T> {
    let mut seen = HashSet::new();
    items.find(|item| !seen.insert(*item))
}

/// Returns an id that depends on the text alone, so that it leaves the made ids as they are.
fn id_of(text: &str) -> String {
    let hash = text.bytes().fold(0, |hash, byte| mix(hash ^ u64::from(byte)));
    format!("{:016x}{:016x}", mix(hash), hash)
}

fn zones(seed: &[Zone], place: &str) -> Result<IndexMap<String, Zone>> {
    let place = format!("{place}.zones");
    let mut zones = Vec::with_capacity(seed.len());
    for (index, Zone { id, name }) in seed.iter().enumerate() {
        let id = match id.as_str() {
            "" => id_of(name),
            text => Id::parse(text)
                .map(String::from)
                .ok_or_else(|| invalid_id(text, &format!("{place}[{index}]")))?,
        };
        zones.push(Zone { id, name: name.clone() });
    }
    keyed(zones, |zone| &zone.id, &place)
}

/// Adds the read-only resource group that the service has in every account (observed, reported).
fn add_predefined(groups: &mut IndexMap<String, ResourceGroup>, account: &Id) {
    let name = format!("com.cloudflare.api.account.{account}");
    if groups.values().any(|group| group.name == name) {
        return;
    }
    let id = id_of(account.as_str());
    let meta = BTreeMap::from([("editable".to_owned(), "false".to_owned())]);
    let scope = Some(whole_account(account));
    groups.insert(id.clone(), ResourceGroup { id, name, meta, scope });
}

fn whole_account(account: &Id) -> Scope {
    Scope::One(ScopeObjects {
        key: format!("com.cloudflare.api.account.{account}"),
        objects: vec![ScopeObject { key: "*".to_owned() }],
    })
}

fn check_email(email: &str, place: &str) -> Result<()> {
    if email.chars().count() > 90 {
        return invalid(place, "an email address has at most 90 characters");
    }
    match email.split_once('@') {
        Some((user, domain)) if !user.is_empty() && !domain.is_empty() => Ok(()),
        _ => invalid(place, format!("{email:?} is not an email address")),
    }
}

/// All ids that a seed fixes.
fn fixed_ids(seed: &Seed) -> HashSet<Id> {
    let mut texts: Vec<&str> = Vec::new();
    for account in &seed.accounts {
        texts.push(&account.id);
        for member in &account.members {
            texts.extend([member.id.as_str(), member.user_id.as_str()]);
        }
        texts.extend(account.permission_groups.iter().map(|it| it.id.as_str()));
        texts.extend(account.resource_groups.iter().map(|it| it.id.as_str()));
        texts.extend(account.zones.iter().map(|it| it.id.as_str()));
        for group in &account.user_groups {
            texts.push(&group.id);
            texts.extend(group.policies.iter().map(|it| it.id.as_str()));
        }
    }
    texts.into_iter().filter_map(Id::parse).collect()
}

fn invalid_id(text: &str, place: &str) -> FileError {
    FileError::value(place, format!("{text:?} is not an ID of 32 hexadecimal characters"))
}

fn invalid<T>(place: impl Into<String>, problem: impl Into<String>) -> Result<T> {
    Err(FileError::value(place, problem))
}
