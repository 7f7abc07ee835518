//! Plans as Markdown, for the comment of a pull request.

use std::fmt::Write as _;
use std::io;

use cf_groups_engine::{Plan, PowerfulPermissions, RemovalLimit, RemovalLimitExceeded, Risk};
use serde_json::{Value, json};

use super::markdown::{code, diff_block};
use super::plan_view::{self, Part, Tense};

/// The size limit of a comment, in characters. Bytes are counted, of which there are never fewer.
const COMMENT: usize = 65_536;
/// Room for the note that groups are left out, and for what a workflow adds.
const RESERVE: usize = 1_024;
/// The room for groups in a comment.
pub(crate) const ROOM: usize = COMMENT - RESERVE;
/// How many warnings are shown.
const WARNINGS: usize = 20;

/// A plan, or a comparison, with what a reviewer must see first.
pub(crate) struct Review<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) tense: Tense,
    pub(crate) risks: Vec<Risk>,
    /// Why `apply` will refuse the plan.
    pub(crate) refusal: Option<RemovalLimitExceeded>,
}

impl<'a> Review<'a> {
    pub(crate) fn of(plan: &'a Plan, limit: &RemovalLimit, powerful: &PowerfulPermissions) -> Self {
        let (risks, refusal) = (plan.risks(limit, powerful), limit.check(plan).err());
        Self { plan, tense: Tense::Plan, risks, refusal }
    }

    /// Returns the document for programs.
    pub(crate) fn document(&self) -> Value {
        let mut document = plan_view::document(self.plan, self.refusal.as_ref());
        document["risks"] = json!(self.risks);
        document
    }

    /// Returns the text: risks and warnings, then one section a group, those with risks first.
    /// `no_changes` is what there is to say if there are none.
    pub(crate) fn text(&self, no_changes: &str) -> io::Result<String> {
        self.text_within(no_changes, ROOM)
    }

    /// Like [`text`](Self::text), with room for this many bytes in place of that of a comment.
    pub(crate) fn text_within(&self, no_changes: &str, room: usize) -> io::Result<String> {
        let Self { plan, tense, risks, refusal } = self;
        let mut text = match plan.is_empty() {
            true => format!("### {no_changes}\n"),
            false => format!("### {}\n", tense.summary(plan)),
        };
        if let Some(refusal) = refusal {
            text.push_str(&format!(
                "\n🛑 `apply` will refuse this plan: {}\n",
                code(&refusal.to_string())
            ));
        }
        for warning in plan.warnings.iter().take(WARNINGS) {
            text.push_str(&format!("\n⚠️ {}\n", code(&warning.to_string())));
        }
        if let Some(more @ 1..) = plan.warnings.len().checked_sub(WARNINGS) {
            text.push_str(&format!("\n⚠️ {more} more warnings\n"));
        }
        let mut parts = Part::all(plan);
        parts.sort_by_key(|part| !risks.iter().any(|risk| risk.group == part.name()));
        for (shown, part) in parts.iter().enumerate() {
            let room = room.saturating_sub(text.len());
            let (section, complete) = self.section(part, room)?;
            text.push_str(&section);
            if !complete {
                let hidden = parts.len() - shown;
                text.push_str(&format!(
                    "\n… {hidden} of {} groups are left out, or cut, to fit into a comment.\n",
                    parts.len()
                ));
                break;
            }
        }
        Ok(text)
    }

    /// Returns the section of a group, and whether it is complete: lines are left out for want of
    /// room.
    fn section(&self, part: &Part<'_>, room: usize) -> io::Result<(String, bool)> {
        let (verb, name) = (self.tense.verb(part), code(part.name()));
        let risks = self.risks.iter().filter(|risk| risk.group == part.name());
        let mut head = format!("\n#### {verb} {name}\n");
        for (index, risk) in risks.enumerate() {
            let start = if index == 0 { "\n" } else { "" };
            let subject = risk.subject.as_deref().map(|it| format!(": {}", code(it)));
            let (what, subject) = (risk.kind.description(), subject.unwrap_or_default());
            // Writing to a string cannot fail.
            writeln!(head, "{start}- ⚠️ **{what}**{subject}").ok();
        }
        let lines = plan_view::plain(self.plan, self.tense, part)?;
        // The first line is the heading.
        let lines: Vec<String> =
            lines.lines().skip(1).filter(|it| !it.is_empty()).map(signed).collect();
        let block = |lines: &[String]| match lines {
            [] => String::new(),
            lines => format!("\n{}", diff_block(&lines.concat())),
        };
        let whole = head.clone() + &block(&lines);
        if whole.len() <= room {
            return Ok((whole, true));
        }
        let mut left =
            room.saturating_sub(head.len() + 2 * lines.concat().matches('`').count() + 32);
        let fits = |line: &&String| left.checked_sub(line.len()).map(|rest| left = rest).is_some();
        let count = lines.iter().take_while(fits).count();
        let cut = head + &block(&lines[..count]);
        Ok((if count == 0 || cut.len() > room { String::new() } else { cut }, false))
    }
}

/// Returns a line of a plan with its sign first, as in a diff.
fn signed(line: &str) -> String {
    let line = line.strip_prefix("  ").unwrap_or(line);
    let text = line.trim_start();
    let indent = &line[..line.len() - text.len()];
    match text.split_at_checked(1) {
        Some((sign @ ("+" | "-" | "~"), rest)) => format!("{sign}{indent}{rest}\n"),
        _ => format!("{line}\n"),
    }
}
