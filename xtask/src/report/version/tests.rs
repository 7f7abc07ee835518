use super::*;
use crate::finding::Verdict;

fn change(verdict: Verdict, documentation: bool) -> Vec<Change> {
    vec![Change { verdict, schema: None, what: String::new(), documentation, places: Vec::new() }]
}

#[test]
fn the_number_to_raise_depends_on_the_first_one() {
    let table = [
        (change(Verdict::BreaksRequests, false), "0.5.0", "2.0.0"),
        (change(Verdict::BreaksReading, false), "0.5.0", "2.0.0"),
        (change(Verdict::Unknown, false), "0.5.0", "2.0.0"),
        (change(Verdict::Compatible, false), "0.4.3", "1.5.0"),
        (change(Verdict::Compatible, true), "0.4.3", "1.4.3"),
        (Vec::new(), "0.4.2", "1.4.2"),
    ];
    for (changes, from_0, from_1) in table {
        let suggested = |old| Bump::of(&changes, Some(old)).suggested;
        assert_eq!(suggested("0.4.2").as_deref(), Some(from_0), "{changes:?}");
        assert_eq!(suggested("1.4.2").as_deref(), Some(from_1), "{changes:?}");
        assert_eq!(suggested("2024-03-01"), None);
    }
}
