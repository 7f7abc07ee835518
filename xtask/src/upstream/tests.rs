use super::*;
use crate::finding::Verdict;

#[test]
fn a_star_stands_for_anything() {
    for (pattern, text, fits) in [
        ("200 · result*id", "200 · result[].policies[].id", true),
        ("200 · result*id", "200 · result.ids", false),
        ("path *", "path account_id", true),
        ("*", "", true),
        ("", "", true),
        ("", "200", false),
        ("a*b*c", "a-b-b-c", true),
        ("result.*", "result.*", true),
        ("·*é", "·é", true),
    ] {
        assert_eq!(matches(pattern, text), fits, "{pattern} {text}");
    }
}

fn finding(operation: &str, what: &str) -> Finding {
    Finding::new(operation, "200 · result", what, Verdict::Compatible)
}

fn deviation(operations: Option<&[&str]>, what: &str) -> Deviation {
    Deviation {
        operations: operations.map(|names| names.iter().map(|name| (*name).to_owned()).collect()),
        place: "200 · *".to_owned(),
        what: what.to_owned(),
        reason: "because".to_owned(),
    }
}

#[test]
fn a_deviation_covers_its_operations_only() {
    let one = deviation(Some(&["a", "b"]), "is gone");
    assert!(one.covers(&finding("a", "is gone")));
    assert!(!one.covers(&finding("c", "is gone")));
    assert!(!one.covers(&finding("a", "is new")));
    assert!(deviation(None, "is gone").covers(&finding("c", "is gone")));
}

#[test]
fn a_deviation_that_is_gone_is_stale_for_each_operation_that_it_names() {
    let findings = [finding("a", "is gone")];
    assert_eq!(deviation(Some(&["a", "b"]), "is gone").stale(&findings), ["b"]);
    assert_eq!(deviation(Some(&["a"]), "is gone").stale(&findings), [""; 0]);
    assert_eq!(deviation(None, "is new").stale(&findings), [""]);
    assert_eq!(deviation(None, "is gone").stale(&findings), [""; 0]);
}
