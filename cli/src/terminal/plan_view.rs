//! Plans as readable text.

use std::collections::BTreeSet;
use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use cf_groups_engine::{
    Creation, Deletion, NewResourceGroup, Plan, PolicyChange, PolicyResource, PolicyRule,
    RemovalLimitExceeded, Summary, Update, counted,
};
use cloudflare_user_groups::{MemberId, UserGroupId};
use serde_json::{Value, json};

use super::escape::{quoted, visible};
use super::message;
use super::tables::policy_sentence;

const ADD: Style = AnsiColor::Green.on_default();
const CHANGE: Style = AnsiColor::Yellow.on_default();
const REMOVE: Style = AnsiColor::Red.on_default();
const BOLD: Style = Style::new().bold();

/// Writes the changes of a plan and their summary. Warnings go to standard error.
pub(crate) fn write(to: &mut dyn Write, plan: &Plan) -> io::Result<()> {
    write_as(to, plan, Tense::Plan)
}

/// Like [`write()`], also for the changes between two snapshots.
pub(crate) fn write_as(to: &mut dyn Write, plan: &Plan, tense: Tense) -> io::Result<()> {
    for warning in &plan.warnings {
        message::warning(&warning.to_string());
    }
    write_changes(to, plan, tense)
}

/// Writes the changes of a plan without its warnings.
pub(crate) fn write_changes(to: &mut dyn Write, plan: &Plan, tense: Tense) -> io::Result<()> {
    if plan.is_empty() {
        return Ok(());
    }
    let mut view = View { to, plan, tense };
    Part::all(plan).iter().try_for_each(|part| view.part(part))?;
    writeln!(to, "{BOLD}{}{BOLD:#}", tense.summary(plan))
}

/// Returns a plan for programs, with its summary and the reason why `apply` would refuse it.
pub(crate) fn document(plan: &Plan, refusal: Option<&RemovalLimitExceeded>) -> Value {
    let mut document = json!(plan);
    document["summary"] = json!(plan.summary());
    document["refused"] = json!(refusal.map(ToString::to_string));
    document
}

/// Returns the changes of a group without colors.
pub(crate) fn plain(plan: &Plan, tense: Tense, part: &Part<'_>) -> io::Result<String> {
    let mut text = anstream::StripStream::new(Vec::new());
    View { to: &mut text, plan, tense }.part(part)?;
    String::from_utf8(text.into_inner()).map_err(io::Error::other)
}

/// A resource group to create, or the changes of one group.
pub(crate) enum Part<'a> {
    ResourceGroup(&'a NewResourceGroup),
    Creation(&'a Creation),
    Update(&'a Update),
    Deletion(&'a Deletion),
}

impl<'a> Part<'a> {
    pub(crate) fn all(plan: &'a Plan) -> Vec<Self> {
        let parts = plan.resource_groups.iter().map(Self::ResourceGroup);
        let parts = parts.chain(plan.creations.iter().map(Self::Creation));
        let parts = parts.chain(plan.updates.iter().map(Self::Update));
        parts.chain(plan.deletions.iter().map(Self::Deletion)).collect()
    }

    pub(crate) fn name(&self) -> &'a str {
        match self {
            Self::ResourceGroup(NewResourceGroup { name, .. })
            | Self::Creation(Creation { name, .. })
            | Self::Update(Update { name, .. })
            | Self::Deletion(Deletion { name, .. }) => name,
        }
    }
}

/// Whether changes will be made, or were made between two snapshots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tense {
    Plan,
    Past,
}

impl Tense {
    pub(crate) fn verb(self, part: &Part<'_>) -> &'static str {
        match (self, part) {
            (_, Part::ResourceGroup(_)) => "create resource group",
            (Self::Plan, Part::Creation(_)) => "create",
            (Self::Plan, Part::Update(_)) => "change",
            (Self::Plan, Part::Deletion(_)) => "delete",
            (Self::Past, Part::Creation(_)) => "created",
            (Self::Past, Part::Update(_)) => "changed",
            (Self::Past, Part::Deletion(_)) => "deleted",
        }
    }

    pub(crate) fn summary(self, plan: &Plan) -> String {
        let summary = plan.summary();
        let Summary { create, change, delete, add_members, remove_members } = summary;
        match self {
            Self::Plan => summary.to_string(),
            Self::Past => format!(
                "Groups: {create} created, {change} changed, {delete} deleted; members: \
                 {add_members} added, {remove_members} removed."
            ),
        }
    }
}

/// The name of a group with its ID. A group of a file without IDs has its name in place of one.
fn named(name: &str, id: &UserGroupId) -> String {
    if id.as_str() == name { quoted(name) } else { format!("{} ({id})", quoted(name)) }
}

struct View<'a> {
    to: &'a mut dyn Write,
    plan: &'a Plan,
    tense: Tense,
}

impl View<'_> {
    fn part(&mut self, part: &Part<'_>) -> io::Result<()> {
        let verb = self.tense.verb(part);
        match part {
            Part::ResourceGroup(NewResourceGroup { name, scope }) => {
                writeln!(self.to, "{ADD}+ {verb} {}{ADD:#}", quoted(name))?;
                writeln!(self.to, "  {ADD}+ {}{ADD:#}\n", visible(&scope.to_string()))
            }
            Part::Creation(creation) => self.creation(verb, creation),
            Part::Update(update) => self.update(verb, update),
            Part::Deletion(deletion) => self.deletion(verb, deletion),
        }
    }

    fn creation(&mut self, verb: &str, creation: &Creation) -> io::Result<()> {
        let Creation { name, policies, members, .. } = creation;
        writeln!(self.to, "{ADD}+ {verb} user group {}{ADD:#}", quoted(name))?;
        policies.iter().try_for_each(|rule| self.rule('+', ADD, rule))?;
        self.members('+', ADD, members)?;
        writeln!(self.to)
    }

    fn update(&mut self, verb: &str, update: &Update) -> io::Result<()> {
        let Update { id, name, old_name, policies, add, remove, .. } = update;
        let current = named(old_name.as_ref().unwrap_or(name), id);
        writeln!(self.to, "{CHANGE}~ {verb} user group {current}{CHANGE:#}")?;
        if old_name.is_some() {
            let verb = if self.tense == Tense::Past { "renamed" } else { "rename" };
            writeln!(self.to, "  {CHANGE}~ {verb} to {}{CHANGE:#}", quoted(name))?;
        }
        if let Some(change) = policies {
            self.policies(change)?;
        }
        self.members('+', ADD, add)?;
        self.members('-', REMOVE, remove)?;
        writeln!(self.to)
    }

    fn deletion(&mut self, verb: &str, deletion: &Deletion) -> io::Result<()> {
        let Deletion { id, name, members, .. } = deletion;
        let (name, count) = (named(name, id), counted(members.len(), "member"));
        writeln!(self.to, "{REMOVE}- {verb} user group {name} of {count}{REMOVE:#}")?;
        deletion.policies.iter().try_for_each(|rule| self.rule('-', REMOVE, rule))?;
        self.members('-', REMOVE, members)?;
        writeln!(self.to)
    }

    /// Shows a policy that changes its permissions alone, or its resources alone, by the
    /// difference.
    fn policies(&mut self, change: &PolicyChange) -> io::Result<()> {
        let mut removed: Vec<&PolicyRule> = change.removed().collect();
        for new in change.added() {
            let similar = removed.iter().position(|old| old.is_similar(new));
            match similar {
                Some(index) => self.rule_change(removed.swap_remove(index), new)?,
                None => self.rule('+', ADD, new)?,
            }
        }
        removed.into_iter().try_for_each(|rule| self.rule('-', REMOVE, rule))
    }

    fn rule_change(&mut self, old: &PolicyRule, new: &PolicyRule) -> io::Result<()> {
        writeln!(self.to, "  {CHANGE}~ {}{CHANGE:#}", self.sentence(old))?;
        let items = |rule: &PolicyRule| -> BTreeSet<String> {
            let permissions = rule.permission_groups.iter().map(|id| self.name(id.as_str()));
            permissions.chain(rule.resource_groups.iter().map(|it| self.resource(it))).collect()
        };
        let (old, new) = (items(old), items(new));
        for item in new.difference(&old) {
            writeln!(self.to, "    {ADD}+ {item}{ADD:#}")?;
        }
        for item in old.difference(&new) {
            writeln!(self.to, "    {REMOVE}- {item}{REMOVE:#}")?;
        }
        Ok(())
    }

    fn rule(&mut self, sign: char, style: Style, rule: &PolicyRule) -> io::Result<()> {
        writeln!(self.to, "  {style}{sign} {}{style:#}", self.sentence(rule))
    }

    fn sentence(&self, rule: &PolicyRule) -> String {
        let permissions = rule.permission_groups.iter().map(|id| self.name(id.as_str()));
        let resources = rule.resource_groups.iter().map(|resource| self.resource(resource));
        policy_sentence(rule.access.as_str(), permissions.collect(), resources.collect())
    }

    fn resource(&self, resource: &PolicyResource) -> String {
        self.name(&resource.to_string())
    }

    fn members(
        &mut self,
        sign: char,
        style: Style,
        members: &BTreeSet<MemberId>,
    ) -> io::Result<()> {
        let mut names: Vec<String> = members.iter().map(|id| self.name(id.as_str())).collect();
        names.sort();
        names.iter().try_for_each(|name| writeln!(self.to, "  {style}{sign} {name}{style:#}"))
    }

    /// The name of an ID, with its status unless accepted.
    fn name(&self, id: &str) -> String {
        match self.plan.label(id) {
            Some(label) => match label.status.as_deref().filter(|status| *status != "accepted") {
                Some(status) => format!("{} ({})", visible(&label.name), visible(status)),
                None => visible(&label.name),
            },
            None => visible(id),
        }
    }
}
