//! Plans as readable text.

use std::collections::BTreeSet;
use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use cf_groups_engine::{Creation, Deletion, Plan, PolicyRule, Update, counted};
use cloudflare_user_groups::MemberId;

use super::escape::visible;

const ADD: Style = AnsiColor::Green.on_default();
const CHANGE: Style = AnsiColor::Yellow.on_default();
const REMOVE: Style = AnsiColor::Red.on_default();
const BOLD: Style = Style::new().bold();

/// Writes the changes of a plan and their summary.
pub(crate) fn write(to: &mut dyn Write, plan: &Plan) -> io::Result<()> {
    if plan.is_empty() {
        return writeln!(to, "No changes. The account matches the group file.");
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
        let Creation { name, policies, members } = creation;
        writeln!(self.to, "{ADD}+ create user group {:?}{ADD:#}", visible(name))?;
        policies.iter().try_for_each(|rule| self.rule('+', ADD, rule))?;
        self.members('+', ADD, members)?;
        writeln!(self.to)
    }

    fn update(&mut self, update: &Update) -> io::Result<()> {
        let Update { id, name, old_name, policies, add, remove, .. } = update;
        let known_as = visible(old_name.as_ref().unwrap_or(name));
        writeln!(self.to, "{CHANGE}~ change user group {known_as:?} ({id}){CHANGE:#}")?;
        if old_name.is_some() {
            writeln!(self.to, "  {CHANGE}~ rename to {:?}{CHANGE:#}", visible(name))?;
        }
        if let Some(change) = policies {
            change.added().try_for_each(|rule| self.rule('+', ADD, rule))?;
            change.removed().try_for_each(|rule| self.rule('-', REMOVE, rule))?;
        }
        self.members('+', ADD, add)?;
        self.members('-', REMOVE, remove)?;
        writeln!(self.to)
    }

    fn deletion(&mut self, deletion: &Deletion) -> io::Result<()> {
        let Deletion { id, name, members, .. } = deletion;
        let count = counted(members.len(), "member");
        let name = visible(name);
        writeln!(self.to, "{REMOVE}- delete user group {name:?} ({id}) of {count}{REMOVE:#}")?;
        self.members('-', REMOVE, members)?;
        writeln!(self.to)
    }

    fn rule(&mut self, sign: char, style: Style, rule: &PolicyRule) -> io::Result<()> {
        let permissions = rule.permission_groups.iter().map(|id| self.name(id.as_str()));
        let resources = rule.resource_groups.iter().map(|it| self.name(&it.to_string()));
        let text = format!("{} {} on {}", rule.access, joined(permissions), joined(resources));
        writeln!(self.to, "  {style}{sign} {text}{style:#}")
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

fn joined(names: impl Iterator<Item = String>) -> String {
    let mut names: Vec<String> = names.collect();
    names.sort();
    names.join(", ")
}
