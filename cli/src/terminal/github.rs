//! Annotations of GitHub Actions: workflow commands that show errors in the files of a pull
//! request.

use std::io;
use std::path::MAIN_SEPARATOR;

use cf_groups_engine::{Diagnostic, Plan, RemovalLimitExceeded};

use super::escape::visible_lines;
use super::plan_view::{self, Tense};

/// Returns the annotation of a diagnostic, at its file, line and column.
pub(crate) fn diagnostic(diagnostic: &Diagnostic) -> String {
    let Diagnostic { file, line, column, problem, help, .. } = diagnostic;
    let help = help.as_ref().map_or_else(String::new, |help| format!("; {help}"));
    let file = property(&file.replace(MAIN_SEPARATOR, "/"));
    let place = format!("file={file},line={line},col={column}");
    format!("::error {place}::{}\n", message(&format!("{problem}{help}")))
}

/// Returns the annotation of an error without a place.
pub(crate) fn error(text: &str) -> String {
    format!("::error::{}\n", message(text))
}

fn warning(text: &str) -> String {
    format!("::warning::{}\n", message(text))
}

/// Returns the annotations of a plan: its warnings, and why `apply` will refuse it. `of` says which
/// plan.
pub(crate) fn plan(of: &str, plan: &Plan, refusal: Option<&RemovalLimitExceeded>) -> String {
    let warnings = plan.warnings.iter().map(ToString::to_string);
    let refused = refusal.iter().map(|it| format!("apply will refuse this plan: {it}"));
    warnings.chain(refused).map(|it| warning(&format!("{of}{it}"))).collect()
}

/// Returns the changes of a plan. A command of the older form, `##[error]`, can begin anywhere in a
/// line, so no name in them has its beginning.
pub(crate) fn changes(plan: &Plan) -> io::Result<String> {
    let mut text = Vec::new();
    plan_view::write_changes(&mut text, plan, Tense::Plan)?;
    let text = String::from_utf8(text).map_err(io::Error::other)?;
    Ok(text.replace("##[", "#\\u{23}["))
}

fn message(text: &str) -> String {
    visible_lines(text).replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    message(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_ends_an_annotation_or_begins_another() {
        let text = "100%\n::error::x\r\u{1b}[31m";
        assert_eq!(error(text), "::error::100%25%0A::error::x\\u{d}\\u{1b}[31m\n");
        assert_eq!(property("a,b:c%2C.yaml"), "a%2Cb%3Ac%252C.yaml");
    }
}
