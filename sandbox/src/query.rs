//! Query parameters.

use crate::page::{Page, PageLimits};
use crate::response::{Errors, Result, code};
use crate::state::id::Id;

/// The query of a request: the parameters of its operation, each at most once. What is invalid is
/// collected, so that the response reports all of it.
#[derive(Debug)]
pub(crate) struct Query {
    pairs: Vec<(String, String)>,
    errors: Errors,
}

/// The parameters that are not filters.
const NOT_FILTERS: [&str; 4] = ["page", "per_page", "direction", "order"];

impl Query {
    /// Reads a query, after the errors in the path. Assumption: unknown and repeated parameters are
    /// refused. The live service may not do so, but they are errors of the client.
    pub(crate) fn parse(raw: &str, known: &[&str], mut errors: Errors) -> Self {
        let mut pairs: Vec<(String, String)> = Vec::new();
        for (name, value) in form_urlencoded::parse(raw.as_bytes()) {
            if !known.contains(&name.as_ref()) {
                errors.add(code::PARAMETER, format!("{name}: unknown parameter"), &name);
            } else if pairs.iter().any(|(other, _)| *other == name) {
                errors.add(code::PARAMETER, format!("{name}: repeated parameter"), &name);
            } else {
                pairs.push((name.into_owned(), value.into_owned()));
            }
        }
        Self { pairs, errors }
    }

    /// Returns the errors so far, if there are any.
    pub(crate) fn check(&mut self) -> Result<()> {
        std::mem::take(&mut self.errors).check()
    }

    pub(crate) fn without_filters(mut self) -> Self {
        self.pairs.retain(|(name, _)| NOT_FILTERS.contains(&name.as_str()));
        self
    }

    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        let mut pairs = self.pairs.iter();
        pairs.find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    /// In lower case, for searching. Assumption: the fuzzy filters ignore case.
    pub(crate) fn folded(&self, name: &str) -> Option<String> {
        self.text(name).map(str::to_lowercase)
    }

    pub(crate) fn id(&mut self, name: &str) -> Option<Id> {
        let text = self.text(name)?;
        let id = Id::parse(text);
        if id.is_none() {
            self.errors.add(code::PARAMETER, not_an_id(name), name);
        }
        id
    }

    /// One of several values.
    pub(crate) fn choice<T: Copy>(&mut self, name: &str, choices: &[(&str, T)]) -> Option<T> {
        let text = self.text(name)?;
        let choice = choices.iter().find(|(choice, _)| *choice == text);
        if choice.is_none() {
            let all: Vec<&str> = choices.iter().map(|(choice, _)| *choice).collect();
            let message = format!("{name}: must be one of {}", all.join(", "));
            self.errors.add(code::PARAMETER, message, name);
        }
        choice.map(|(_, value)| *value)
    }

    /// Whether the order is descending.
    pub(crate) fn descending(&mut self) -> bool {
        self.choice("direction", &[("asc", false), ("desc", true)]).unwrap_or(false)
    }

    pub(crate) fn page(&mut self, limits: PageLimits) -> Page {
        Page {
            number: self.number("page", 1, isize::MAX.unsigned_abs(), 1),
            size: self.number("per_page", limits.min, limits.max, limits.default),
        }
    }

    fn number(&mut self, name: &str, min: usize, max: usize, default: usize) -> usize {
        let Some(text) = self.text(name) else {
            return default;
        };
        let problem = match whole_number(text) {
            Some(number) if number < min => format!("must be at least {min}"),
            Some(number) if number > max => format!("must be at most {max}"),
            Some(number) => return number,
            None => "must be a whole number".to_owned(),
        };
        self.errors.add(code::PARAMETER, format!("{name}: {problem}"), name);
        default
    }
}

pub(crate) fn not_an_id(name: &str) -> String {
    format!("{name}: must be 32 hexadecimal characters")
}

/// Reads a whole number that is not negative. `2.0` is one: Cloudflare's Python SDK can send it.
fn whole_number(text: &str) -> Option<usize> {
    let digits = match text.split_once('.') {
        Some((digits, zeros)) if !zeros.is_empty() && zeros.bytes().all(|b| b == b'0') => digits,
        Some(_) => return None,
        None => text,
    };
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    // A number with too many digits is a whole number, but larger than every limit.
    Some(digits.parse().unwrap_or(usize::MAX))
}
