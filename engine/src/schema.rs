//! The JSON Schema of the file.

/// The JSON Schema of the file, for editors and other programs.
pub const SCHEMA: &str = include_str!("../schema/user-groups.schema.json");

#[cfg(test)]
mod tests {
    use schemars::Schema;
    use schemars::generate::SchemaSettings;
    use schemars::transform::RecursiveTransform;
    use serde_json::Value;

    use crate::group_file::GroupEntry;

    /// The list that a file is.
    #[derive(schemars::JsonSchema)]
    #[schemars(transparent, rename = "User groups")]
    #[allow(dead_code, reason = "only its schema is needed")]
    struct File(Vec<GroupEntry>);

    /// What may be left out may not be null: nothing at all could mean "none" as well as "any".
    fn without_null(schema: &mut Schema) {
        if let Some(Value::Array(types)) = schema.get_mut("type") {
            types.retain(|it| it != "null");
            if let [only] = types.as_slice() {
                let only = only.clone();
                schema.insert("type".to_owned(), only);
            }
        }
        if let Some(Value::String(text)) = schema.get_mut("description") {
            *text = text.replace('\n', " ");
        }
    }

    #[test]
    fn committed_schema_is_current() {
        let settings =
            SchemaSettings::draft2020_12().with_transform(RecursiveTransform(without_null));
        let schema = settings.into_generator().into_root_schema_for::<File>();
        let text = serde_json::to_string_pretty(&schema).unwrap() + "\n";
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/schema/user-groups.schema.json");
        if std::env::var_os("UPDATE_EXPECTED").is_some() {
            std::fs::write(path, &text).unwrap();
        }
        let committed = std::fs::read_to_string(path).unwrap();
        assert!(committed == text, "the schema is stale: run the test with UPDATE_EXPECTED=1");
    }
}
