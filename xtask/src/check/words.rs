//! Whether everything that people will read about is described.

use serde_json::Value;

use super::{
    Problems,
    keys::{Kind, Node},
};

pub(super) fn check(nodes: &[Node<'_>], problems: &mut Problems) {
    for node in nodes {
        let keys: &[&str] = match (node.kind, node.holder) {
            (Kind::Operation, _) => &["summary", "description"],
            (Kind::Parameter | Kind::Response | Kind::Described, _) => &["description"],
            (Kind::Schema, "schemas" | "properties") => &["description"],
            _ => &[],
        };
        for key in keys {
            let text = node.get(key).and_then(Value::as_str);
            if text.is_none_or(|text| text.trim().is_empty()) {
                problems.add(&node.place, format!("lacks `{key}`"));
            }
        }
    }
}
