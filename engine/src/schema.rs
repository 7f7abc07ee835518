//! The JSON Schemas of what programs read and write.

/// The JSON Schema of group files, for editors and other programs.
pub const SCHEMA: &str = include_str!("../schema/user-groups.schema.json");
/// The JSON Schema of plans.
pub const PLAN_SCHEMA: &str = include_str!("../schema/plan.schema.json");
/// The JSON Schema of lists of [`Access`](crate::Access).
pub const ACCESS_SCHEMA: &str = include_str!("../schema/access.schema.json");
/// The JSON Schema of an [`Audit`](crate::Audit).
pub const AUDIT_SCHEMA: &str = include_str!("../schema/audit.schema.json");
/// The JSON Schema of a [`Validation`](crate::Validation).
pub const VALIDATION_SCHEMA: &str = include_str!("../schema/validation.schema.json");

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use schemars::generate::SchemaSettings;
    use schemars::transform::RecursiveTransform;
    use schemars::{JsonSchema, Schema};
    use serde_json::Value;

    use crate::group_file::GroupEntry;
    use crate::plan::{Plan, Summary};
    use crate::{Access, Audit, Risk, Validation};

    /// The list of groups, or the account with it.
    #[derive(schemars::JsonSchema)]
    #[schemars(untagged, rename = "User groups")]
    #[allow(dead_code, reason = "only its schema is needed")]
    enum File {
        Groups(Vec<GroupEntry>),
        Account(AccountFile),
    }

    /// The groups of one account.
    #[derive(schemars::JsonSchema)]
    #[schemars(deny_unknown_fields, inline)]
    #[allow(dead_code, reason = "only its schema is needed")]
    struct AccountFile {
        /// The id of the account. The file is refused for any other.
        #[schemars(with = "Option<String>", regex(pattern = "^[0-9a-fA-F]{32}$"))]
        account: Option<String>,
        /// Sets of members, each with its name. A group uses a set as `people: NAME` in `members`.
        people: Option<BTreeMap<String, BTreeSet<String>>>,
        groups: Vec<GroupEntry>,
    }

    /// What cf-groups prints of a plan: a saved plan, which `version` describes, with its summary.
    #[derive(schemars::JsonSchema)]
    #[schemars(rename = "Plan output")]
    #[allow(dead_code, reason = "only its schema is needed")]
    struct PlanOutput {
        #[schemars(flatten)]
        plan: Plan,
        /// The plan in numbers; not in saved plans.
        summary: Option<Summary>,
        /// Why `apply` would refuse the plan, or null; not in saved plans.
        refused: Option<String>,
        /// What a reviewer must not overlook; not in saved plans.
        risks: Option<Vec<Risk>>,
    }

    /// What may be left out of a file may not be null: nothing at all could mean "none" as well as
    /// "any".
    fn without_null(schema: &mut Schema) {
        if let Some(Value::Array(types)) = schema.get_mut("type") {
            types.retain(|it| it != "null");
            if let [only] = types.as_slice() {
                let only = only.clone();
                schema.insert("type".to_owned(), only);
            }
        }
        on_one_line(schema);
    }

    fn on_one_line(schema: &mut Schema) {
        if let Some(Value::String(text)) = schema.get_mut("description") {
            *text = text.replace('\n', " ");
        }
    }

    fn expect_committed<T: JsonSchema>(file: &str, transform: fn(&mut Schema)) {
        let settings = SchemaSettings::draft2020_12().with_transform(RecursiveTransform(transform));
        let schema = settings.into_generator().into_root_schema_for::<T>();
        let text = serde_json::to_string_pretty(&schema).unwrap() + "\n";
        let path = format!("{}/schema/{file}", env!("CARGO_MANIFEST_DIR"));
        if std::env::var_os("UPDATE_EXPECTED").is_some() {
            std::fs::write(&path, &text).unwrap();
        }
        let committed = std::fs::read_to_string(&path).unwrap();
        assert!(committed == text, "{file} is stale: run the test with UPDATE_EXPECTED=1");
    }

    #[test]
    fn committed_schemas_are_current() {
        expect_committed::<File>("user-groups.schema.json", without_null);
        expect_committed::<PlanOutput>("plan.schema.json", on_one_line);
        expect_committed::<Vec<Access>>("access.schema.json", on_one_line);
        expect_committed::<Audit>("audit.schema.json", on_one_line);
        expect_committed::<Validation>("validation.schema.json", on_one_line);
    }
}
