//! Plans as readable text.

use std::collections::BTreeSet;
use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use cf_groups_engine::{
    Creation, Deletion, Plan, PolicyChange, PolicyResource, PolicyRule, Update, counted,
};
use cloudflare_user_groups::MemberId;

use super::escape::{quoted, visible};
use super::message;
use super::tables::policy_sentence;

const ADD: Style = AnsiColor::Green.on_default();
const CHANGE: Style = AnsiColor::Yellow.on_default();
const REMOVE: Style = AnsiColor::Red.on_default();
const BOLD: Style = Style::new().bold();

/// Writes the changes of a plan and their summary. Warnings go to standard error.
pub(crate) fn write(to: &mut dyn Write, plan: &Plan) -> io::Result<()> {
    for warning in &plan.warnings {
        message::warning(&warning.to_string());
    }
    if plan.is_empty() {
        return Ok(());
    }
    let mut view = View { to, plan };
    plan.creations.iter().try_for_each(|creation| view.creation(creation))?;
    plan.updates.iter().try_for_each(|update| view.update(update))?;
    plan.deletions.iter().try_for_each(|deletion| view.deletion(deletion))?;
    writeln!(to, "{BOLD}{}{BOLD:#}", plan.summary())
}

struct View<'a> {
    to: &'a mut dyn Write,
    plan: &'a Plan,
}

impl View<'_> {
    fn creation(&mut self, creation: &Creation) -> io::Result<()> {
        let Creation { name, policies, members, .. } = creation;
        writeln!(self.to, "{ADD}+ create user group {}{ADD:#}", quoted(name))?;
        policies.iter().try_for_each(|rule| self.rule('+', ADD, rule))?;
        self.members('+', ADD, members)?;
        writeln!(self.to)
    }

    fn update(&mut self, update: &Update) -> io::Result<()> {
        let Update { id, name, old_name, policies, add, remove, .. } = update;
        let current = quoted(old_name.as_ref().unwrap_or(name));
        writeln!(self.to, "{CHANGE}~ change user group {current} ({id}){CHANGE:#}")?;
        if old_name.is_some() {
            writeln!(self.to, "  {CHANGE}~ rename to {}{CHANGE:#}", quoted(name))?;
        }
        if let Some(change) = policies {
            self.policies(change)?;
        }
        self.members('+', ADD, add)?;
        self.members('-', REMOVE, remove)?;
        writeln!(self.to)
    }

    fn deletion(&mut self, deletion: &Deletion) -> io::Result<()> {
        let Deletion { id, name, members, .. } = deletion;
        let (name, count) = (quoted(name), counted(members.len(), "member"));
        writeln!(self.to, "{REMOVE}- delete user group {name} ({id}) of {count}{REMOVE:#}")?;
        deletion.policies.iter().try_for_each(|rule| self.rule('-', REMOVE, rule))?;
        self.members('-', REMOVE, members)?;
        writeln!(self.to)
    }

    /// Shows a policy that changes its permissions alone, or its resources alone, by the difference.
    fn policies(&mut self, change: &PolicyChange) -> io::Result<()> {
        let mut removed: Vec<&PolicyRule> = change.removed().collect();
        for new in change.added() {
            let similar = removed.iter().position(|old| {
                old.access == new.access
                    && (old.resource_groups == new.resource_groups
                        || old.permission_groups == new.permission_groups)
            });
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
        match &resource.id {
            Some(id) => self.name(id.as_str()),
            None => visible(&resource.to_string()),
        }
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
            None => id.to_owned(),
        }
    }
}
