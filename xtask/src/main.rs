//! The tools of the spec: `cargo xtask spec diff`, `spec upstream` and `spec check`.

use std::{io::Write as _, process::ExitCode};

use clap::{Args, Parser, Subcommand};

use crate::{
    document::{Document, ROOT, Unusable},
    report::{DiffReport, Format},
    upstream::{DEVIATIONS, UpstreamReport},
};

mod annotations;
mod change;
mod check;
mod compare;
mod diff;
mod document;
mod edit;
#[path = "../../spec/json_schema.rs"]
mod json_schema;
mod normal;
mod operations;
mod report;
#[path = "../../spec/rules.rs"]
mod rules;
mod upstream;

#[cfg(test)]
mod tests;

/// Tools of this repository
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Compare and check OpenAPI documents
    #[command(subcommand)]
    Spec(SpecCommand),
}

#[derive(Debug, Subcommand)]
enum SpecCommand {
    /// Show what changed between two documents, and what it breaks
    ///
    /// A document is a file, `-` for standard input, or a git revision, which means its
    /// spec/openapi.yaml. Exit status: 0 not breaking, 1 breaking or unknown, 2 unusable input.
    Diff(DiffArgs),
    /// Show where the spec and the published document have drifted apart
    ///
    /// Differences listed in spec/deviations.yaml are accepted. Exit status: 0 no drift, 1 drift,
    /// 2 unusable input.
    Upstream(UpstreamArgs),
    /// Check that the spec is well-formed, and that generated/ is current
    ///
    /// Exit status: 0 ok, 1 problems, 2 unusable input.
    Check(CheckArgs),
}

#[derive(Args, Debug)]
struct DiffArgs {
    /// The old document
    #[arg(default_value = "HEAD")]
    old: String,
    /// The new document [default: the spec in the working tree]
    new: Option<String>,
    /// Compare only the operations on the paths of this document
    #[arg(long, value_name = "FILE")]
    paths: Option<String>,
    /// Format of the report
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Args, Debug)]
struct UpstreamArgs {
    /// The published document: YAML, JSON, or a script that holds it as base64 of gzip; `-` for
    /// standard input
    file: String,
    /// Format of the report; markdown is the body of a pull request
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// The spec [default: spec/openapi.yaml]
    #[arg(long, value_name = "FILE")]
    spec: Option<String>,
    /// The accepted deviations [default: spec/deviations.yaml]
    #[arg(long, value_name = "FILE")]
    deviations: Option<String>,
}

#[derive(Args, Debug)]
struct CheckArgs {
    /// Check this document, without looking at generated/ [default: spec/openapi.yaml]
    #[arg(long, value_name = "FILE")]
    spec: Option<String>,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let (output, status) = match run(cli) {
        Ok((output, is_ok)) => (output, u8::from(!is_ok)),
        Err(why) => {
            let _ = writeln!(std::io::stderr(), "error: {why}");
            return ExitCode::from(2);
        }
    };
    // A reader that closed the pipe, such as `head`, needs no error.
    let _ = std::io::stdout().write_all(output.as_bytes());
    ExitCode::from(status)
}

/// The report, and whether the exit status is 0.
fn run(cli: Cli) -> Result<(String, bool), Unusable> {
    let Task::Spec(command) = cli.task;
    match command {
        SpecCommand::Diff(args) => run_diff(&args),
        SpecCommand::Upstream(args) => run_upstream(&args),
        SpecCommand::Check(args) => check::run(args.spec.as_deref()),
    }
}

fn run_diff(args: &DiffArgs) -> Result<(String, bool), Unusable> {
    let old = Document::from_file_or_revision(&args.old)?;
    let new = match &args.new {
        Some(new) => Document::from_file_or_revision(new)?,
        None => Document::from_working_tree()?,
    };
    let only = args.paths.as_deref().map(Document::from_file).transpose()?;
    let report = DiffReport::new(&old, &new, only.as_ref())?;
    Ok((report.write(args.format), !report.breaking))
}

fn run_upstream(args: &UpstreamArgs) -> Result<(String, bool), Unusable> {
    let (name, path) = match &args.spec {
        Some(path) => (path.clone(), path.clone()),
        None => (document::SPEC.to_owned(), format!("{ROOT}/{}", document::SPEC)),
    };
    let text = document::read_text(&path)?;
    let ours = Document::parse(&name, &text)?;
    let deviations = args.deviations.clone().unwrap_or_else(|| format!("{ROOT}/{DEVIATIONS}"));
    let deviations = upstream::read_deviations(&deviations)?;
    let theirs = Document::from_file(&args.file)?;
    let report = UpstreamReport::new(&ours, &text, &theirs, deviations)?;
    Ok((report.write(args.format), !report.drift))
}
