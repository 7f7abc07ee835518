//! The generated code agrees with the spec.

use crate::raw::OPERATIONS;

#[path = "../../spec/rules.rs"]
#[allow(dead_code, reason = "other programs use more of it")]
mod rules;
mod schemas;

#[test]
fn generated_table_of_operations_is_the_spec() {
    let spec = schemas::spec();
    let specified = rules::operations(&spec).into_iter().map(|it| {
        let summary = it.node["summary"].as_str().unwrap_or_default();
        (it.label(), it.method.to_uppercase(), it.path, summary)
    });
    let mut specified: Vec<_> = specified.collect();
    let table = OPERATIONS.iter();
    let mut table: Vec<_> =
        table.map(|it| (it.id.to_owned(), it.method.to_string(), it.path, it.summary)).collect();
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
