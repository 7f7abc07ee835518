//! The public API of the wrapper: a committed listing, and what holds of it.
//!
//! The test that compares the listing, `tests/fixtures/public-api.txt`, is ignored by default
//! because it documents the whole crate first; `.ci/run` runs it. To accept another listing, run
//! the test with `UPDATE_EXPECTED=1` and look at what git shows.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on has failed")]

use std::collections::{BTreeMap, BTreeSet};
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

/// What rustdoc knows of the wrapper. The format is not stable, but one that a given compiler
/// writes and a given version of `public-api` reads.
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

/// The methods of one mode, async or blocking. All others are written for both.
const OF_ONE_MODE: [&str; 11] = [
    "Client::builder",
    "blocking::Client::new",
    "CreateUserGroup<blocking::Blocking>::send",
    "ListRequest<Q, blocking::Blocking>::all",
    "ListRequest<Q, blocking::Blocking>::iter",
    "ListRequest<Q, blocking::Blocking>::page",
    "ListRequest<Q>::all",
    "ListRequest<Q>::page",
    "ListRequest<Q>::stream",
    "Request<T, blocking::Blocking>::send",
    "UpdateUserGroup<blocking::Blocking>::send",
];

/// The methods of handles and requests that are not there for both modes.
fn of_one_mode(listing: &str) -> BTreeSet<String> {
    let listing = listing.replace(&format!("{CRATE}::"), "");
    let mut is_trait = false;
    let methods = listing.lines().filter_map(|line| {
        is_trait = if line.starts_with("impl") { line.contains(" for ") } else { is_trait };
        let (prefix, signature) = line.split_once("fn ").filter(|_| !is_trait)?;
        let (head, rest) = signature.split_once('(')?;
        // The type and the name, without the generics of the method.
        let end = head.rfind(">::").map_or(0, |end| end + 3);
        let name = head[end..].split('<').next()?.len();
        let sends =
            prefix.contains("async") || rest.contains("-> Request<") || rest.contains("-> List");
        Some((&head[..end + name], sends))
    });
    let methods: BTreeMap<&str, bool> = methods.collect();
    let of = |method: &str| {
        let (of, _) = method.rsplit_once("::").unwrap_or_default();
        of.split('<').next().unwrap_or_default().to_owned()
    };
    let is_generic = |method: &&&str| method.contains("M>::");
    let with_modes: BTreeSet<String> = methods.keys().filter(is_generic).map(|it| of(it)).collect();
    let is_there = |method: &str, sends: bool| match of(method).as_str() {
        "Client" => methods.contains_key(&*format!("blocking::{method}")),
        "blocking::Client" => methods.contains_key(method.trim_start_matches("blocking::")),
        of => is_generic(&&method) || !sends && !with_modes.contains(of),
    };
    let single = methods.iter().filter(|(method, sends)| !is_there(method, **sends));
    single.map(|(method, _)| (*method).to_owned()).collect()
}

#[test]
fn methods_are_there_for_both_modes() {
    assert_eq!(of_one_mode(LISTING), OF_ONE_MODE.map(str::to_owned).into());
    let last = LISTING.lines().last().expect("the listing has lines");
    for (line, alone) in [
        ("pub fn X::Members::purge(&self) -> X::Request<()>", "Members::purge"),
        ("pub async fn X::Client::ping(&self) -> X::Result<()>", "Client::ping"),
        ("pub fn X::New::get<I: Into<u8>>(&self, I) -> X::Request<u8>", "New::get"),
    ] {
        let line = format!("impl New\n{line}\n{last}").replace("X::", &format!("{CRATE}::"));
        assert!(of_one_mode(&LISTING.replace(last, &line)).contains(alone), "{alone}");
    }
}
