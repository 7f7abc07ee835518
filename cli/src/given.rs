//! Members and policies given as arguments or on standard input.

use std::io::{self, IsTerminal};

use cf_groups_engine::{Engine, Plan, PolicyText, decode_text};

use crate::context::Context;
use crate::exit::{CommandError, Result};
use crate::terminal::input::read_stdin;

/// Policies: one that allows and one that denies. For more, use a group file and `apply`.
#[derive(clap::Args)]
pub(crate) struct Policies {
    /// Allow this permission group (name or ID; can be repeated)
    #[arg(long, value_name = "PERMISSIONS", requires = "on")]
    allow: Vec<String>,
    /// Deny this permission group (name or ID; can be repeated)
    #[arg(long, value_name = "PERMISSIONS", requires = "on")]
    deny: Vec<String>,
    /// On `account`, a zone (zone:example.com), a resource group (name or ID), or a scope (can be
    /// repeated)
    ///
    /// A scope is written as `cf-groups lookup resource-groups` shows it: "KEY: OBJECT, OBJECT".
    #[arg(long, value_name = "RESOURCES")]
    on: Vec<String>,
    /// Create a resource group for each scope of a policy that no resource group has; needed if the
    /// API refuses policies that write a scope inline
    #[arg(long, requires = "on")]
    create_resource_groups: bool,
}

impl Policies {
    /// Returns the policies; empty if none is given.
    pub(crate) fn texts(&self) -> Result<Vec<PolicyText>> {
        let policies = [("allow", &self.allow), ("deny", &self.deny)].into_iter();
        let given = policies.filter(|(_, permissions)| !permissions.is_empty());
        let texts: Vec<_> = given
            .map(|(access, permissions)| PolicyText {
                access,
                permission_groups: permissions.clone(),
                resource_groups: self.on.clone(),
            })
            .collect();
        if texts.is_empty() && !self.on.is_empty() {
            return Err(CommandError::usage("--on requires --allow or --deny"));
        }
        Ok(texts)
    }

    /// Adds the resource groups to a plan for the policies, if they must be created.
    pub(crate) async fn plan_resource_groups(
        &self,
        context: &Context,
        engine: &Engine,
        plan: &mut Plan,
    ) -> Result<()> {
        if self.create_resource_groups {
            context.wait(engine.plan_resource_groups(plan)).await?;
        }
        Ok(())
    }
}

/// Returns the members given as arguments. Without arguments, or with `-`, reads one per line from
/// standard input, or the columns `email` and `id` of a CSV file.
pub(crate) async fn members(arguments: &[String]) -> Result<Vec<String>> {
    let from_input = match arguments {
        [] => true,
        [only] => only == "-",
        _ => false,
    };
    if !from_input {
        return arguments.iter().map(|argument| address(argument)).collect();
    }
    if arguments.is_empty() && io::stdin().is_terminal() {
        return Err(CommandError::usage(
            "no members given; pass email addresses or IDs, or one per line on standard input",
        ));
    }
    let bytes = read_stdin().await;
    let bytes = bytes
        .map_err(|error| CommandError::failed(format!("cannot read standard input: {error}")))?;
    let text = decode_text(&bytes)
        .map_err(|problem| CommandError::failed(format!("standard input: {problem}")))?;
    parse(&text)
}

fn parse(text: &str) -> Result<Vec<String>> {
    let first = text.lines().next().unwrap_or_default().to_lowercase();
    if first.split(',').any(|column| ["email", "id"].contains(&column.trim().trim_matches('"'))) {
        return parse_csv(text);
    }
    let lines = text.lines().map(|line| line.split('#').next().unwrap_or_default().trim());
    lines.filter(|line| !line.is_empty()).map(address).collect()
}

/// Reads the addresses of a CSV file, and the IDs where there is no address.
fn parse_csv(text: &str) -> Result<Vec<String>> {
    let invalid = |error| CommandError::failed(format!("standard input is invalid CSV: {error}"));
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
    let header = reader.headers().map_err(invalid)?.clone();
    let columns = ["email", "id"]
        .map(|name| header.iter().position(|column| column.eq_ignore_ascii_case(name)));
    let mut members = Vec::new();
    for record in reader.records() {
        let record = record.map_err(invalid)?;
        let values = columns.iter().flatten().filter_map(|index| record.get(*index));
        match values.into_iter().find(|value| !value.is_empty()) {
            Some(value) => members.push(address(value)?),
            None => return Err(CommandError::failed("a line of the CSV has neither email nor id")),
        }
    }
    Ok(members)
}

/// Returns the address of `Name <address>` or of an address in quotes.
pub(crate) fn address(text: &str) -> Result<String> {
    let text = text.trim();
    let address = match text.rsplit_once('<') {
        Some((_, rest)) if rest.ends_with('>') => rest.trim_end_matches('>'),
        _ => text,
    };
    let address = address.trim_matches(['"', '\'']).trim();
    if address.contains([',', ';', '<', '>']) || address.contains(char::is_whitespace) {
        return Err(CommandError::usage(format!(
            "{text:?} is not one email address or ID; give one per line, or CSV with a column `email`"
        )));
    }
    Ok(address.to_owned())
}
