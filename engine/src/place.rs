//! Places: the scopes that people name, of the whole account and of a zone.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use cloudflare_user_groups::{AccountId, UserGroup, Zone, ZoneId};

use crate::diagnostic::{DiagnosticCollector, LocatedText};
use crate::directory::AccountDirectory;
use crate::engine::Engine;
use crate::error::Error;
use crate::group_file::WHOLE_ACCOUNT;
use crate::rule::{PolicyResource, PolicyRule, PolicyScope};
use crate::snapshot::Snapshot;
use crate::suggest::Suggestions;

/// What names and keys of resources begin with where the service made them (observed, reported).
const ACCOUNT: &str = "com.cloudflare.api.account.";
const ZONE: &str = "com.cloudflare.api.account.zone.";

/// Returns whether a resource group with this name comes from the service.
pub(crate) fn is_predefined(name: &str) -> bool {
    name.starts_with(ACCOUNT)
}

/// What the name of a zone follows where it is shown, also in the name of a resource group that was
/// made for it.
const ZONE_NAME: &str = "zone ";

/// The same for several zones.
const ZONES_NAME: &str = "zones ";

/// What the name of a zone follows in an argument.
pub(crate) const ZONE_PREFIX: &str = "zone:";

/// What errors call the list of zones.
const ZONES: &str = "the zones";

/// The maximum number of zones that are looked up one by one.
const FEW: usize = 3;

impl PolicyScope {
    /// Returns the scope of a whole account. Observed (reported), O19.
    pub(crate) fn of_account(account: &AccountId) -> Self {
        Self { key: format!("{ACCOUNT}{account}"), objects: BTreeSet::from(["*".to_owned()]) }
    }

    /// Returns the scope that an argument shows as tables do: `KEY: OBJECT, OBJECT`.
    pub(crate) fn of_argument(text: &str) -> Option<Self> {
        let (key, objects) = text.split_once(": ").filter(|(key, _)| key.starts_with(ACCOUNT))?;
        let objects = objects.split(", ").map(str::to_owned).collect();
        Some(Self { key: key.to_owned(), objects })
    }

    /// Returns the scope of a place in a file, which does not show its real keys.
    pub(crate) fn of_file(object: &str) -> Self {
        Self { key: WHOLE_ACCOUNT.to_owned(), objects: BTreeSet::from([object.to_owned()]) }
    }

    fn of_zone(account: &AccountId, zone: &ZoneId) -> Self {
        let objects = BTreeSet::from([format!("{ZONE}{zone}")]);
        Self { key: format!("{ACCOUNT}{account}"), objects }
    }

    fn is_of_zones(&self) -> bool {
        !self.objects.is_empty() && self.objects.iter().all(|key| key.starts_with(ZONE))
    }
}

/// A scope that people name.
#[derive(Clone, Copy)]
pub(crate) enum Place<'a> {
    Account,
    Zone(&'a str),
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Account => f.write_str(WHOLE_ACCOUNT),
            Self::Zone(name) => write!(f, "{ZONE_NAME}{name}"),
        }
    }
}

impl Engine {
    /// Gives the account and zones in the policies of a group their names. Reads the zones of the
    /// account if there are any.
    ///
    /// # Errors
    ///
    /// If the zones cannot be read for another reason than a missing permission.
    pub async fn name_zones_of(&self, group: &mut UserGroup) -> Result<(), Error> {
        let mut directory = AccountDirectory::of(&self.account_id);
        group.policies.iter().for_each(|policy| directory.add_policy(policy));
        let rules = group.policies.iter().filter_map(|policy| PolicyRule::from_policy(policy).ok());
        let rules: Vec<PolicyRule> = rules.collect();
        directory.read_zones_of(self, rules.iter()).await?;
        for group in group.policies.iter_mut().flat_map(|policy| &mut policy.resource_groups) {
            let resource = PolicyResource::read(group);
            if let Some(name) = resource.as_ref().and_then(|it| directory.places_name(it)) {
                group.name = Some(name);
            }
        }
        Ok(())
    }
}

impl Snapshot {
    /// Returns whether a text is a domain, and not the name of a resource group.
    pub(crate) fn may_be_zone(&self, text: &str) -> bool {
        let mut groups = self.directory.resource_groups.values();
        let is_group = groups.any(|it| it.name.as_deref() == Some(text));
        !is_group && text.contains('.') && !text.starts_with(ACCOUNT)
    }
}

impl AccountDirectory {
    /// Reads these zones with one request each, or all zones of the account if there are more than
    /// a few or one is not found, which a suggestion needs.
    pub(crate) async fn read_zones(
        &mut self,
        engine: &Engine,
        names: &BTreeSet<String>,
    ) -> Result<(), Error> {
        let account = engine.account();
        let few = if names.len() > FEW { &BTreeSet::new() } else { names };
        for name in few {
            let found = account.list_zones().name(name).all().await;
            self.add_zones(engine, found.map_err(Error::reading(ZONES))?);
        }
        let known = |name: &String| self.zones.values().any(|zone| zone == name);
        if !names.iter().all(known) {
            let zones = account.list_zones().all().await;
            self.add_zones(engine, zones.map_err(Error::reading(ZONES))?);
        }
        Ok(())
    }

    /// Reads all zones of the account if these policies have one whose name is not known. A
    /// credential that cannot read zones is no error: names are a convenience here.
    pub(crate) async fn read_zones_of<'r>(
        &mut self,
        engine: &Engine,
        rules: impl Iterator<Item = &'r PolicyRule>,
    ) -> Result<(), Error> {
        let resources = rules.flat_map(|it| &it.resource_groups).filter(|it| !self.has_name(it));
        let mut scopes = resources.flat_map(|it| &it.scopes);
        if scopes.any(|scope| scope.is_of_zones() && self.scope_name(scope).is_none()) {
            match engine.account().list_zones().all().await {
                Ok(zones) => self.add_zones(engine, zones),
                Err(error) if error.status().is_some_and(|status| status.as_u16() == 403) => {}
                Err(error) => return Err(Error::reading(ZONES)(error)),
            }
        }
        Ok(())
    }

    /// Adds zones of this account. The filter of the list is not trusted.
    fn add_zones(&mut self, engine: &Engine, zones: Vec<Zone>) {
        for zone in zones {
            if zone.account_id.is_none_or(|id| id == engine.account_id) {
                let scope = PolicyScope::of_zone(&engine.account_id, &zone.id);
                self.zones.insert(scope, zone.name.to_lowercase());
            }
        }
    }

    /// Returns the place that a scope is.
    pub(crate) fn place(&self, scope: &PolicyScope) -> Option<Place<'_>> {
        if self.account.as_ref() == Some(scope) {
            return Some(Place::Account);
        }
        self.zones.get(scope).map(|name| Place::Zone(name))
    }

    /// Returns the name of a scope that is a place or consists of zones.
    fn scope_name(&self, scope: &PolicyScope) -> Option<String> {
        if let Some(place) = self.place(scope) {
            return Some(place.to_string());
        }
        let zone = |object: &String| {
            let objects = BTreeSet::from([object.clone()]);
            self.zones.get(&PolicyScope { key: scope.key.clone(), objects }).map(String::as_str)
        };
        let zones: Option<BTreeSet<&str>> = scope.objects.iter().map(zone).collect();
        let zones: Vec<&str> = zones.filter(|it| !it.is_empty())?.into_iter().collect();
        Some(format!("{ZONES_NAME}{}", zones.join(" and ")))
    }

    /// Returns the place that a resource is, unless it is a resource group with a name of its own.
    pub(crate) fn place_of(&self, resource: &PolicyResource) -> Option<Place<'_>> {
        if self.has_name(resource) {
            return None;
        }
        let resource = self.with_scopes(resource);
        self.place(resource.scopes.first().filter(|_| resource.scopes.len() == 1)?)
    }

    /// Returns the name of a resource that consists of places, unless it is a resource group with a
    /// name of its own.
    pub(crate) fn places_name(&self, resource: &PolicyResource) -> Option<String> {
        if self.has_name(resource) {
            return None;
        }
        let scopes = self.with_scopes(resource).scopes;
        let names: Option<Vec<String>> = scopes.iter().map(|it| self.scope_name(it)).collect();
        names.filter(|it| !it.is_empty()).map(|it| it.join(" and "))
    }

    /// Returns whether a resource is a resource group with a name that people gave it.
    fn has_name(&self, resource: &PolicyResource) -> bool {
        let info = resource.id.as_ref().and_then(|id| self.resource_groups.get(id));
        let name = info.and_then(|info| info.name.as_deref());
        let of_zones = |name: &str| name.starts_with(ZONE_NAME) || name.starts_with(ZONES_NAME);
        name.is_some_and(|name| !is_predefined(name) && !of_zones(name))
    }

    /// Returns the places by their text.
    pub(crate) fn places(&self) -> BTreeMap<String, PolicyResource> {
        let scopes = self.account.iter().chain(self.zones.keys());
        let places = scopes.filter_map(|scope| {
            Some((self.place(scope)?.to_string(), PolicyResource::from(scope.clone())))
        });
        places.collect()
    }

    /// Returns the scopes of the zones with this name.
    pub(crate) fn zones_named(&self, name: &str) -> Vec<&PolicyScope> {
        let name = name.to_lowercase();
        self.zones.iter().filter(|(_, zone)| **zone == name).map(|(scope, _)| scope).collect()
    }

    /// Returns the scope of a zone in a file.
    pub(crate) fn zone_scope(
        &self,
        name: &LocatedText,
        diagnostics: &mut DiagnosticCollector,
    ) -> Option<PolicyScope> {
        let LocatedText { text, at } = name;
        match self.zones_named(text).as_slice() {
            [scope] => return Some((*scope).clone()),
            [] => {
                let suggestion = Suggestions::of(self.zones.values()).did_you_mean(text);
                let none = "no zone of the account can be read; a token needs Zone Read".to_owned();
                let help = if self.zones.is_empty() { Some(none) } else { suggestion };
                diagnostics.add(*at, format!("there is no zone {text:?}"), help);
            }
            _ => {
                let help = Some("write the scope".to_owned());
                diagnostics.add(*at, format!("{text:?} names more than one zone"), help);
            }
        }
        None
    }
}
