//! Decodes the bytes of a group file: UTF-8 and UTF-16, and JSON escapes that YAML does not have.

use std::borrow::Cow;

use serde::de::IgnoredAny;

use crate::diagnostic::Position;

/// The largest file. An account of 1,000 groups with 50 members each needs 2 MiB.
const LARGEST: usize = 16 * 1024 * 1024;

/// The length of a pair of escapes such as `\ud83d\udd25`.
const PAIR: usize = 12;
/// The length of the escape `\U0001f525`, which means the same in YAML.
const ESCAPE: usize = 10;

/// The text of a file.
#[derive(Debug)]
pub(crate) struct DecodedText<'a> {
    pub(crate) text: Cow<'a, str>,
    /// Where shorter escapes end that were put in place of pairs, in order.
    shortened: Vec<Position>,
}

impl DecodedText<'_> {
    /// Returns the place in the file for a place in the text.
    pub(crate) fn place(&self, at: Position) -> Position {
        let line = Position::new(at.line, 0);
        let before = |at: Position| self.shortened.partition_point(|it| *it <= at);
        let shortened = before(at) - before(line);
        Position::new(at.line, at.column + shortened * (PAIR - ESCAPE))
    }
}

/// Decodes text in UTF-8 or UTF-16, with or without a byte order mark.
///
/// # Errors
///
/// What is wrong with it.
pub fn decode_text(bytes: &[u8]) -> Result<Cow<'_, str>, String> {
    text(bytes).map_err(|(_, problem)| problem)
}

/// Decodes a file. The error is a place and a problem.
pub(crate) fn decode(bytes: &[u8]) -> Result<DecodedText<'_>, (Position, String)> {
    if bytes.len() > LARGEST {
        let limit = LARGEST / (1024 * 1024);
        return Err((START, format!("the file is larger than {limit} MiB")));
    }
    text(bytes).map(join_surrogates)
}

fn text(bytes: &[u8]) -> Result<Cow<'_, str>, (Position, String)> {
    Ok(match bytes {
        [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] => {
            return Err((START, "the text is UTF-32; save it as UTF-8".to_owned()));
        }
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes)?,
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes)?,
        // The file begins with an ASCII character. Without a byte order mark, its other byte shows.
        [first, 0, ..] if *first != 0 => utf16(bytes, u16::from_le_bytes)?,
        [0, second, ..] if *second != 0 => utf16(bytes, u16::from_be_bytes)?,
        [0xef, 0xbb, 0xbf, rest @ ..] => utf8(rest)?,
        _ => utf8(bytes)?,
    })
}

const START: Position = Position::new(1, 1);

fn utf8(bytes: &[u8]) -> Result<Cow<'_, str>, (Position, String)> {
    std::str::from_utf8(bytes).map(Cow::from).map_err(|error| {
        let valid = bytes.get(..error.valid_up_to()).unwrap_or_default();
        let valid = String::from_utf8_lossy(valid);
        let line = valid.matches('\n').count() + 1;
        let column = valid.chars().rev().take_while(|c| *c != '\n').count() + 1;
        (Position::new(line, column), "the text is not UTF-8; save it as UTF-8".to_owned())
    })
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<Cow<'static, str>, (Position, String)> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let units: Vec<u16> = pairs.iter().map(|pair| unit(*pair)).collect();
    match String::from_utf16(&units) {
        Ok(text) if rest.is_empty() => Ok(text.into()),
        _ => Err((START, "the text is not valid UTF-16; save it as UTF-8".to_owned())),
    }
}

/// Replaces pairs of escapes for characters beyond U+FFFF, which JSON has and YAML does not.
fn join_surrogates(text: Cow<'_, str>) -> DecodedText<'_> {
    let is_json = || {
        text.trim_start().starts_with(['[', '{'])
            && serde_json::from_str::<IgnoredAny>(&text).is_ok()
    };
    if !(text.contains("\\ud") || text.contains("\\uD")) || !is_json() {
        return DecodedText { text, shortened: Vec::new() };
    }
    let (mut joined, mut shortened) = (String::with_capacity(text.len()), Vec::new());
    let mut at = START;
    let mut rest = &*text;
    while let Some(c) = rest.chars().next() {
        let (length, written) = match surrogate_pair(rest) {
            Some(c) => (PAIR, format!("\\U{:08x}", u32::from(c))),
            // The escaped character is not the start of an escape.
            None if c == '\\' => (2, rest.chars().take(2).collect()),
            None => (c.len_utf8(), c.to_string()),
        };
        at.column += written.chars().count();
        if c == '\n' {
            at = Position::new(at.line + 1, 1);
        }
        if length == PAIR {
            shortened.push(at);
        }
        joined.push_str(&written);
        rest = rest.get(length..).unwrap_or_default();
    }
    DecodedText { text: joined.into(), shortened }
}

/// Returns the character of a pair of escapes at the start of the text.
fn surrogate_pair(text: &str) -> Option<char> {
    let unit = |text: &str| u16::from_str_radix(text.strip_prefix("\\u")?, 16).ok();
    let units = [unit(text.get(..6)?)?, unit(text.get(6..PAIR)?)?];
    let mut chars = char::decode_utf16(units);
    chars.next()?.ok().filter(|_| chars.next().is_none())
}
