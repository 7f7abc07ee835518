//! What the `drift` crate sees between two documents, and what it adds to our own comparison.
//!
//! `drift` walks two documents node by node and reports each node that is not the same. It is the
//! detector: whatever it reports is told, in one of three ways. Where our comparison has a finding at or below
//! the place, that one tells it in better words and with the direction worked in. Where our
//! comparison looked and the normal forms are equal, the place is only written differently. What
//! is left is told in the words and with the class that `drift` gives, and what it cannot class is unknown.

use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};

use drift::{Change, ChangeClass, ChangeComparison, ChangeInfo, ChangePath, JsonPathStack};
use serde_json::{Value, json};

use crate::{
    compare::{Comparison, Side},
    document::Document,
    finding::{Finding, InSchema, Verdict},
    operations::{METHODS, Operation},
    references::{components, reachable},
};

/// Adds what `drift` sees in the operations that both documents have.
pub(crate) fn take(old: &Side<'_>, new: &Side<'_>, comparison: &mut Comparison) {
    for (key, before) in &old.operations {
        let Some(after) = new.operations.get(key) else {
            continue;
        };
        let excerpts = [excerpt(old.document, before), excerpt(new.document, after)];
        if excerpts[0] == excerpts[1] {
            continue;
        }
        let known = comparison.findings.len();
        match run(&excerpts[0], &excerpts[1]) {
            Ok(changes) => {
                let look = Look {
                    document: old.document,
                    before,
                    after,
                    label: before.label(),
                };
                look.add_all(&changes, comparison);
            }
            Err(why) => comparison.findings.push(Finding {
                operation: before.label(),
                place: String::new(),
                schema: None,
                what: format!("the `drift` crate cannot compare this operation: {why}"),
                verdict: Verdict::Unknown,
                documentation: false,
            }),
        }
        let label = before.label();
        let told = comparison.findings[known..]
            .iter()
            .any(|f| f.operation == label)
            || comparison.findings[..known]
                .iter()
                .any(|f| f.operation == label);
        if !told {
            comparison.findings.push(Finding {
                operation: label,
                place: String::new(),
                schema: None,
                what: "is written differently, and means the same".to_owned(),
                verdict: Verdict::Compatible,
                documentation: true,
            });
        }
    }
}

/// A document with this operation alone, and what it refers to. One by one, because `drift` gives up on
/// the first thing it is not made for, and tells only one way to a component that many operations share.
fn excerpt(document: &Document, operation: &Operation<'_>) -> Value {
    let shared = operation
        .item
        .get("parameters")
        .cloned()
        .unwrap_or_else(|| json!([]));
    let nodes = operation
        .node
        .values()
        .chain(operation.item.get("parameters"));
    let references = reachable(document, nodes);
    json!({
        "openapi": document.root.get("openapi"),
        "info": { "title": "", "version": "" },
        "paths": { operation.path: { "parameters": shared, operation.method: operation.node } },
        "components": components(document, &references),
    })
}

/// Runs `drift`, which stops with a panic at what it was not made for yet.
fn run(old: &Value, new: &Value) -> Result<Vec<Change>, String> {
    let hook = take_hook();
    set_hook(Box::new(|_| {}));
    let outcome = catch_unwind(AssertUnwindSafe(|| drift::compare(old, new)));
    set_hook(hook);
    match outcome {
        Ok(Ok(changes)) => Ok(changes),
        Ok(Err(why)) => Err(format!("{why:#}")),
        Err(_) => Err("it stopped at something it is not made for".to_owned()),
    }
}

struct Look<'a> {
    document: &'a Document,
    before: &'a Operation<'a>,
    after: &'a Operation<'a>,
    label: String,
}

impl Look<'_> {
    fn add_all(&self, changes: &[Change], comparison: &mut Comparison) {
        for change in changes {
            for path in &change.paths {
                for info in &change.changes {
                    self.add(path, info, comparison);
                }
            }
        }
    }

    fn add(&self, path: &ChangePath, info: &ChangeInfo, comparison: &mut Comparison) {
        let was = self.place(self.before, &path.old, &info.old_subpath);
        let is = self.place(self.after, &path.new, &info.new_subpath);
        let place = if was.0.is_empty() { is } else { was };
        let trivial = info.class == ChangeClass::Trivial;
        let judged = comparison
            .judged
            .contains(&(self.label.clone(), place.0.clone()));
        let place_words = words(&place);
        let told = comparison.findings.iter().any(|finding| {
            finding.operation == self.label
                && (finding.documentation == trivial)
                && is_at_or_below(&finding.place, &place_words)
        });
        if told {
            return;
        }
        let (what, verdict) = match (info.class, judged) {
            (ChangeClass::Trivial, _) => (
                "documentation or example of the schema changed".to_owned(),
                Verdict::Compatible,
            ),
            (_, true) => (
                "is written differently, and means the same".to_owned(),
                Verdict::Compatible,
            ),
            (class, false) => (
                format!("{} (as `drift` sees it)", info.message),
                verdict(class, path),
            ),
        };
        comparison.findings.push(Finding {
            operation: self.label.clone(),
            place: place_words,
            schema: self.schema(path, info),
            what,
            verdict,
            documentation: trivial || judged,
        });
    }

    /// The named schema, and the place in it.
    fn schema(&self, path: &ChangePath, info: &ChangeInfo) -> Option<InSchema> {
        let name = path
            .old
            .component_base()?
            .strip_prefix("#/components/schemas/")?;
        let steps = info.old_subpath.split('/').map(str::to_owned);
        let steps: Vec<String> = [String::from("schema")].into_iter().chain(steps).collect();
        let (_, at) = self.walk(&steps, None);
        let at = at.trim_start_matches('.').to_owned();
        Some(InSchema {
            name: name.to_owned(),
            at,
        })
    }

    /// Section and path in it, from the pointers that `drift` followed.
    fn place(
        &self,
        operation: &Operation<'_>,
        stack: &JsonPathStack,
        subpath: &str,
    ) -> (String, String) {
        let mut pieces: Vec<&str> = stack.iter().collect();
        pieces.reverse();
        let mut steps: Vec<String> = Vec::new();
        let mut shared = false;
        for piece in pieces {
            let tokens: Vec<String> = piece
                .split('/')
                .skip(1)
                .map(|t| t.replace("~1", "/").replace("~0", "~"))
                .collect();
            let of_path = tokens.first().is_some_and(|first| first == "paths");
            let of_method = tokens
                .get(2)
                .is_some_and(|token| METHODS.contains(&token.as_str()));
            shared |= of_path && !of_method;
            let skip = if of_path && !of_method { 2 } else { 3 };
            steps.extend(
                tokens
                    .into_iter()
                    .skip(skip)
                    .filter(|token| token != "$ref"),
            );
        }
        steps.extend(
            subpath
                .split('/')
                .filter(|s| !s.is_empty())
                .map(str::to_owned),
        );
        let parameters = if shared {
            operation.item
        } else {
            operation.node
        }
        .get("parameters");
        self.walk(&steps, parameters)
    }

    fn walk(&self, steps: &[String], parameters: Option<&Value>) -> (String, String) {
        let (mut section, mut path) = (String::new(), String::new());
        let mut steps = steps.iter().map(String::as_str);
        let mut in_schema = false;
        while let Some(step) = steps.next() {
            match (step, in_schema) {
                ("schema", false) => in_schema = true,
                ("request_body", false) => section = "body".to_owned(),
                ("responses", false) => section = steps.next().unwrap_or_default().to_owned(),
                ("parameters", false) => section = self.parameter(parameters, steps.next()),
                ("content", false) => match steps.next() {
                    Some("application/json") | None => {}
                    Some(media) => section = format!("{section} {media}"),
                },
                ("properties", true) => path += &format!(".{}", steps.next().unwrap_or_default()),
                ("items", true) => path += "[]",
                ("additionalProperties", true) => path += ".*",
                _ => {}
            }
        }
        (section, path)
    }

    fn parameter(&self, parameters: Option<&Value>, index: Option<&str>) -> String {
        let index: Option<usize> = index.and_then(|index| index.parse().ok());
        let node = parameters.and_then(|list| list.get(index?));
        let node = node.and_then(|node| self.document.resolve(node).ok());
        let text = |key: &str| node.and_then(|node| node.get(key)?.as_str()).unwrap_or("?");
        format!("{} {}", text("in"), text("name"))
    }
}

fn words((section, path): &(String, String)) -> String {
    match path.trim_start_matches('.') {
        "" => section.clone(),
        path => format!("{section} · {path}"),
    }
}

fn is_at_or_below(place: &str, above: &str) -> bool {
    let Some(rest) = place.strip_prefix(above) else {
        return false;
    };
    above.is_empty() || rest.is_empty() || rest.starts_with(['.', '[', ' '])
}

fn verdict(class: ChangeClass, path: &ChangePath) -> Verdict {
    match (class, path.comparison) {
        (ChangeClass::Unhandled, _) => Verdict::Unknown,
        (ChangeClass::Trivial | ChangeClass::ForwardIncompatible, _) => Verdict::Compatible,
        (_, ChangeComparison::Output) => Verdict::BreaksReading,
        _ => Verdict::BreaksRequests,
    }
}
