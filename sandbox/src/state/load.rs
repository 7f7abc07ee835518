//! Loads a seed: checks it, resolves its references and makes the missing ids.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap, HashSet};
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
        let own = parse_id(account_id, "accounts")?;
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
                text => parse_id(text, &format!("{place}.id"))?,
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
    fixed: HashSet<String>,
}

impl Loader {
    fn account(
        &mut self,
        seed: &seed::Account,
        id: &Id,
        contract: Contract,
        place: &str,
    ) -> Result<Account> {
        let at = |list: &str| format!("{place}.{list}");
        let mut account = Account::new(id.to_string(), seed.hide_member_status);
        account.members = self.members(&seed.members, &at("members"))?;
        account.permission_groups =
            self.permission_groups(&seed.permission_groups, &at("permission_groups"))?;
        account.resource_groups =
            self.resource_groups(&seed.resource_groups, id, &at("resource_groups"))?;
        account.zones = zones(&seed.zones, &at("zones"))?;
        if contract == Contract::Observed {
            add_predefined(&mut account.resource_groups, id);
        }
        let names = Names::new(&account);
        let mut ids = HashSet::new();
        let groups = each(&seed.user_groups, &at("user_groups"), |group, place| {
            let group = self.group(group, &names, place)?;
            if !ids.insert(group.id.clone()) {
                return invalid(format!("{place}.id"), "duplicate id");
            }
            Ok(group)
        })?;
        groups.into_iter().for_each(|group| account.load_group(group));
        Ok(account)
    }

    fn members(
        &mut self,
        seed: &[AccountMember],
        place: &str,
    ) -> Result<IndexMap<String, AccountMember>> {
        let mut emails = HashSet::new();
        let mut members = each(seed, place, |member, place| {
            check_email(&member.email, &format!("{place}.email"))?;
            if !emails.insert(member.email.to_lowercase()) {
                return invalid(format!("{place}.email"), "duplicate email address");
            }
            Ok(AccountMember {
                id: self.id(&member.id, place)?,
                user_id: self.id(&member.user_id, &format!("{place}.user_id"))?,
                created_at: self.moment(&member.created_at, &format!("{place}.created_at"))?.1,
                ..member.clone()
            })
        })?;
        members.sort_by_cached_key(|member| {
            let email = member.email.to_lowercase();
            (email.split('@').next().map(str::to_owned), email)
        });
        keyed(members, |member| &member.id, place)
    }

    fn permission_groups(
        &mut self,
        seed: &[PermissionGroup],
        place: &str,
    ) -> Result<IndexMap<String, PermissionGroup>> {
        let mut groups = each(seed, place, |group, place| {
            let id = self.id(&group.id, place)?;
            let created = match group.created_on.as_str() {
                "" => None,
                text => Some(self.moment(text, &format!("{place}.created_on"))?.0),
            };
            Ok((created, PermissionGroup { id, ..group.clone() }))
        })?;
        groups.sort_by_key(|(created, _)| Reverse(*created));
        keyed(groups.into_iter().map(|(_, group)| group), |group| &group.id, place)
    }

    fn resource_groups(
        &mut self,
        seed: &[ResourceGroup],
        account: &Id,
        place: &str,
    ) -> Result<IndexMap<String, ResourceGroup>> {
        let groups = each(seed, place, |group, place| {
            let id = self.id(&group.id, place)?;
            let scope = group.scope.clone().unwrap_or_else(|| whole_account(account));
            Ok(ResourceGroup { id, scope: Some(scope), ..group.clone() })
        })?;
        keyed(groups, |group| &group.id, place)
    }

    fn group(&mut self, seed: &UserGroup, names: &Names<'_>, place: &str) -> Result<UserGroup> {
        let id = self.id(&seed.id, place)?;
        let created_on = self.moment(&seed.created_on, &format!("{place}.created_on"))?.1;
        let modified_on = match seed.modified_on.as_str() {
            "" => created_on.clone(),
            text => self.moment(text, &format!("{place}.modified_on"))?.1,
        };
        let policies = each(&seed.policies, &format!("{place}.policies"), |policy, place| {
            self.policy(policy, names, place)
        })?;
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
            return Ok(self.ids.next(|id| self.fixed.contains(id)));
        }
        parse_id(text, place).map(String::from)
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
        let ids = each(texts, place, |text, place| {
            let id = self.member(text, place)?;
            if !seen.insert(id.clone()) {
                return invalid(place, format!("duplicate member {text:?}"));
            }
            Ok(id)
        })?;
        Ok(self.account.sorted_members(ids))
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
        let all = self.account.permission_groups.iter();
        let all = all.map(|(id, group)| (id.as_str(), group.name.as_str()));
        let ids = each(texts, place, |text, place| {
            by_id_or_name(all.clone(), text, "permission group", place)
        })?;
        Ok(self.account.sorted_permission_groups(ids))
    }

    fn resources(&self, seed: &[PolicyResources], place: &str) -> Result<Vec<PolicyResources>> {
        let all = self.account.resource_groups.iter();
        let all = all.map(|(id, group)| (id.as_str(), group.name.as_str()));
        let resources = each(seed, place, |item, place| match item {
            PolicyResources::Group(text) => {
                let id = by_id_or_name(all.clone(), text, "resource group", place)?;
                Ok(PolicyResources::Group(id))
            }
            inline @ PolicyResources::Inline(_) => Ok(inline.clone()),
        })?;
        Ok(self.account.sorted_resources(resources))
    }
}

/// Loads each item. Its place is the index in the list.
fn each<T, U>(
    items: &[T],
    place: &str,
    mut load: impl FnMut(&T, &str) -> Result<U>,
) -> Result<Vec<U>> {
    let items = items.iter().enumerate();
    items.map(|(index, item)| load(item, &format!("{place}[{index}]"))).collect()
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

fn keyed<T>(
    items: impl IntoIterator<Item = T>,
    id: impl Fn(&T) -> &String,
    place: &str,
) -> Result<IndexMap<String, T>> {
    let mut all = IndexMap::new();
    for item in items {
        let id = id(&item).clone();
        if all.contains_key(&id) {
            return invalid(place, format!("duplicate id {id}"));
        }
        all.insert(id, item);
    }
    Ok(all)
}

/// Returns an id that depends on the text alone, so that it leaves the made ids as they are.
fn id_of(text: &str) -> String {
    let hash = text.bytes().fold(0, |hash, byte| mix(hash ^ u64::from(byte)));
    format!("{:016x}{:016x}", mix(hash), hash)
}

fn zones(seed: &[Zone], place: &str) -> Result<IndexMap<String, Zone>> {
    let zones = each(seed, place, |Zone { id, name }, place| {
        let id = match id.as_str() {
            "" => id_of(name),
            text => parse_id(text, place)?.into(),
        };
        Ok(Zone { id, name: name.clone() })
    })?;
    keyed(zones, |zone| &zone.id, place)
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

/// All ids in the text of a seed: those that it fixes, and what refers to them.
fn fixed_ids(seed: &Seed) -> HashSet<String> {
    let text = serde_json::to_string(seed).unwrap_or_default();
    text.split('"').filter_map(Id::parse).map(String::from).collect()
}

fn parse_id(text: &str, place: &str) -> Result<Id> {
    let problem = || format!("{text:?} is not an ID of 32 hexadecimal characters");
    Id::parse(text).ok_or_else(|| FileError::value(place, problem()))
}

fn invalid<T>(place: impl Into<String>, problem: impl Into<String>) -> Result<T> {
    Err(FileError::value(place, problem))
}
