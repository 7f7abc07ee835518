//! The public API of the wrapper: a committed listing, and what holds of it.
//!
//! The test that compares the listing, `tests/fixtures/public-api.txt`, is ignored by default because
//! it documents the whole crate first; `.ci/run` runs it. To accept another listing, run the test with
//! `UPDATE_EXPECTED=1` and look at what git shows.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Command;

const CRATE: &str = "cloudflare_user_groups";
const LISTING: &str = include_str!("fixtures/public-api.txt");
/// Crates whose types may stand in the wrapper's signatures.
const ALLOWED: [&str; 7] =
    ["bytes", "futures_core", "http", "http_body", "serde_core", "tower_service", "url"];
const STANDARD: [&str; 3] = ["alloc", "core", "std"];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// What rustdoc knows of the wrapper. The format is not stable, but one that a given compiler writes
/// and a given version of `public-api` reads.
fn documented() -> PathBuf {
    let target = root().join("target/api");
    let status = Command::new(env!("CARGO"))
        .args(["rustdoc", "--package", "cloudflare-user-groups", "--lib", "--locked"])
        .args(["--features", "blocking,mock", "--target-dir"])
        .arg(&target)
        .args(["--", "-Z", "unstable-options", "--output-format", "json", "--cap-lints", "allow"])
        .env("RUSTC_BOOTSTRAP", "1")
        .current_dir(root())
        .status();
    assert!(status.unwrap().success(), "rustdoc failed");
    target.join("doc").join(format!("{CRATE}.json"))
}

/// The crates that are named in a line.
fn crates(line: &str) -> impl Iterator<Item = &str> {
    let boundary = |c: char| !(c.is_alphanumeric() || c == '_' || c == ':');
    let paths = line.split(boundary).filter_map(|path| path.split_once("::"));
    paths
        .map(|(first, _)| first)
        .filter(|first| !first.is_empty() && first.starts_with(char::is_lowercase))
}

#[test]
#[ignore = "documents the whole crate; run by .ci/run"]
fn public_api_is_as_listed() {
    let api = public_api::Builder::from_rustdoc_json(documented())
        .omit_blanket_impls(true)
        .omit_auto_trait_impls(true)
        .build()
        .expect("a version of public-api that reads what this compiler writes");
    let raw = format!("{CRATE}::raw");
    let lines: Vec<String> = api.items().map(ToString::to_string).collect();
    let stable = || {
        // What is generated for a type of the standard library counts as generated.
        let is_raw = |line: &&String| {
            let named = line.split([' ', '(', '<']).find(|word| word.starts_with(CRATE));
            let implemented = line.starts_with("impl") || line.contains(" fn core::");
            named.is_some_and(|path| path.starts_with(&raw)) || implemented && line.contains(&raw)
        };
        lines.iter().filter(move |line| !is_raw(line))
    };

    let leaks: Vec<_> = stable().filter(|line| line.contains(&raw)).collect();
    assert!(leaks.is_empty(), "generated types outside `raw`: {leaks:#?}");
    let external: BTreeSet<&str> = stable()
        .flat_map(|line| crates(line))
        .filter(|name| *name != CRATE && !STANDARD.contains(name))
        .collect();
    let foreign: Vec<_> = external.iter().filter(|name| !ALLOWED.contains(name)).collect();
    assert!(foreign.is_empty(), "types of other crates in the public API: {foreign:?}");

    let external: Vec<_> = external.into_iter().collect();
    let mut text = format!("external: {}\n", external.join(", "));
    stable().for_each(|line| text.extend([line.as_str(), "\n"]));
    let path = root().join("tests/fixtures/public-api.txt");
    if std::env::var_os("UPDATE_EXPECTED").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let listed = std::fs::read_to_string(&path).unwrap_or_default();
    let (old, new): (BTreeSet<_>, BTreeSet<_>) = (listed.lines().collect(), text.lines().collect());
    let gone: Vec<_> = old.difference(&new).collect();
    let added: Vec<_> = new.difference(&old).collect();
    assert!(gone.is_empty() && added.is_empty(), "gone: {gone:#?}\nadded: {added:#?}");
}

/// Async methods whose counterpart is elsewhere, and the counterpart.
const ELSEWHERE: [(&str, &str); 2] = [
    // A list is an iterator instead of a stream.
    ("ListRequest<Q>::stream(self)", "blocking::Request<ListRequest<Q>>::iter(self)"),
    // Both faces are made of the same builder.
    ("Client::builder()", "blocking::Client::new(ClientBuilder)"),
];

/// A method outside of traits.
struct Method<'a> {
    of: &'a str,
    /// The name, with generics and arguments.
    call: &'a str,
    returned: &'a str,
    is_async: bool,
}

fn methods(listing: &str) -> impl Iterator<Item = Method<'_>> {
    let mut is_trait = false;
    listing.lines().filter_map(move |line| {
        if line.starts_with("impl") {
            is_trait = line.contains(" for ");
        }
        let (prefix, signature) = line.split_once("fn ").filter(|_| !is_trait)?;
        let (head, returned) = signature.split_once(" -> ").unwrap_or((signature, ""));
        let start = head.find('(')?;
        // The generics of the method are between its name and its arguments.
        let generics = head[..start].rfind(">::").map_or(0, |end| end + 3);
        let name = head[generics..start].find('<').map_or(start, |at| generics + at);
        let colons = head[..name].rfind("::")?;
        let (of, call) = (&head[..colons], &head[colons + 2..]);
        Some(Method { of, call, returned, is_async: prefix.contains("async") })
    })
}

/// A type without its parameters.
fn bare(name: &str) -> &str {
    name.split('<').next().unwrap_or_default()
}

/// The types through which requests are sent: those with something to await, and the handles that lead
/// to them.
fn async_types<'a>(listing: &'a str, methods: &[Method<'a>]) -> BTreeSet<&'a str> {
    let awaited = listing.lines().filter_map(|line| line.split_once("IntoFuture for "));
    let mut types: BTreeSet<_> = awaited.map(|(_, name)| bare(name)).collect();
    types.extend(methods.iter().filter(|method| method.is_async).map(|method| bare(method.of)));
    loop {
        let handles = methods.iter().filter(|method| method.call.contains("(&self"));
        let handles = handles.filter(|method| types.contains(bare(method.returned)));
        let handles: Vec<_> = handles.map(|method| bare(method.of)).collect();
        let known = types.len();
        types.extend(handles);
        if types.len() == known {
            return types;
        }
    }
}

/// Async methods without a counterpart in the blocking face.
fn without_counterpart(listing: &str) -> Vec<String> {
    let mut listing = listing.replace(&format!("{CRATE}::"), "");
    let alias = |line: &str| {
        let (name, meaning) = line.strip_prefix("pub type ")?.split_once(" = ListRequest<")?;
        Some((name.to_owned(), format!("ListRequest<{meaning}")))
    };
    for (name, meaning) in listing.lines().filter_map(alias).collect::<Vec<_>>() {
        listing = listing.replace(&name, &meaning);
    }
    let (blocking, others): (Vec<_>, Vec<_>) =
        methods(&listing).partition(|method| method.of.starts_with("blocking::"));
    let types = async_types(&listing, &others);
    let name = |method: &Method<'_>| format!("{}::{}", method.of, method.call);
    let blocking: BTreeSet<_> = blocking.iter().map(name).collect();
    let is_there = |Method { of, call, .. }: &Method<'_>| {
        let elsewhere = ELSEWHERE.iter().find(|(name, _)| *name == format!("{of}::{call}"));
        let names = [format!("blocking::{of}::{call}"), format!("blocking::Request<{of}>::{call}")];
        names.iter().any(|name| blocking.contains(name))
            || elsewhere.is_some_and(|(_, name)| blocking.contains(*name))
    };
    let sending = others.iter().filter(|method| types.contains(bare(method.of)));
    sending.filter(|method| !is_there(method)).map(name).collect()
}

#[test]
fn async_methods_have_blocking_counterparts() {
    assert_eq!(without_counterpart(LISTING), [""; 0]);
}

/// Each method of the blocking face is there for one of the other, so none can go unnoticed.
#[test]
fn missing_blocking_method_is_reported() {
    let is_counterpart = |line: &&str| {
        line.starts_with(&format!("pub fn {CRATE}::blocking::"))
            && !["::fmt(", "::clone(", "::next(", "::send("].iter().any(|own| line.contains(own))
    };
    let counterparts: Vec<_> = LISTING.lines().filter(is_counterpart).collect();
    assert!(counterparts.len() > 40, "{}", counterparts.len());
    for line in counterparts {
        assert_eq!(without_counterpart(&LISTING.replace(line, "")).len(), 1, "{line}");
    }
}

#[test]
fn new_async_method_or_handle_without_counterpart_is_reported() {
    let last = LISTING.lines().last().expect("the listing has lines");
    for (lines, expected) in [
        (
            "impl X::Members\npub fn X::Members::purge(&self) -> X::Request<()>",
            "Members::purge(&self)",
        ),
        (
            "impl X::Client\npub async fn X::Client::ping(&self) -> X::Result<()>",
            "Client::ping(&self)",
        ),
        (
            "impl X::New\npub fn X::New::get<I: Into<u8>>(&self, I) -> X::Request<u8>",
            "New::get<I: Into<u8>>(&self, I)",
        ),
    ] {
        let lines = lines.replace("X::", &format!("{CRATE}::"));
        let listing = LISTING.replace(last, &format!("{lines}\n{last}"));
        assert_eq!(without_counterpart(&listing), [expected]);
    }
}
