//! "Did you mean": the known name that is nearest to one that is not known.

/// The most slips by which a name may differ from the one that was meant.
const MOST_SLIPS: usize = 2;

/// Known names, among which one is looked for that may have been meant by another.
///
/// A slip is a letter too many, too few, wrong, or exchanged with the next; the case of letters
/// makes no difference. One slip is allowed for three letters, two for six, and no more. What is
/// before and after the `@` of an email address is measured by itself, so that addresses are not
/// near because they have the domain in common. Names with different digits are never near: `user1`
/// and `user2` are different on purpose.
///
/// ```
/// use cf_groups_engine::Suggestions;
///
/// let people = Suggestions::of(["ada@example.com", "grace@example.com"]);
/// assert_eq!(people.nearest("garce@example.com"), Some("grace@example.com"));
/// assert_eq!(people.nearest("eve@example.com"), None);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Suggestions {
    /// Each in lower case, and as it is.
    known: Vec<(String, String)>,
}

impl Suggestions {
    /// These names are known.
    pub fn of<N: Into<String>>(names: impl IntoIterator<Item = N>) -> Self {
        let names = names.into_iter().map(Into::into);
        Self { known: names.map(|name: String| (name.to_lowercase(), name)).collect() }
    }

    /// Returns the nearest name, if any is near; of several that are equally near, the first in the
    /// alphabet.
    pub fn nearest(&self, text: &str) -> Option<&str> {
        let text = text.to_lowercase();
        let near = self.known.iter();
        let near = near.filter_map(|(lower, name)| Some((slips(&text, lower)?, name)));
        near.min().map(|(_, name)| name.as_str())
    }

    /// Returns a question for the nearest name.
    pub fn did_you_mean(&self, text: &str) -> Option<String> {
        self.nearest(text).map(|name| format!("did you mean {name:?}?"))
    }
}

/// By how many slips two names differ, unless that is too many.
fn slips(a: &str, b: &str) -> Option<usize> {
    if !digits(a).eq(digits(b)) {
        return None;
    }
    let [(a_front, a_domain), (b_front, b_domain)] =
        [a, b].map(|name| name.rsplit_once('@').unwrap_or((name, "")));
    let domain = part(a_domain, b_domain, MOST_SLIPS)?;
    Some(domain + part(a_front, b_front, MOST_SLIPS - domain)?)
}

fn digits(name: &str) -> impl Iterator<Item = char> {
    name.chars().filter(|c| c.is_numeric())
}

/// The slips in a part of a name, for which its length counts as well.
fn part(a: &str, b: &str, most: usize) -> Option<usize> {
    if a == b {
        return Some(0);
    }
    let (a_length, b_length) = (a.chars().count(), b.chars().count());
    let most = most.min(a_length.max(b_length) / 3);
    if a_length.abs_diff(b_length) > most {
        return None;
    }
    Some(strsim::osa_distance(a, b)).filter(|slips| *slips <= most)
}

#[cfg(test)]
mod tests {
    use crate::Suggestions;

    #[test]
    fn what_is_near_is_suggested() {
        for (text, meant) in [
            ("suport", "Support"),
            ("Supprot", "Support"),
            ("SUPPORT", "Support"),
            ("Suupporrt", "Support"),
            ("dsn", "DNS"),
            ("DN", "DNS"),
            ("qa", "QA"),
            ("Zurich", "Zürich"),
            ("ZÜRICH", "Zürich"),
            ("東京部", "東京都"),
            ("alna@example.com", "alan@example.com"),
            ("Alan@Example.com", "alan@example.com"),
            ("alan@exmaple.com", "alan@example.com"),
            ("alna@exampel.com", "alan@example.com"),
            ("grace.hoper@example.com", "grace.hopper@example.com"),
        ] {
            let known = Suggestions::of(["Engineering", "konrad@example.com", meant, "a"]);
            assert_eq!(known.nearest(text), Some(meant), "of {text:?}");
        }
    }

    #[test]
    fn what_is_not_near_is_not_suggested() {
        for (text, other) in [
            ("", "DNS"),
            ("x", "y"),
            ("QA", "QB"),
            ("DNS", "SSL"),
            ("deny", "dowry"),
            ("Support", "Sponsors"),
            ("eve@example.com", "ada@example.com"),
            ("al@example.com", "bo@example.com"),
            ("konrad@example.com", "barbara@example.com"),
            ("person-123@example.com", "person-456@example.com"),
            ("user1@example.com", "user2@example.com"),
            ("user@example.com", "user1@example.com"),
            ("anna@example.com", "anna@example2.com"),
            ("Team 01", "Team 02"),
            ("Team 1", "Team 11"),
            ("alan@example.com", "alan@elsewhere.org"),
            ("alna@exmapel.com", "alan@example.com"),
            ("alan", "alan@example.com"),
            ("大阪", "東京"),
        ] {
            assert_eq!(Suggestions::of([other]).nearest(text), None, "of {text:?}");
            assert_eq!(Suggestions::of([text]).nearest(other), None, "of {other:?}");
        }
    }

    #[test]
    fn the_nearest_is_taken_and_then_the_first_in_the_alphabet() {
        let known = Suggestions::of(["Analytic", "Analytics B", "Analytics", "Analytics A"]);
        assert_eq!(known.nearest("analytics"), Some("Analytics"));
        assert_eq!(known.nearest("Analytics C"), Some("Analytics A"));
        assert_eq!(known.nearest("Analytic s"), Some("Analytics"));
    }
}
