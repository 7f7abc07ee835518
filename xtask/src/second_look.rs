//! What the `drift` crate sees between two documents, and what it adds to our own comparison.
//!
//! `drift` walks two documents node by node and reports each node that is not the same. It is the
//! detector: whatever it reports is told, in one of three ways. Where our comparison has a finding
//! at or below the place, that one tells it in better words and with the direction worked in. Where
//! our comparison looked and the normal forms are equal, the place is only written differently.
//! What is left is told in the words and with the class that `drift` gives, and what it cannot
//! class is unknown.

use std::{
    panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook},
    sync::{Mutex, PoisonError},
};

use drift::{Change, ChangeClass, ChangeComparison, ChangeInfo, ChangePath, JsonPathStack};
use serde_json::{Value, json};

use crate::{
    compare::{Comparison, Side},
    document::Document,
    finding::{Finding, InSchema, Verdict},
    operations::{METHODS, Operation},
    references::{components, reachable},
};

const REWRITTEN: &str = "is written differently, and means the same";

/// Adds what `drift` sees in the operations that both documents have.
pub(crate) fn take(old: &Side<'_>, new: &Side<'_>, comparison: &mut Comparison) {
    for (key, before) in &old.operations {
        if let Some(after) = new.operations.get(key) {
            let label = before.label();
            Look { old: (old.document, before), new: (new.document, after), label }
                .take(comparison);
        }
    }
}

/// A document with this operation alone, and what it refers to. One by one, because `drift` gives up on
/// the first thing it is not made for, and tells only one way to a component that many operations share.
fn excerpt(document: &Document, operation: &Operation<'_>) -> Value {
    let shared = operation.item.get("parameters").cloned().unwrap_or_else(|| json!([]));
    let nodes = operation.node.values().chain(operation.item.get("parameters"));
    let references = reachable(document, nodes);
    json!({
        "openapi": document.root.get("openapi"),
        "info": { "title": "", "version": "" },
        "paths": { operation.path: { "parameters": shared, operation.method: operation.node } },
        "components": components(document, &references),
    })
}

/// Leaves out the media types that only one side has. Our comparison tells of them, and `drift`
/// gives up where it meets one.
fn align(old: &mut Value, new: &mut Value) {
    let (Some(old), Some(new)) = (old.as_object_mut(), new.as_object_mut()) else {
        return;
    };
    for (key, was) in old.iter_mut() {
        let Some(is) = new.get_mut(key) else {
            continue;
        };
        if key == "content"
            && let (Some(was), Some(is)) = (was.as_object_mut(), is.as_object_mut())
        {
            let has_schema = |media: &Value| media.get("schema").is_some();
            was.retain(|name, media| is.get(name).map(has_schema) == Some(has_schema(media)));
            is.retain(|name, _| was.contains_key(name));
        }
        align(was, is);
    }
}

/// Runs `drift`, which stops with a panic at what it was not made for yet.
fn run(old: &Value, new: &Value) -> Result<Vec<Change>, String> {
    // The hook that would print the panic belongs to the process; two runs must not both swap it.
    static SWAPPED: Mutex<()> = Mutex::new(());
    let _swapped = SWAPPED.lock().unwrap_or_else(PoisonError::into_inner);
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

/// The look at one operation.
struct Look<'a> {
    old: (&'a Document, &'a Operation<'a>),
    new: (&'a Document, &'a Operation<'a>),
    label: String,
}

impl Look<'_> {
    fn take(&self, comparison: &mut Comparison) {
        let mut was = excerpt(self.old.0, self.old.1);
        let mut is = excerpt(self.new.0, self.new.1);
        if was == is {
            return;
        }
        align(&mut was, &mut is);
        match run(&was, &is) {
            Ok(changes) => self.add_all(&changes, comparison),
            Err(why) => {
                let what = format!("the `drift` crate cannot compare this operation: {why}");
                let finding = Finding::new(&self.label, "", &what, Verdict::Unknown);
                comparison.findings.push(finding);
            }
        }
        if !comparison.findings.iter().any(|finding| finding.operation == self.label) {
            let finding = Finding::documentation(&self.label, "", REWRITTEN);
            comparison.findings.push(finding);
        }
    }

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
        let was = place(self.old, &path.old, &info.old_subpath);
        let is = place(self.new, &path.new, &info.new_subpath);
        let place = if was.0.is_empty() { is } else { was };
        let trivial = info.class == ChangeClass::Trivial;
        let at = words(&place);
        let told = comparison.findings.iter().any(|finding| {
            finding.operation == self.label
                && (finding.documentation == trivial && is_at_or_below(&finding.place, &at)
                    || trivial && finding.place == at)
        });
        if told {
            return;
        }
        let judged = comparison.judged.contains(&(self.label.clone(), place.0));
        let (what, verdict, documentation) = told_as(path, info, judged);
        comparison.findings.push(Finding {
            schema: schema(path, info),
            documentation,
            ..Finding::new(&self.label, &at, what, verdict)
        });
    }
}

/// How to tell what only `drift` sees: in which words, with which verdict, and whether it is a matter
/// of documentation.
fn told_as(path: &ChangePath, info: &ChangeInfo, judged: bool) -> (String, Verdict, bool) {
    let class = info.class;
    if class == ChangeClass::Trivial {
        let what = "words, example or default of the schema changed".to_owned();
        return (what, Verdict::Compatible, true);
    }
    // Our normal form takes a type for granted where the other keywords imply it. A reader that
    // goes by the letter does not.
    let to_the_letter = info.message.ends_with(" to any") || info.message.contains(" from any ");
    if judged && to_the_letter {
        let what = "one document declares `type`, and in the other it is only implied".to_owned();
        return (what, Verdict::Unknown, false);
    }
    if judged {
        return (REWRITTEN.to_owned(), Verdict::Compatible, true);
    }
    let what = format!("{} (as `drift` sees it)", info.message);
    (what, verdict(class, path), false)
}

/// The named schema, and the place in it.
fn schema(path: &ChangePath, info: &ChangeInfo) -> Option<InSchema> {
    let name = path.old.component_base()?;
    let name = name.strip_prefix("#/components/schemas/")?.to_owned();
    let steps = info.old_subpath.split('/').map(unescape);
    let at = schema_path(&mut steps.collect::<Vec<_>>().iter().map(String::as_str));
    let at = at.trim_start_matches('.').to_owned();
    Some(InSchema { name, at })
}

/// Section and path in it, from the pointers that `drift` followed.
fn place(
    (document, operation): (&Document, &Operation<'_>),
    stack: &JsonPathStack,
    subpath: &str,
) -> (String, String) {
    let mut pieces: Vec<&str> = stack.iter().collect();
    pieces.reverse();
    let mut steps: Vec<String> = Vec::new();
    let mut shared = false;
    for piece in pieces {
        let tokens: Vec<String> = piece.split('/').skip(1).map(unescape).collect();
        let of_path = tokens.first().is_some_and(|first| first == "paths");
        let of_method = tokens.get(2).is_some_and(|token| METHODS.contains(&token.as_str()));
        shared |= of_path && !of_method;
        // What the rest is relative to: a path item, an operation, or a component.
        let base = if of_path && !of_method { 2 } else { 3 };
        steps.extend(tokens.into_iter().skip(base).filter(|token| token != "$ref"));
    }
    steps.extend(subpath.split('/').filter(|step| !step.is_empty()).map(unescape));
    let holder = if shared { operation.item } else { operation.node };
    let parameters = holder.get("parameters");
    let mut steps = steps.iter().map(String::as_str);
    let mut section = String::new();
    while let Some(step) = steps.next() {
        match step {
            "schema" => return (section, schema_path(&mut steps)),
            "request_body" => section = "body".to_owned(),
            "responses" => section = steps.next().unwrap_or_default().to_owned(),
            "parameters" => section = parameter(document, parameters, steps.next()),
            "content" => match steps.next() {
                Some("application/json") | None => {}
                Some(media) => section = format!("{section} {media}"),
            },
            _ => {}
        }
    }
    (section, String::new())
}

/// The path below the root of a schema; `allOf` and the like are no steps of it.
fn schema_path<'s>(steps: &mut impl Iterator<Item = &'s str>) -> String {
    let mut path = String::new();
    while let Some(step) = steps.next() {
        match step {
            "properties" => path += &format!(".{}", steps.next().unwrap_or_default()),
            "items" => path += "[]",
            "additionalProperties" => path += ".*",
            _ => {}
        }
    }
    path
}

fn unescape(step: &str) -> String {
    step.replace("~1", "/").replace("~0", "~")
}

fn parameter(document: &Document, parameters: Option<&Value>, index: Option<&str>) -> String {
    let index: Option<usize> = index.and_then(|index| index.parse().ok());
    let node = parameters.and_then(|list| list.get(index?));
    let node = node.and_then(|node| document.resolve(node).ok());
    let text = |key: &str| node.and_then(|node| node.get(key)?.as_str()).unwrap_or("?");
    format!("{} {}", text("in"), text("name"))
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
