//! Source, documentation, golden files and the spec use the words of the project:
//! `tests/words.txt`. Prose is wrapped.

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::path::{Path, PathBuf};

use regex::Regex;

const FILE: &str = include_str!("../words.txt");
const READ: [&str; 9] = ["lua", "md", "mjs", "py", "rs", "sh", "toml", "txt", "yaml"];
/// Folders of generated files, dependencies and inputs that are not prose.
const SKIPPED: [&str; 6] =
    ["target", "generated", "seeds", "corpus", "node_modules", "documented.yaml"];

struct Words {
    phrases: Regex,
    /// What to use instead of each phrase.
    instead: HashMap<&'static str, &'static str>,
    /// Path and phrase; `*` is every phrase.
    exceptions: Vec<(&'static str, &'static str)>,
}

impl Words {
    fn read() -> Self {
        let (mut instead, mut exceptions) = (HashMap::new(), Vec::new());
        for line in FILE.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let (words, rest) = line.split_once(": ").expect("a line has a colon");
            if let Some(path) = words.strip_prefix("! ") {
                let (words, reason) = rest.split_once(": ").expect("an exception has a reason");
                assert!(!reason.is_empty(), "{line}");
                exceptions.extend(words.split(", ").map(|word| (path, word)));
            } else {
                instead.extend(words.split(", ").map(|phrase| (phrase, rest)));
            }
        }
        let phrases: Vec<_> = instead.keys().copied().collect();
        let phrases = Regex::new(&format!(r"\b(?:{})\b", phrases.join("|")));
        Self { phrases: phrases.expect("phrases are letters and spaces"), instead, exceptions }
    }

    /// The phrases in a line, each with what to use instead.
    fn found(&self, line: &str) -> Vec<(&'static str, &'static str)> {
        let line = spaced(line);
        let found = self.phrases.find_iter(&line);
        found
            .filter_map(|it| self.instead.get_key_value(it.as_str()))
            .map(|(a, b)| (*a, *b))
            .collect()
    }
}

/// A line in lower case, in which the parts of names are divided by spaces.
fn spaced(line: &str) -> String {
    let (mut text, mut was_lower) = (String::new(), false);
    for character in line.chars() {
        if was_lower && character.is_uppercase() {
            text.push(' ');
        }
        match character {
            '_' | '-' => text.push(' '),
            digit if digit.is_numeric() => text.push('.'),
            other => text.extend(other.to_lowercase()),
        }
        was_lower = character.is_lowercase();
    }
    text
}

fn files(folder: &Path, all: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("the folder can be read") {
        let path = entry.expect("the folder can be read").path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with('.') || SKIPPED.contains(&&*name) {
            continue;
        }
        if path.is_dir() {
            files(&path, all);
        } else if path.extension().is_some_and(|it| READ.iter().any(|read| it == *read)) {
            all.push(path);
        }
    }
}

/// The path of each file, from the root, and its text.
fn texts() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut all = Vec::new();
    files(root, &mut all);
    all.sort();
    assert!(all.len() > 150, "only {} files were read", all.len());
    let text = |path: PathBuf| {
        let text = fs::read_to_string(&path).expect("the file is text");
        let path = path.strip_prefix(root).expect("below the root").to_string_lossy();
        (path.into_owned(), text)
    };
    all.into_iter().map(text).collect()
}

#[test]
fn no_file_uses_a_word_that_is_listed() {
    let words = Words::read();
    let (mut problems, mut used) = (Vec::new(), BTreeSet::new());
    for (path, text) in texts() {
        for (number, line) in text.lines().enumerate() {
            for (phrase, instead) in words.found(line) {
                let exception = words
                    .exceptions
                    .iter()
                    .find(|(of, word)| *of == path && (*word == "*" || *word == phrase));
                match exception {
                    Some(exception) => drop(used.insert(exception)),
                    None => {
                        problems.push(format!("{path}:{}: {phrase}: use {instead}", number + 1))
                    }
                }
            }
        }
    }
    assert!(problems.is_empty(), "{} words:\n{}", problems.len(), problems.join("\n"));
    let unused: Vec<_> = words.exceptions.iter().filter(|it| !used.contains(it)).collect();
    assert!(unused.is_empty(), "exceptions without a use: {unused:?}");
}

#[test]
fn documentation_and_comments_are_wrapped_at_100_columns() {
    let mut problems = Vec::new();
    for (path, text) in texts() {
        let mut is_code = false;
        for (number, line) in text.lines().enumerate() {
            let prose = match line.trim_start().strip_prefix("//") {
                Some(comment) => comment.trim_start_matches(['/', '!']),
                None if path.ends_with(".md") && !path.contains("/expected/") => line,
                None => continue,
            };
            let prose = prose.trim_start();
            is_code ^= prose.starts_with("```");
            // Tables and addresses cannot be wrapped.
            let is_wrapped = line.chars().count() <= 100 || prose.starts_with('|');
            if !is_wrapped && !is_code && !prose.contains("]: http") {
                problems.push(format!("{path}:{}", number + 1));
            }
        }
    }
    assert!(problems.is_empty(), "{} long lines:\n{}", problems.len(), problems.join("\n"));
}

#[test]
fn words_are_found_in_text_and_in_names() {
    let words = Words::read();
    let found = |line| words.found(line).into_iter().map(|(phrase, _)| phrase).collect::<Vec<_>>();
    assert_eq!(found("the Answer, asked_for"), ["answer", "asked"]);
    assert_eq!(found("HeldBack held_back held-back held back"), ["held back"; 4]);
    assert_eq!(found("held. Back; retold, THEY TELL"), ["tell"]);
    assert_eq!(found("response"), [""; 0]);
}
