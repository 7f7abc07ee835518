//! Mutations of the spec: each is refused by `spec check` with a message, or is a change with an id
//! and a verdict. The rows are what went wrong in a review of regeneration, what a maintainer would
//! do, and harmless changes.

use super::*;
use crate::check::problems;

/// The outcome of a mutation.
#[derive(Debug)]
pub(super) enum Outcome {
    /// `spec check` has a problem with this text; `cargo regen` too, if it concerns the bindings.
    Refused(&'static str),
    /// `spec diff` reports these kinds of change, and `spec check` no problem.
    Changes(&'static [&'static str]),
}
use Outcome::{Changes, Refused};

/// What is done to the spec: JSON pointers and the new value, or nothing for a removal. `{schemas}`
/// and `{groups}` stand for the components and for the path of user groups.
type Edits = &'static [(&'static str, &'static str)];

pub(super) const ROWS: &[(&str, Edits, Outcome)] = &[
    ("no change", &[], Changes(&[])),
    // Circles.
    (
        "a component refers to itself",
        &[("{schemas}/PolicyId", r##"{"$ref":"#/components/schemas/PolicyId"}"##)],
        Refused("PolicyId: the schema consists of itself"),
    ),
    (
        "allOf of itself",
        &[("{schemas}/User/allOf", r##"[{"$ref":"#/components/schemas/User"}]"##)],
        Refused("User: the schema consists of itself"),
    ),
    (
        "two components that consist of each other",
        &[
            ("{schemas}/User", r##"{"allOf":[{"$ref":"#/components/schemas/Meta"}]}"##),
            ("{schemas}/Meta", r##"{"oneOf":[{"$ref":"#/components/schemas/User"}]}"##),
        ],
        Refused("Meta: the schema consists of itself"),
    ),
    // A success that cannot be generated.
    (
        "201 instead of 200",
        &[("{groups}/post/responses/201", "{200}"), ("{groups}/post/responses/200", "")],
        Refused("account-user-group-create: there is no response 200 with application/json"),
    ),
    (
        "204 beside 200",
        &[("{groups}/post/responses/204", r#"{"description":"Empty."}"#)],
        Refused(
            "account-user-group-create: the response 204 cannot be generated: only 200 is a success",
        ),
    ),
    (
        "2XX beside 200",
        &[("{groups}/post/responses/2XX", r#"{"description":"Any."}"#)],
        Refused("account-user-group-create: the response 2XX cannot be generated"),
    ),
    (
        "text instead of JSON",
        &[(
            "{groups}/post/responses/200/content",
            r#"{"text/plain":{"schema":{"type":"string"}}}"#,
        )],
        Refused("account-user-group-create: there is no response 200 with application/json"),
    ),
    (
        "text beside JSON",
        &[("{groups}/post/responses/200/content/text~1plain", r#"{"schema":{"type":"string"}}"#)],
        Refused("the response 200 can also be text/plain"),
    ),
    (
        "a form instead of JSON in a request",
        &[("{groups}/post/requestBody/content", r#"{"application/x-www-form-urlencoded":{}}"#)],
        Refused("the request body is application/x-www-form-urlencoded"),
    ),
    (
        "a new operation without 200",
        &[(
            "{groups}/patch",
            r#"{"operationId":"patch","responses":{"204":{"description":"Done."}}}"#,
        )],
        Refused("patch: there is no response 200"),
    ),
    // Methods and parameters.
    (
        "HEAD",
        &[(
            "{groups}/head",
            r#"{"operationId":"probe","responses":{"200":{"description":"Yes."}}}"#,
        )],
        Refused("probe: HEAD cannot be generated; use one of GET, PUT, POST, DELETE, PATCH"),
    ),
    (
        "a cookie parameter",
        &[(
            "{groups}/get/parameters/-",
            r#"{"name":"c","in":"cookie","schema":{"type":"string"}}"#,
        )],
        Refused("account-user-group-list: the cookie parameter `c` cannot be generated"),
    ),
    (
        "explode: false",
        &[(
            "{groups}/get/parameters/-",
            r#"{"name":"ids","in":"query","explode":false,"schema":{"type":"array","items":{"type":"string"}}}"#,
        )],
        Refused("the parameter `ids` has `explode: false`, which is generated as `explode: true`"),
    ),
    (
        "another style",
        &[(
            "{groups}/get/parameters/-",
            r#"{"name":"ids","in":"query","style":"pipeDelimited","schema":{"type":"array","items":{"type":"string"}}}"#,
        )],
        Refused("the parameter `ids` has `style: pipeDelimited`, which cannot be generated"),
    ),
    (
        "the same parameter twice",
        &[(
            "{groups}/get/parameters/-",
            r#"{"name":"name","in":"query","schema":{"type":"string"}}"#,
        )],
        Refused("account-user-group-list: the query parameter `name` is declared twice"),
    ),
    (
        "parameters that become one",
        &[(
            "{groups}/get/parameters/-",
            r#"{"name":"fuzzy_name","in":"query","schema":{"type":"string"}}"#,
        )],
        Refused("the parameters `fuzzyName` and `fuzzy_name` become one argument"),
    ),
    (
        "a parameter of the path that is not declared",
        &[("{groups}/parameters", "[]")],
        Refused("the parameter `account_id` of the path is not declared"),
    ),
    // Names that collide.
    (
        "operationIds that become one function",
        &[("{groups}/get/operationId", r#""accountUserGroupCreate""#)],
        Refused("becomes the same function as"),
    ),
    (
        "components that become one type",
        &[("{schemas}/user_group", r#"{"type":"object"}"#)],
        Refused("user_group: becomes the same type as the component `UserGroup`"),
    ),
    (
        "fields that become one",
        &[("{schemas}/User/properties/$id", r#"{"description":"Another.","type":"string"}"#)],
        Refused("User: the fields `$id` and `id` become one field"),
    ),
    (
        "enum values that become one variant",
        &[("{schemas}/SortDirection/enum", r#"["","+","-","self","Self"]"#)],
        Refused("SortDirection: the values `` and `+` become one variant"),
    ),
    (
        "enum values that differ in a special character",
        &[("{schemas}/SortDirection/enum", r#"["asc","desc","+desc"]"#)],
        Changes(&["enum-value-added compatible"]),
    ),
    // Types that make reading strict.
    (
        "a new enum in a response",
        &[(
            "{schemas}/UserGroup/properties/kind",
            r#"{"description":"Its kind.","type":"string","enum":["a"]}"#,
        )],
        Refused("UserGroup.kind: an enum in a response refuses new values"),
    ),
    (
        "a new component with an enum in a response",
        &[
            (
                "{schemas}/GroupKind",
                r#"{"description":"A kind.","type":"string","enum":["a"],"example":"a"}"#,
            ),
            (
                "{schemas}/UserGroup/properties/kind",
                r##"{"$ref":"#/components/schemas/GroupKind"}"##,
            ),
        ],
        Refused(
            "GroupKind: an enum in a response refuses new values; make it a component that REPLACED lists",
        ),
    ),
    (
        "an array that is not nullable",
        &[(
            "{schemas}/UserGroup/properties/tags",
            r#"{"description":"Tags.","type":"array","items":{"type":"string"}}"#,
        )],
        Refused("UserGroup.tags: an array in a response must be `nullable`"),
    ),
    (
        "a length in a response",
        &[("{schemas}/UserGroup/properties/name/maxLength", "90")],
        Refused("UserGroup.name: `maxLength` in a response makes reading strict"),
    ),
    (
        "a pattern in a response",
        &[(
            "{schemas}/UserGroup/properties/colour",
            r#"{"description":"Its colour.","type":"string","pattern":"^#"}"#,
        )],
        Refused("UserGroup.colour: `pattern` in a response makes reading strict"),
    ),
    (
        "an inline date-time",
        &[(
            "{schemas}/UserGroup/properties/last_used",
            r#"{"description":"When.","type":"string","format":"date-time"}"#,
        )],
        Refused(
            "UserGroup.last_used: an inline date-time makes reading strict; use `$ref: '#/components/schemas/Timestamp'`",
        ),
    ),
    (
        "an inline uuid",
        &[(
            "{schemas}/UserGroup/properties/uuid",
            r#"{"description":"Another id.","type":"string","format":"uuid"}"#,
        )],
        Refused("UserGroup.uuid: an inline uuid in a response makes reading strict"),
    ),
    (
        "a closed object in a response",
        &[("{schemas}/User/additionalProperties", "false")],
        Refused("User: `additionalProperties: false` in a response refuses new fields"),
    ),
    (
        "alternatives in a response",
        &[(
            "{schemas}/UserGroup/properties/name",
            r#"{"description":"N.","oneOf":[{"type":"string"},{"type":"integer"}]}"#,
        )],
        Refused("UserGroup.name: `oneOf` in a response refuses new alternatives"),
    ),
    (
        "a lenient new field",
        &[("{schemas}/UserGroup/properties/note", r#"{"description":"A note.","type":"string"}"#)],
        Changes(&["field-added compatible"]),
    ),
    (
        "a date-time by reference",
        &[(
            "{schemas}/UserGroup/properties/last_used",
            r##"{"$ref":"#/components/schemas/Timestamp"}"##,
        )],
        Changes(&["field-added compatible"]),
    ),
    // Requests.
    (
        "optional and nullable in a request",
        &[("{schemas}/UpdateUserGroup/properties/name/nullable", "true")],
        Refused("UpdateUserGroup.name: optional and nullable in a request: null cannot be sent"),
    ),
    (
        "a new optional field of a request",
        &[(
            "{schemas}/CreateUserGroup/properties/note",
            r#"{"description":"A note.","type":"string"}"#,
        )],
        Changes(&["field-added compatible"]),
    ),
    (
        "a new required field of a request",
        &[
            (
                "{schemas}/CreateUserGroup/properties/note",
                r#"{"description":"A note.","type":"string"}"#,
            ),
            ("{schemas}/CreateUserGroup/required", r#"["name","note"]"#),
            ("{schemas}/CreateUserGroup/example/note", r#""Nights.""#),
        ],
        Changes(&["documentation-changed compatible", "field-added-required breaks-requests"]),
    ),
    (
        "a field of a request that is removed",
        &[
            ("{schemas}/UpdateUserGroup/properties/name", ""),
            ("{schemas}/UpdateUserGroup/example/name", ""),
        ],
        Changes(&["documentation-changed compatible", "field-removed breaks-requests"]),
    ),
    // Schemas that generators read as something else.
    (
        "a field that is required and was renamed",
        &[
            (
                "{schemas}/CreateUserGroup/properties/title",
                r#"{"description":"T.","type":"string"}"#,
            ),
            ("{schemas}/CreateUserGroup/properties/name", ""),
        ],
        Refused("CreateUserGroup: the required field `name` is not declared"),
    ),
    (
        "an array without items",
        &[("{schemas}/MemberRefs/items", "")],
        Refused("MemberRefs: an array without `items` is generated as any JSON value"),
    ),
    (
        "a minimum above the maximum",
        &[(
            "{schemas}/UpdateUserGroup/properties/n",
            r#"{"description":"N.","type":"integer","minimum":5,"maximum":2}"#,
        )],
        Refused("UpdateUserGroup.n: `minimum` 5 is greater than `maximum` 2"),
    ),
    (
        "an enum value twice",
        &[("{schemas}/SortDirection/enum", r#"["asc","desc","asc"]"#)],
        Refused("SortDirection: `enum` lists \"asc\" twice"),
    ),
    (
        "a list of types",
        &[("{schemas}/UpdateUserGroup/properties/name/type", r#"["string","null"]"#)],
        Refused(
            "UpdateUserGroup.name: `type` must be a single type; for null write `nullable: true`",
        ),
    ),
    (
        "a discriminator that maps to nothing",
        &[(
            "{schemas}/ResourceGroupScope/discriminator",
            r##"{"propertyName":"key","mapping":{"a":"#/components/schemas/Scop"}}"##,
        )],
        Refused(
            "ResourceGroupScope: `discriminator` maps `a` to #/components/schemas/Scop, which does not exist",
        ),
    ),
    (
        "a reference to nothing",
        &[("{schemas}/UserGroup/properties/id", r##"{"$ref":"#/components/schemas/UserGroupI"}"##)],
        Refused("UserGroup.id: the reference \"#/components/schemas/UserGroupI\" leads nowhere"),
    ),
    // Keys, words and examples.
    (
        "another version of OpenAPI",
        &[("/openapi", r#""3.1.0""#)],
        Refused("openapi: must be 3.0.3"),
    ),
    (
        "a misspelled key of a schema",
        &[("{schemas}/Member/maxlength", "90")],
        Refused("components.schemas.Member: unknown key `maxlength`"),
    ),
    (
        "a misspelled key of the info",
        &[("/info/versoin", r#""1.0.0""#)],
        Refused("info: unknown key `versoin`"),
    ),
    ("a key without its value", &[("/info/version", "")], Refused("missing field `version`")),
    (
        "a key beside a reference",
        &[("{schemas}/UserGroup/properties/id/nullable", "true")],
        Refused("components.schemas.UserGroup.properties.id: `nullable` is ignored beside `$ref`"),
    ),
    (
        "a number as text",
        &[("{schemas}/CreateUserGroup/properties/name/maxLength", r#""90""#)],
        Refused(
            "components.schemas.CreateUserGroup.properties.name: `maxLength` is invalid: invalid type: string \"90\"",
        ),
    ),
    (
        "a parameter in the body",
        &[("{groups}/get/parameters/1/in", r#""body""#)],
        Refused(
            "paths./accounts/{account_id}/iam/user_groups.get.parameters[1]: unknown variant `body`",
        ),
    ),
    (
        "a status that is none",
        &[("{groups}/get/responses/2000", r#"{"description":"No."}"#)],
        Refused("the response 2000 cannot be generated"),
    ),
    (
        "no description of a field",
        &[("{schemas}/CreateUserGroup/properties/name/description", "")],
        Refused("components.schemas.CreateUserGroup.properties.name: lacks `description`"),
    ),
    (
        "an empty description of an operation",
        &[("{groups}/get/description", r#"" ""#)],
        Refused("user_groups.get: lacks `description`"),
    ),
    (
        "no operationId",
        &[("{groups}/get/operationId", "")],
        Refused("GET /accounts/{account_id}/iam/user_groups: lacks `operationId`"),
    ),
    (
        "a tag that is not declared",
        &[("{groups}/get/tags", r#"["Grops"]"#)],
        Refused("the tag `Grops` is not declared"),
    ),
    ("no tag", &[("{groups}/get/tags", "[]")], Refused("has no tag")),
    (
        "a tag without operations",
        &[("/tags/-", r#"{"name":"Users","description":"None."}"#)],
        Refused("tags: no operation has the tag `Users`"),
    ),
    (
        "a component that is not used",
        &[("{schemas}/Lost", r#"{"description":"Lost.","type":"string","example":"a"}"#)],
        Refused("components.schemas.Lost: no operation uses it"),
    ),
    (
        "a security scheme that is not declared",
        &[("/security/0", r#"{"apiTocken":[]}"#)],
        Refused("security: the scheme `apiTocken` is not declared"),
    ),
    (
        "a link to nothing",
        &[("{groups}/get/responses/200/links", r#"{"Read":{"operationId":"group-read"}}"#)],
        Refused("links.Read: no operation is called `group-read`"),
    ),
    (
        "a path with other names of its parameters",
        &[("/paths/~1accounts~1{account}~1iam~1user_groups", "{}")],
        Refused("is the same path as"),
    ),
    (
        "no example of a component",
        &[("{schemas}/CreateUserGroup/example", "")],
        Refused("components.schemas.CreateUserGroup: has no example"),
    ),
    (
        "an example with another value",
        &[("{schemas}/SortDirection/example", r#""up""#)],
        Refused("components.schemas.SortDirection: `example` is invalid: \"up\" is not one of"),
    ),
    (
        "an example with a bad date",
        &[("{schemas}/UserGroup/example/created_on", r#""yesterday""#)],
        Refused(
            "components.schemas.UserGroup: `example` is invalid at /created_on: \"yesterday\" is not a \"date-time\"",
        ),
    ),
    (
        "an example that lacks a field in a nullable list",
        &[("{schemas}/UserGroupListResponse/example/result/0/name", "")],
        Refused(
            "components.schemas.UserGroupListResponse: `example` is invalid at /result/0: \"name\" is a required property",
        ),
    ),
    (
        "a default outside of the enum",
        &[("{schemas}/SortDirection/default", r#""up""#)],
        Refused("`default` is invalid: \"up\" is not one of"),
    ),
    // What callers depend on.
    (
        "a filter that is renamed",
        &[("{groups}/get/parameters/1/name", r#""named_like""#)],
        Changes(&["parameter-added compatible", "parameter-removed breaks-requests"]),
    ),
    (
        "another default of a query parameter",
        &[("{schemas}/SortDirection/default", r#""desc""#)],
        Changes(&["default-changed breaks-requests"]),
    ),
    (
        "another server",
        &[("/servers/0/url", r#""https://api.cloudflare.com/client/v5""#)],
        Changes(&["server-added compatible", "server-removed breaks-requests"]),
    ),
    (
        "another header of the API key",
        &[("/components/securitySchemes/apiKey/name", r#""X-Auth-Secret""#)],
        Changes(&["security-added compatible", "security-removed breaks-requests"]),
    ),
    (
        "another case of a header",
        &[("/components/securitySchemes/apiKey/name", r#""x-auth-key""#)],
        Changes(&["rewritten compatible"]),
    ),
    (
        "a deprecated operation",
        &[("{groups}/get/deprecated", "true"), ("{groups}/get/x-sunset", r#""2027-01-01""#)],
        Changes(&["deprecated compatible", "sunset-set compatible"]),
    ),
    (
        "a deprecated field",
        &[("{schemas}/UserGroup/properties/name/deprecated", "true")],
        Changes(&["deprecated compatible"]),
    ),
    (
        "an operation that is removed",
        &[("{groups}/post", "")],
        Refused("components.schemas.CreateUserGroup: no operation uses it"),
    ),
    (
        "a failure that is no longer described",
        &[("{groups}/get/responses/4XX", "")],
        Changes(&["failure-status-removed unknown"]),
    ),
    (
        "a field of a closed object in a response",
        &[(
            "{schemas}/InlineResourceGroup/properties/note",
            r#"{"description":"N.","type":"string"}"#,
        )],
        Changes(&["field-added compatible"]),
    ),
    // Harmless.
    (
        "another description",
        &[("{schemas}/UserGroup/description", r#""A group.""#)],
        Changes(&["documentation-changed compatible"]),
    ),
    (
        "another summary",
        &[("{groups}/get/summary", r#""List""#)],
        Changes(&["documentation-changed compatible"]),
    ),
    (
        "another version of the document",
        &[("/info/version", r#""9.9.9""#)],
        Changes(&["documentation-changed compatible"]),
    ),
    (
        "a written-out default",
        &[("{groups}/get/parameters/1/explode", "true")],
        Changes(&["rewritten compatible"]),
    ),
    (
        "an extension",
        &[("{groups}/get/x-internal", "true")],
        Changes(&["documentation-changed compatible"]),
    ),
];

/// The spec after these edits.
fn mutate(spec: &Value, edits: Edits) -> Value {
    let mut root = spec.clone();
    let groups = "/paths/~1accounts~1{account_id}~1iam~1user_groups";
    for (pointer, new) in edits {
        let pointer =
            pointer.replace("{schemas}", "/components/schemas").replace("{groups}", groups);
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        let new = match *new {
            "{200}" => spec.pointer(&pointer.replace("/201", "/200")).cloned(),
            "" => None,
            text => Some(value(text)),
        };
        let key = key.replace("~1", "/");
        let parent = root.pointer_mut(parent).unwrap_or_else(|| panic!("{pointer}"));
        match (parent, new) {
            (Value::Object(entries), Some(new)) => drop(entries.insert(key, new)),
            (Value::Object(entries), None) => drop(entries.remove(&key).expect(&pointer)),
            (Value::Array(items), Some(new)) if key == "-" => items.push(new),
            (Value::Array(items), Some(new)) => items[key.parse::<usize>().unwrap()] = new,
            _ => panic!("{pointer}"),
        }
    }
    root
}

#[test]
fn every_mutation_of_the_spec_has_its_outcome() {
    assert!(ROWS.len() >= 60);
    let spec = Document::from_working_tree().unwrap();
    for (name, edits, outcome) in ROWS {
        let mutated = document(mutate(&spec.root, edits));
        let found = problems(&mutated).unwrap().lines();
        match outcome {
            Refused(message) => {
                let is_found = found.iter().any(|line| line.contains(message));
                assert!(is_found, "{name}: {message}: {found:#?}");
            }
            Changes(expected) => {
                assert_eq!(found, [""; 0], "{name}");
                assert_eq!(Vec::from_iter(kinds(&spec, &mutated)), *expected, "{name}");
            }
        }
    }
}
