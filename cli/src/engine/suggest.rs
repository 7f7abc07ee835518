//! "Did you mean": the name that is most like one that is not known.

/// How alike two names must be, from 0 to 1.
const ALIKE: f64 = 0.6;

/// Asks whether the candidate was meant that is most like the text, if any is.
pub(crate) fn nearest<'a>(
    text: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<String> {
    let text = text.to_lowercase();
    let alike = |name: &str| strsim::normalized_damerau_levenshtein(&text, &name.to_lowercase());
    candidates
        .into_iter()
        .map(|name| (alike(name), name))
        .filter(|(alike, _)| *alike >= ALIKE)
        // The first in the alphabet of those that are equally alike.
        .max_by(|(a, first), (b, second)| a.total_cmp(b).then(second.cmp(first)))
        .map(|(_, name)| format!("did you mean {name:?}?"))
}
