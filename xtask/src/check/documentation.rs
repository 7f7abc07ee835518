//! Whether everything that people read about has a description.

use serde_json::Value;

use super::{
    Problems,
    nodes::{Kind, Node},
};

pub(super) fn check(nodes: &[Node<'_>], problems: &mut Problems) {
    for node in nodes {
        let keys: &[&str] = match (node.kind, node.holder) {
            (Kind::Operation, _) => &["summary", "description"],
            (Kind::MediaType | Kind::Link, _) => &[],
            (Kind::Schema, "schemas" | "properties") => &["description"],
            (Kind::Schema, _) => &[],
            _ => &["description"],
        };
        for key in keys {
            let text = node.get(key).and_then(Value::as_str);
            if text.is_none_or(|text| text.trim().is_empty()) {
                problems.add(&node.place, format!("lacks `{key}`"));
            }
        }
    }
}
