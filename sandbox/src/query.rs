//! Query parameters.

use crate::id::Id;
use crate::page::{Page, PageLimits};
use crate::refusal::{Problems, code};

/// The query of a request: parameters that the operation has, each at most once.
#[derive(Debug)]
pub(crate) struct Query {
    pairs: Vec<(String, String)>,
}

impl Query {
    /// Reads a query. Assumption: unknown and repeated parameters are refused. It is not known
    /// that the real service does, but whoever sends them is mistaken.
    pub(crate) fn parse(raw: &str, known: &[&str], problems: &mut Problems) -> Self {
        let mut pairs: Vec<(String, String)> = Vec::new();
        for (name, value) in form_urlencoded::parse(raw.as_bytes()) {
            if !known.contains(&name.as_ref()) {
                problems.add(code::PARAMETER, format!("{name}: unknown parameter"), &name);
            } else if pairs.iter().any(|(other, _)| *other == name) {
                problems.add(code::PARAMETER, format!("{name}: given twice"), &name);
            } else {
                pairs.push((name.into_owned(), value.into_owned()));
            }
        }
        Self { pairs }
    }

    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        let mut pairs = self.pairs.iter();
        pairs.find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    /// In lower case, for searching. Assumption: the fuzzy filters ignore case.
    pub(crate) fn folded(&self, name: &str) -> Option<String> {
        self.text(name).map(str::to_lowercase)
    }

    pub(crate) fn id(&self, name: &str, problems: &mut Problems) -> Option<Id> {
        let text = self.text(name)?;
        let id = Id::parse(text);
        if id.is_none() {
            problems.add(code::PARAMETER, not_an_id(name), name);
        }
        id
    }

    /// One of several texts.
    pub(crate) fn choice<T: Copy>(
        &self,
        name: &str,
        choices: &[(&str, T)],
        problems: &mut Problems,
    ) -> Option<T> {
        let text = self.text(name)?;
        let choice = choices.iter().find(|(choice, _)| *choice == text);
        if choice.is_none() {
            let all: Vec<&str> = choices.iter().map(|(choice, _)| *choice).collect();
            let message = format!("{name}: must be one of {}", all.join(", "));
            problems.add(code::PARAMETER, message, name);
        }
        choice.map(|(_, value)| *value)
    }

    /// Whether the order is to be turned round.
    pub(crate) fn descending(&self, problems: &mut Problems) -> bool {
        self.choice("direction", &[("asc", false), ("desc", true)], problems).unwrap_or(false)
    }

    pub(crate) fn page(&self, limits: PageLimits, problems: &mut Problems) -> Page {
        Page {
            number: self.number("page", 1, i64::MAX.unsigned_abs(), 1, problems),
            size: self.number("per_page", limits.min, limits.max, limits.default, problems),
        }
    }

    fn number(&self, name: &str, min: u64, max: u64, default: u64, problems: &mut Problems) -> u64 {
        let Some(text) = self.text(name) else {
            return default;
        };
        match whole_number(text) {
            Some(number) if (min..=max).contains(&number) => return number,
            Some(number) if number < min => {
                problems.add(code::PARAMETER, format!("{name}: must be at least {min}"), name);
            }
            Some(_) => {
                problems.add(code::PARAMETER, format!("{name}: must be at most {max}"), name);
            }
            None => {
                problems.add(code::PARAMETER, format!("{name}: must be a whole number"), name);
            }
        }
        default
    }
}

pub(crate) fn not_an_id(name: &str) -> String {
    format!("{name}: must be 32 hexadecimal characters")
}

/// Reads a whole number that is not negative. `2.0` is one: Cloudflare's Python SDK can send it.
fn whole_number(text: &str) -> Option<u64> {
    let digits = match text.split_once('.') {
        Some((digits, zeros)) if !zeros.is_empty() && zeros.bytes().all(|b| b == b'0') => digits,
        Some(_) => return None,
        None => text,
    };
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    // Digits that do not fit are a whole number all the same, only too large a one.
    Some(digits.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers() {
        assert_eq!(whole_number("2"), Some(2));
        assert_eq!(whole_number("2.0"), Some(2));
        assert_eq!(whole_number("99999999999999999999999"), Some(u64::MAX));
        for wrong in ["", "-1", "+1", " 1", "1.5", "1.", ".0", "1e3", "0x1", "٣"] {
            assert_eq!(whole_number(wrong), None, "{wrong}");
        }
    }
}
