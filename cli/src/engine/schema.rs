//! The JSON Schema of the file.

/// The JSON Schema of the file, for editors and other programs.
pub const SCHEMA: &str = include_str!("../../schema/user-groups.schema.json");

#[cfg(test)]
mod tests {
    use crate::engine::document::GroupEntry;

    /// The list that a file is.
    #[derive(schemars::JsonSchema)]
    #[schemars(transparent, rename = "User groups")]
    #[allow(dead_code, reason = "only its schema is needed")]
    struct File(Vec<GroupEntry>);

    #[test]
    fn committed_schema_is_current() {
        let schema = schemars::schema_for!(File);
        let text = serde_json::to_string_pretty(&schema).unwrap() + "\n";
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/schema/user-groups.schema.json");
        if std::env::var_os("UPDATE_EXPECTED").is_some() {
            std::fs::write(path, &text).unwrap();
        }
        let committed = std::fs::read_to_string(path).unwrap();
        assert!(committed == text, "the schema is stale: run the test with UPDATE_EXPECTED=1");
    }
}
