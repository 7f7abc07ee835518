//! The generated table of operations is the spec's.

use serde_json::Value;

use crate::raw::OPERATIONS;

const SPEC: &str = include_str!("../../../spec/openapi.yaml");

#[test]
fn table_is_the_spec() {
    let spec: Value = yaml_serde::from_str(SPEC).expect("the spec is YAML");
    let mut specified = Vec::new();
    for (path, item) in spec["paths"].as_object().expect("there are paths") {
        for (method, operation) in item.as_object().expect("a path has operations") {
            if let Some(id) = operation["operationId"].as_str() {
                let summary = operation["summary"].as_str().unwrap_or_default();
                specified.push((id, method.to_uppercase(), path.as_str(), summary));
            }
        }
    }
    let mut table: Vec<_> =
        OPERATIONS.iter().map(|it| (it.id, it.method.to_string(), it.path, it.summary)).collect();
    specified.sort();
    table.sort();
    assert_eq!(table, specified);
}

#[test]
fn every_operation_has_words_for_messages() {
    for operation in OPERATIONS {
        assert_ne!(operation.doing(), operation.summary, "{}", operation.id);
    }
}
