//! The tools of the spec: `cargo xtask spec diff`, `spec upstream` and `spec check`.

use std::{io::Write as _, process::ExitCode};

use lexopt::{Arg, Parser, ValueExt as _};

use crate::{
    document::{Document, ROOT, Unusable},
    report::{Bump, DiffReport, Format, group},
    upstream::{DEVIATIONS, UpstreamReport},
};

mod check;
mod compare;
mod diff;
mod document;
mod finding;
mod normal;
mod operations;
mod references;
mod report;
mod second_look;
mod upstream;

const HELP: &str = "\
The tools of the spec.

  cargo xtask spec diff [OLD [NEW]] [--format text|json|markdown]
      What changed between two documents, and what it breaks. OLD and NEW are
      files, `-` for standard input, or git revisions, which stand for their
      spec/openapi.yaml. OLD is HEAD and NEW the working tree if not given.
      Exit status: 0 not breaking, 1 breaking or unknown, 2 unusable input.

  cargo xtask spec upstream FILE [--format text|json|markdown]
                            [--spec FILE] [--deviations FILE]
      Where the spec and Cloudflare's published document differ in what may go
      over the wire. FILE is that document, JSON or YAML, or `-` for standard
      input. What spec/deviations.yaml lists is accepted.
      Exit status: 0 nothing new, 1 drift, 2 unusable input.

  cargo xtask spec check [--spec FILE]
      Whether the spec is well-formed, and the bindings are current.
      Exit status: 0 all is well, 1 something is wrong, 2 unusable input.
";

/// What the command line asks for.
#[derive(Default)]
struct Arguments {
    words: Vec<String>,
    format: Option<Format>,
    spec: Option<String>,
    deviations: Option<String>,
    help: bool,
}

fn main() -> ExitCode {
    let outcome = arguments().map_err(|why| Unusable(format!("{why}\n\n{HELP}"))).and_then(run);
    let (output, status) = match outcome {
        Ok((output, all_is_well)) => (output, u8::from(!all_is_well)),
        Err(why) => {
            let _ = writeln!(std::io::stderr(), "error: {why}");
            return ExitCode::from(2);
        }
    };
    // A reader that has gone away, such as `head`, has seen what it wanted.
    let _ = std::io::stdout().write_all(output.as_bytes());
    ExitCode::from(status)
}

fn arguments() -> Result<Arguments, lexopt::Error> {
    let mut arguments = Arguments::default();
    let mut parser = Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Long("format") => {
                arguments.format = Some(match parser.value()?.string()?.as_str() {
                    "text" => Format::Text,
                    "json" => Format::Json,
                    "markdown" => Format::Markdown,
                    other => return Err(format!("`{other}` is not a format").into()),
                })
            }
            Arg::Long("spec") => arguments.spec = Some(parser.value()?.string()?),
            Arg::Long("deviations") => arguments.deviations = Some(parser.value()?.string()?),
            Arg::Long("help") | Arg::Short('h') => arguments.help = true,
            Arg::Value(word) => arguments.words.push(word.string()?),
            other => return Err(other.unexpected()),
        }
    }
    Ok(arguments)
}

/// What to print, and whether all is well.
fn run(arguments: Arguments) -> Result<(String, bool), Unusable> {
    let words: Vec<&str> = arguments.words.iter().map(String::as_str).collect();
    let Arguments { format, spec, deviations, .. } = &arguments;
    let format = *format;
    match (words.as_slice(), format, spec.as_deref(), deviations.as_deref()) {
        _ if arguments.help => Ok((HELP.to_owned(), true)),
        (["spec", "diff"], _, None, None) => run_diff("HEAD", None, format),
        (["spec", "diff", old], _, None, None) => run_diff(old, None, format),
        (["spec", "diff", old, new], _, None, None) => run_diff(old, Some(new), format),
        (["spec", "upstream", file], _, spec, deviations) => {
            run_upstream(file, spec, deviations, format)
        }
        (["spec", "check"], None, spec, None) => check::run(spec),
        _ => Err(Unusable(format!("these arguments do not go together\n\n{HELP}"))),
    }
}

fn run_diff(
    old: &str,
    new: Option<&str>,
    format: Option<Format>,
) -> Result<(String, bool), Unusable> {
    let old = Document::from_file_or_revision(old)?;
    let new = match new {
        Some(new) => Document::from_file_or_revision(new)?,
        None => Document::from_working_tree()?,
    };
    let changes = group(&diff::diff(&old, &new)?);
    let breaking = changes.iter().any(|change| change.verdict.is_breaking());
    let report = DiffReport {
        bump: Bump::of(&changes, diff::version(&old)),
        old: old.name,
        new: new.name,
        breaking,
        changes,
    };
    Ok((report.write(format.unwrap_or_default()), !breaking))
}

fn run_upstream(
    file: &str,
    spec: Option<&str>,
    deviations: Option<&str>,
    format: Option<Format>,
) -> Result<(String, bool), Unusable> {
    let ours = match spec {
        Some(spec) => Document::from_file(spec)?,
        None => Document::from_working_tree()?,
    };
    let path = deviations.map_or_else(|| format!("{ROOT}/{DEVIATIONS}"), str::to_owned);
    let deviations = upstream::read_deviations(&path)?;
    let theirs = Document::from_file(file)?;
    let report = UpstreamReport::new(&ours, &theirs, deviations)?;
    Ok((report.write(format.unwrap_or_default()), !report.drift))
}
