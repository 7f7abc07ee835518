//! From what people write to ids.

use std::cell::OnceCell;
use std::collections::{BTreeMap, HashMap, HashSet};

use cf_groups_engine::Suggestions;
use cloudflare_user_groups::{
    Account, Member, MemberId, PermissionGroup, PermissionGroupId, ResourceGroup, ResourceGroupId,
    UserGroup, UserGroupId, UserGroups,
};

use crate::exit::{CommandError, Result};
use crate::terminal::escape::{did_you_mean, visible};

/// Somebody who was named, by email address or id.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub(crate) id: MemberId,
    pub(crate) email: Option<String>,
}

impl From<Member> for Person {
    fn from(Member { id, email, .. }: Member) -> Self {
        Self { id, email }
    }
}

/// The id of the user group with this name or id. 32 hexadecimal digits are always an id.
pub(crate) async fn group_id(groups: &UserGroups, text: &str) -> Result<UserGroupId> {
    match UserGroupId::new(text) {
        Ok(id) => Ok(id),
        Err(_) => Ok(named_group(groups, text).await?.id),
    }
}

/// The user group with this name or id.
pub(crate) async fn group(groups: &UserGroups, text: &str) -> Result<UserGroup> {
    match UserGroupId::new(text) {
        Ok(id) => Ok(groups.get(id).await?),
        Err(_) => named_group(groups, text).await,
    }
}

/// The user groups of exactly this name.
pub(crate) async fn groups_named(groups: &UserGroups, name: &str) -> Result<Vec<UserGroup>> {
    let found = groups.list().name(name).all().await?;
    Ok(found.into_iter().filter(|group| group.name == name).collect())
}

async fn named_group(groups: &UserGroups, name: &str) -> Result<UserGroup> {
    let mut found = groups_named(groups, name).await?;
    if found.len() > 1 {
        let ids: Vec<String> = found.iter().map(|group| group.id.to_string()).collect();
        return Err(CommandError::failed(format!(
            "{} user groups are named {:?}: say which one by its id: {}",
            found.len(),
            visible(name),
            ids.join(", ")
        )));
    }
    if let Some(group) = found.pop() {
        return Ok(group);
    }
    let all = groups.list().all().await?;
    let guess = did_you_mean(name, &Suggestions::of(all.into_iter().map(|group| group.name)));
    Err(CommandError::failed(format!(
        "no user group is named {:?}{guess} (cf-groups list shows all)",
        visible(name)
    )))
}

/// Who of the account was meant, each once. Every mistake is told at once.
pub(crate) async fn people(account: &Account, texts: &[String]) -> Result<Vec<Person>> {
    let mut known = Known::default();
    if texts.iter().any(|text| MemberId::new(text.as_str()).is_err()) {
        let members = account.members().all().await?.into_iter();
        known = Known::new(members.map(|member| Person { id: member.id, email: member.email }));
    }
    let (mut found, mut seen, mut problems) = (Vec::new(), HashSet::new(), Vec::new());
    for text in texts {
        match known.find(text) {
            Ok(person) if seen.insert(person.id.clone()) => found.push(person),
            Ok(_) => {}
            Err(problem) => problems.push(problem),
        }
    }
    if problems.is_empty() { Ok(found) } else { Err(mistakes(&problems)) }
}

fn mistakes(problems: &[String]) -> CommandError {
    CommandError::several("nothing was changed, since not all names are right", problems)
}

/// People among whom others are looked for.
#[derive(Default)]
pub(crate) struct Known {
    by_id: HashMap<MemberId, Person>,
    by_email: BTreeMap<String, Vec<Person>>,
    lookalikes: OnceCell<Suggestions>,
}

impl Known {
    pub(crate) fn new(people: impl IntoIterator<Item = Person>) -> Self {
        let mut known = Self::default();
        for person in people {
            if let Some(email) = &person.email {
                known.by_email.entry(email.to_lowercase()).or_default().push(person.clone());
            }
            known.by_id.insert(person.id.clone(), person);
        }
        known
    }

    pub(crate) fn has(&self, person: &Person) -> bool {
        self.by_id.contains_key(&person.id)
    }

    fn lookalikes(&self) -> &Suggestions {
        self.lookalikes.get_or_init(|| Suggestions::of(self.by_email.keys().cloned()))
    }

    /// Who has this email address or id. Of an id nothing needs to be known.
    pub(crate) fn find(&self, text: &str) -> Result<Person, String> {
        if let Ok(id) = MemberId::new(text.to_ascii_lowercase()) {
            return Ok(self.by_id.get(&id).cloned().unwrap_or(Person { id, email: None }));
        }
        match self.by_email.get(&text.to_lowercase()).map(Vec::as_slice) {
            Some([person]) => Ok(person.clone()),
            Some(several) => {
                let ids: Vec<&str> = several.iter().map(|person| person.id.as_str()).collect();
                Err(format!(
                    "several members have the email address {:?}: say who is meant by id: {}",
                    visible(text),
                    ids.join(", ")
                ))
            }
            None => {
                let guess = did_you_mean(text, self.lookalikes());
                Err(format!("nobody has the email address {:?}{guess}", visible(text)))
            }
        }
    }
}

/// The permission groups with these names or ids.
pub(crate) async fn permission_groups(
    account: &Account,
    texts: &[String],
) -> Result<Vec<PermissionGroup>> {
    if texts.is_empty() {
        return Ok(Vec::new());
    }
    let all = account.permission_groups().all().await?;
    let named =
        all.iter().filter_map(|group| Some((group.id.as_ref()?.as_str(), group.name.as_deref())));
    let ids =
        named_ids("permission group", "permission-groups", texts, &named.collect::<Vec<_>>())?;
    let ids = ids.into_iter().map(PermissionGroupId::new).collect::<Result<Vec<_>, _>>();
    Ok(ids.map_err(CommandError::failed)?.into_iter().map(PermissionGroup::from).collect())
}

/// The resource groups with these names or ids.
pub(crate) async fn resource_groups(
    account: &Account,
    texts: &[String],
) -> Result<Vec<ResourceGroup>> {
    if texts.is_empty() {
        return Ok(Vec::new());
    }
    let all = account.resource_groups().all().await?;
    let named =
        all.iter().filter_map(|group| Some((group.id.as_ref()?.as_str(), group.name.as_deref())));
    let ids = named_ids("resource group", "resource-groups", texts, &named.collect::<Vec<_>>())?;
    let ids = ids.into_iter().map(ResourceGroupId::new).collect::<Result<Vec<_>, _>>();
    Ok(ids.map_err(CommandError::failed)?.into_iter().map(ResourceGroup::from).collect())
}

fn named_ids<'a>(
    kind: &str,
    lookup: &str,
    texts: &[String],
    known: &[(&'a str, Option<&'a str>)],
) -> Result<Vec<&'a str>> {
    let lookalikes = Suggestions::of(known.iter().filter_map(|(_, name)| *name));
    let (mut ids, mut problems) = (Vec::new(), Vec::new());
    for text in texts {
        let meant = |(id, name): &&(&str, Option<&str>)| {
            id.eq_ignore_ascii_case(text) || *name == Some(text.as_str())
        };
        let found: Vec<&str> = known.iter().filter(meant).map(|(id, _)| *id).collect();
        match found.as_slice() {
            [id] => ids.push(*id),
            [] => {
                let guess = did_you_mean(text, &lookalikes);
                problems.push(format!(
                    "no {kind} is named {:?}{guess} (cf-groups lookup {lookup} shows all)",
                    visible(text)
                ));
            }
            several => problems.push(format!(
                "several {kind}s are named {:?}: say which one by its id: {}",
                visible(text),
                several.join(", ")
            )),
        }
    }
    if problems.is_empty() { Ok(ids) } else { Err(mistakes(&problems)) }
}
