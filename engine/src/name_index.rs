//! An index of the things of one kind, by id and by name.

use std::cell::OnceCell;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostic::{DiagnosticCollector, Diagnostics, ID_FORM, LocatedText, resolve_argument};
use crate::suggest::Suggestions;

/// How many digits an id has.
const ID_LENGTH: usize = 32;

/// The things of one kind, by id and by name.
pub(crate) struct NameIndex<I> {
    kind: &'static str,
    fold: fn(&str) -> String,
    ids: BTreeSet<I>,
    names: BTreeMap<String, Vec<I>>,
    suggestions: OnceCell<Suggestions>,
    hints: BTreeMap<String, String>,
}

impl<I: Clone + Ord + AsRef<str> + TryFrom<String>> NameIndex<I> {
    /// Returns an index in which names are the same if `fold` makes them so.
    pub(crate) fn new<'a>(
        kind: &'static str,
        things: impl Iterator<Item = (&'a I, Option<&'a str>)>,
        fold: fn(&str) -> String,
    ) -> Self
    where
        I: 'a,
    {
        let (mut ids, mut names) = (BTreeSet::new(), BTreeMap::<_, Vec<I>>::new());
        for (id, name) in things {
            ids.insert(id.clone());
            if let Some(name) = name {
                names.entry(fold(name)).or_default().push(id.clone());
            }
        }
        Self { kind, fold, ids, names, suggestions: OnceCell::new(), hints: BTreeMap::new() }
    }

    /// Adds hints for texts that name nothing.
    pub(crate) fn with_hints(mut self, hints: impl Iterator<Item = (String, String)>) -> Self {
        self.hints = hints.collect();
        self
    }

    /// Returns the ids of texts. Each must be known once and have no problem.
    pub(crate) fn resolve_all<'t>(
        &self,
        texts: impl IntoIterator<Item = &'t LocatedText>,
        problem: impl Fn(&I) -> Option<&'static str>,
        diagnostics: &mut DiagnosticCollector,
    ) -> BTreeSet<I> {
        let mut found: BTreeMap<I, &LocatedText> = BTreeMap::new();
        for text in texts {
            let Some(id) = self.resolve(text, diagnostics) else {
                continue;
            };
            if let Some(problem) = problem(&id) {
                diagnostics.add(text.at, format!("{:?} {problem}", text.text), None);
            }
            match found.entry(id) {
                Entry::Occupied(first) => diagnostics.add_duplicate(text, first.get()),
                Entry::Vacant(place) => drop(place.insert(text)),
            }
        }
        found.into_keys().collect()
    }

    /// Returns the id that an argument names. Without a diagnostic there is one.
    pub(crate) fn resolve_one(&self, text: &str) -> Result<Option<I>, Diagnostics> {
        resolve_argument(text, |text, diagnostics| self.resolve(text, diagnostics))
    }

    /// Returns the id of a text, if one thing has it.
    pub(crate) fn find(&self, text: &str) -> Option<I> {
        Some(self.candidates(text)).filter(|found| found.len() == 1)?.pop()
    }

    fn candidates(&self, text: &str) -> Vec<I> {
        let id = Some(text).filter(|it| it.len() == ID_LENGTH);
        match id.and_then(|it| I::try_from(it.to_owned()).ok()) {
            Some(id) if self.ids.contains(&id) => vec![id],
            _ => self.names.get(&(self.fold)(text)).cloned().unwrap_or_default(),
        }
    }

    fn resolve(&self, text: &LocatedText, diagnostics: &mut DiagnosticCollector) -> Option<I> {
        let LocatedText { text, at } = text;
        match self.candidates(text).as_slice() {
            [id] => Some(id.clone()),
            [] => {
                // A suggestion takes long to find, and is not shown beyond the limit.
                let help = if diagnostics.is_full() { None } else { self.suggestion(text) };
                diagnostics.add(*at, format!("there is no {} {text:?}", self.kind), help);
                None
            }
            ids => {
                let problem = format!("{text:?} names more than one {}", self.kind);
                let ids: Vec<&str> = ids.iter().map(AsRef::as_ref).collect();
                diagnostics.add(*at, problem, Some(format!("give the id: {}", ids.join(" or "))));
                None
            }
        }
    }

    fn suggestion(&self, text: &str) -> Option<String> {
        if let Some(hint) = self.hints.get(&text.to_lowercase()) {
            return Some(hint.clone());
        }
        if is_nearly_an_id(text) {
            return Some(format!("{ID_FORM}, and this has {}", text.chars().count()));
        }
        let suggestions =
            self.suggestions.get_or_init(|| Suggestions::of(self.names.keys().cloned()));
        suggestions.did_you_mean(text)
    }
}

/// Returns whether the text may be an id in which digits are missing or doubled.
fn is_nearly_an_id(text: &str) -> bool {
    (24..=40).contains(&text.len())
        && text.len() != ID_LENGTH
        && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}
