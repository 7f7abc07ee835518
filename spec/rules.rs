//! Rules that keep code generation from losing or misreading a part of the spec silently.
//!
//! `build.rs`, `cargo xtask spec check` and the contract tests include this file: there is one
//! implementation. It works on the plain document, because typed readers of OpenAPI already drop
//! what they do not know.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::{Map, Value};

/// Components that a generated type would read too strictly, or that have a meaning of ours, and the
/// type that replaces each. The key is the Rust name that the generator makes of the component.
pub(crate) const REPLACED: &[(&str, &str)] = &[
    ("AccountId", "crate::id::AccountId"),
    ("AccountReadId", "crate::id::AccountId"),
    ("UserGroupId", "crate::id::UserGroupId"),
    ("MemberId", "crate::id::MemberId"),
    ("MemberReadId", "crate::id::MemberId"),
    ("UserId", "crate::id::UserId"),
    ("PolicyId", "crate::id::PolicyId"),
    ("PermissionGroupId", "crate::id::PermissionGroupId"),
    ("PermissionGroupReadId", "crate::id::PermissionGroupId"),
    ("ResourceGroupId", "crate::id::ResourceGroupId"),
    ("ResourceGroupReadId", "crate::id::ResourceGroupId"),
    ("ZoneId", "crate::id::ZoneId"),
    ("Timestamp", "crate::model::Timestamp"),
    ("PolicyAccess", "crate::model::PolicyAccess"),
    ("MemberStatus", "crate::model::MemberStatus"),
    ("AccountMemberStatus", "crate::model::AccountMemberStatus"),
    ("Meta", "crate::model::Meta"),
    ("Email", "::std::string::String"),
    ("ResourceGroupScope", "crate::raw::ResourceGroupScope"),
    ("AddedMembers", "crate::raw::AddedMembers"),
    ("ApiError", "crate::error::ApiError"),
];

/// The only media type that requests and responses are generated for.
const JSON: &str = "application/json";

/// The methods that are generated; the generator gives the others types that do not compile.
const GENERATED: [&str; 5] = ["get", "put", "post", "delete", "patch"];
const NOT_GENERATED: [&str; 3] = ["head", "options", "trace"];

/// The types of OpenAPI 3.0.
const TYPES: [&str; 6] = ["array", "boolean", "integer", "number", "object", "string"];

/// Keywords of a pair of bounds, the lower one first.
const BOUNDS: [(&str, &str); 4] = [
    ("minimum", "maximum"),
    ("minLength", "maxLength"),
    ("minItems", "maxItems"),
    ("minProperties", "maxProperties"),
];

/// A part of the spec that breaks a rule.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Problem {
    /// The operation or the field, such as `UserGroup.policies[]`.
    pub(crate) place: String,
    /// The rule that is broken, and the remedy.
    pub(crate) message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.message)
    }
}

/// Reads a document in YAML or JSON. A duplicate key is an error: a plain JSON value would keep the
/// last of them silently.
pub(crate) fn read(text: &str) -> Result<Value, String> {
    // Editors on Windows write a byte order mark; YAML would take it for a document of its own.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let value: yaml_serde::Value = if text.trim_start().starts_with('{') {
        serde_json::from_str(text).map_err(|error| error.to_string())?
    } else {
        yaml_serde::from_str(text).map_err(|error| error.to_string())?
    };
    serde_json::to_value(value).map_err(|error| error.to_string())
}

/// Everything in the spec that breaks a rule. Circles are reported alone: no other rule can be checked
/// of a schema that consists of itself.
pub(crate) fn problems(spec: &Value) -> Vec<Problem> {
    let mut rules = Rules { spec, problems: BTreeSet::new() };
    rules.circles();
    if rules.problems.is_empty() {
        rules.path_items();
        for operation in operations(spec) {
            rules.operation(&operation);
        }
        for (place, schema) in schemas(spec) {
            rules.schema(&place, schema);
        }
        rules.component_names();
        rules.operation_names();
    }
    rules.problems.into_iter().collect()
}

/// Entries of [`REPLACED`] that no component matches. The generator ignores them silently.
pub(crate) fn unmatched_replacements(spec: &Value) -> Vec<Problem> {
    let components = object(spec, "/components/schemas");
    let names: BTreeSet<String> = components.map(|(name, _)| rust_name(name)).collect();
    let unmatched = REPLACED.iter().filter(|(name, _)| !names.contains(&rust_name(name)));
    unmatched
        .map(|(name, _)| problem(name, "REPLACED names a component that does not exist"))
        .collect()
}

/// Keys of the document that a typed reader of OpenAPI dropped: `written` is what the reader made of
/// it. Such a key has no effect.
pub(crate) fn dropped(spec: &Value, written: &Value) -> Vec<Problem> {
    let mut problems = Vec::new();
    compare_keys("", spec, written, &mut problems);
    problems
}

fn compare_keys(place: &str, spec: &Value, written: &Value, problems: &mut Vec<Problem>) {
    let is_reference = written.get("$ref").is_some();
    for (key, value) in entries(Some(spec)).filter(|(key, _)| !key.starts_with("x-")) {
        let below = if place.is_empty() { key.to_owned() } else { format!("{place}.{key}") };
        match written.get(key) {
            // Values are no objects of OpenAPI.
            _ if matches!(key, "example" | "examples" | "default" | "enum") => {}
            Some(written) => compare_keys(&below, value, written, problems),
            None if is_reference => {
                problems.push(problem(place, format!("`{key}` is ignored beside `$ref`")));
            }
            // Writing leaves out what has no effect.
            None if is_empty(value) => {}
            None => problems.push(problem(place, format!("unknown key `{key}`"))),
        }
    }
    let written = written.as_array().into_iter().flatten();
    for (index, (spec, written)) in spec.as_array().into_iter().flatten().zip(written).enumerate() {
        compare_keys(&format!("{place}[{index}]"), spec, written, problems);
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(entries) => entries.is_empty(),
        _ => false,
    }
}

/// The responses that no code is generated for, in one sentence each. Failures are among them on
/// purpose: often they are not the documented JSON, and `src/error.rs` decodes all of them.
pub(crate) fn stripped(spec: &Value) -> Vec<String> {
    let mut by_status: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for operation in operations(spec) {
        for (status, _) in entries(operation.node.get("responses")) {
            if status != "200" {
                by_status.entry(status).or_default().push(operation.label());
            }
        }
    }
    let all = operations(spec).len();
    let sentence = |(status, labels): (&str, Vec<String>)| match labels.len() {
        count if count == all => format!("response {status} of all operations is not generated"),
        _ => format!("response {status} of {} is not generated", labels.join(", ")),
    };
    by_status.into_iter().map(sentence).collect()
}

fn problem(place: &str, message: impl Into<String>) -> Problem {
    Problem { place: place.to_owned(), message: message.into() }
}

/// An operation and the path item around it.
pub(crate) struct Operation<'a> {
    pub(crate) path: &'a str,
    pub(crate) method: &'a str,
    pub(crate) node: &'a Map<String, Value>,
    shared: &'a Map<String, Value>,
}

impl<'a> Operation<'a> {
    pub(crate) fn label(&self) -> String {
        match self.node.get("operationId").and_then(Value::as_str) {
            Some(id) => id.to_owned(),
            None => format!("{} {}", self.method.to_uppercase(), self.path),
        }
    }

    pub(crate) fn parameters(&self) -> impl Iterator<Item = &'a Value> {
        let lists = [self.shared, self.node].map(|node| node.get("parameters"));
        lists.into_iter().flatten().filter_map(Value::as_array).flatten()
    }
}

pub(crate) fn operations(spec: &Value) -> Vec<Operation<'_>> {
    let mut operations = Vec::new();
    for (path, item) in object(spec, "/paths") {
        let Some(shared) = item.as_object() else { continue };
        for method in GENERATED.into_iter().chain(NOT_GENERATED) {
            if let Some(node) = shared.get(method).and_then(Value::as_object) {
                operations.push(Operation { path, method, node, shared });
            }
        }
    }
    operations
}

/// The entries of the object at a JSON pointer; none if there is no object.
fn object<'a>(node: &'a Value, pointer: &str) -> impl Iterator<Item = (&'a str, &'a Value)> {
    entries(node.pointer(pointer))
}

fn entries(node: Option<&Value>) -> impl Iterator<Item = (&str, &Value)> {
    let entries = node.and_then(Value::as_object).into_iter().flatten();
    entries.map(|(key, value)| (key.as_str(), value))
}

fn items<'a>(node: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    node.get(key).and_then(Value::as_array).into_iter().flatten()
}

fn texts<'a>(node: &'a Value, key: &str) -> impl Iterator<Item = &'a str> {
    items(node, key).filter_map(Value::as_str)
}

fn is_true(node: &Value, key: &str) -> bool {
    node.get(key) == Some(&Value::Bool(true))
}

/// The component that a schema is a reference to.
fn component(schema: &Value) -> Option<&str> {
    schema.get("$ref")?.as_str()?.strip_prefix("#/components/schemas/")
}

/// Follows references to something that is not one. `None` if there is nothing, or only a circle.
pub(crate) fn resolve<'a>(spec: &'a Value, mut node: &'a Value) -> Option<&'a Value> {
    for _ in 0..32 {
        match node.get("$ref").and_then(Value::as_str) {
            None => return Some(node),
            Some(reference) => node = spec.pointer(reference.strip_prefix('#')?)?,
        }
    }
    None
}

/// Every schema of the document that is written out, with its place.
fn schemas(spec: &Value) -> Vec<(String, &Value)> {
    let mut found = Vec::new();
    for (name, schema) in object(spec, "/components/schemas") {
        collect(name.to_owned(), schema, &mut found);
    }
    for (name, parameter) in object(spec, "/components/parameters") {
        collect(format!("parameter {name}"), &parameter["schema"], &mut found);
    }
    for section in ["responses", "requestBodies"] {
        for (name, body) in object(spec, &format!("/components/{section}")) {
            let schema = &body["content"][JSON]["schema"];
            collect(format!("{section}.{name}"), schema, &mut found);
        }
    }
    for operation in operations(spec) {
        let label = operation.label();
        for parameter in operation.parameters() {
            let name = parameter["name"].as_str().unwrap_or_default();
            collect(format!("{label}: parameter {name}"), &parameter["schema"], &mut found);
        }
        if let Some(body) = operation.node.get("requestBody") {
            let schema = &body["content"][JSON]["schema"];
            collect(format!("{label}: request body"), schema, &mut found);
        }
        for (status, response) in entries(operation.node.get("responses")) {
            let schema = &response["content"][JSON]["schema"];
            collect(format!("{label}: response {status}"), schema, &mut found);
        }
    }
    found
}

fn collect<'a>(place: String, schema: &'a Value, found: &mut Vec<(String, &'a Value)>) {
    if !schema.is_object() {
        return;
    }
    for (step, below) in children(schema) {
        collect(format!("{place}{step}"), below, found);
    }
    found.push((place, schema));
}

/// The schemas directly below a schema, and the step from it to each.
pub(crate) fn children(schema: &Value) -> Vec<(String, &Value)> {
    let mut below: Vec<_> = entries(schema.get("properties"))
        .map(|(name, property)| (format!(".{name}"), property))
        .collect();
    below.extend(schema.get("items").map(|items| ("[]".to_owned(), items)));
    below.extend(schema.get("additionalProperties").map(|others| (".*".to_owned(), others)));
    below.extend(schema.get("not").map(|not| (String::new(), not)));
    below.extend(members(schema).map(|member| (String::new(), member)));
    below
}

/// The schemas that a schema is composed of.
fn members(schema: &Value) -> impl Iterator<Item = &Value> {
    ["allOf", "oneOf", "anyOf"].into_iter().flat_map(|key| items(schema, key))
}

/// The name that the generator makes of a name, reduced to what makes two of them equal: words in
/// lower case. `user_group`, `UserGroup` and `user-group` are one type and one field.
fn rust_name(name: &str) -> String {
    let mut words = String::new();
    let mut letters = name.chars().filter(|letter| *letter != '\'').peekable();
    let mut after_upper: Option<bool> = None;
    while let Some(letter) = letters.next() {
        if !letter.is_alphanumeric() {
            after_upper = None;
            continue;
        }
        let ends_acronym = letters.peek().is_some_and(|next| next.is_lowercase());
        let starts_word = match after_upper {
            None => true,
            Some(upper) => letter.is_uppercase() && (!upper || ends_acronym),
        };
        if starts_word && !words.is_empty() {
            words.push('_');
        }
        words.extend(letter.to_lowercase());
        if letter.is_uppercase() || letter.is_lowercase() || after_upper.is_none() {
            after_upper = Some(letter.is_uppercase());
        }
    }
    if words.starts_with(char::is_alphabetic) { words } else { format!("x{words}") }
}

/// Names of which several become one, each with an earlier one that it collides with.
fn collisions<'a>(
    names: impl IntoIterator<Item = &'a str>,
    convert: impl Fn(&str) -> String,
) -> Vec<(&'a str, &'a str)> {
    let mut known: BTreeMap<String, &str> = BTreeMap::new();
    let mut collisions = Vec::new();
    for name in names {
        let first = *known.entry(convert(name)).or_insert(name);
        if first != name {
            collisions.push((first, name));
        }
    }
    collisions
}

struct Rules<'a> {
    spec: &'a Value,
    problems: BTreeSet<Problem>,
}

impl<'a> Rules<'a> {
    fn add(&mut self, place: &str, message: impl Into<String>) {
        self.problems.insert(problem(place, message));
    }

    /// A component that consists of itself, through references and `allOf`, `oneOf` or `anyOf` alone.
    fn circles(&mut self) {
        for (name, schema) in object(self.spec, "/components/schemas") {
            let (mut open, mut seen) = (vec![schema], BTreeSet::new());
            while let Some(node) = open.pop() {
                let target = component(node);
                if target == Some(name) {
                    self.add(name, "the schema consists of itself: it leads back through `$ref`, `allOf`, `oneOf` or `anyOf`");
                    break;
                }
                if let Some(target) = target.filter(|target| seen.insert(*target)) {
                    open.extend(self.spec.pointer(&format!("/components/schemas/{target}")));
                }
                open.extend(members(node));
            }
        }
    }

    fn path_items(&mut self) {
        for (path, item) in object(self.spec, "/paths") {
            if item.get("$ref").is_some() {
                self.add(path, "a path item cannot be a reference; write its operations out");
            }
        }
    }

    fn operation(&mut self, operation: &Operation<'a>) {
        let label = operation.label();
        if NOT_GENERATED.contains(&operation.method) {
            let method = operation.method.to_uppercase();
            let supported = GENERATED.map(str::to_uppercase).join(", ");
            return self
                .add(&label, format!("{method} cannot be generated; use one of {supported}"));
        }
        if !operation.node.contains_key("operationId") {
            self.add(&label, "lacks `operationId`");
        }
        self.parameters(&label, operation);
        if let Some(body) = operation.node.get("requestBody") {
            self.reference(&label, body, "requestBodies");
            self.request_body(&label, body);
        }
        self.responses(&label, operation);
    }

    /// A reference must lead to a component of its kind.
    fn reference(&mut self, place: &str, node: &Value, section: &str) {
        let Some(reference) = node.get("$ref") else { return };
        let text = reference.as_str().unwrap_or_default();
        if !text.starts_with(&format!("#/components/{section}/")) {
            self.add(place, format!("the reference {reference} must be to components/{section}"));
        } else if self.spec.pointer(text.trim_start_matches('#')).is_none() {
            self.add(place, format!("the reference {reference} leads nowhere"));
        }
    }

    fn parameters(&mut self, label: &str, operation: &Operation<'a>) {
        let mut names: BTreeMap<(&str, &str), usize> = BTreeMap::new();
        for parameter in operation.parameters() {
            self.reference(label, parameter, "parameters");
        }
        let parameters: Vec<_> =
            operation.parameters().filter_map(|node| resolve(self.spec, node)).collect();
        for parameter in &parameters {
            let [name, kind] =
                ["name", "in"].map(|key| parameter[key].as_str().unwrap_or_default());
            let count = names.entry((kind, name)).or_default();
            *count += 1;
            if *count == 2 {
                self.add(label, format!("the {kind} parameter `{name}` is declared twice"));
            }
            if kind == "cookie" {
                self.add(label, format!("the cookie parameter `{name}` cannot be generated"));
            }
            if parameter.get("content").is_some() {
                self.add(label, format!("the parameter `{name}` has `content`, which cannot be generated; use `schema`"));
            }
            let style = parameter.get("style").and_then(Value::as_str);
            let style = style.filter(|style| !matches!(*style, "form" | "simple"));
            if let Some(style) = style {
                self.add(
                    label,
                    format!(
                        "the parameter `{name}` has `style: {style}`, which cannot be generated"
                    ),
                );
            }
            let schema = parameter.get("schema").and_then(|schema| resolve(self.spec, schema));
            let shape = schema.and_then(|schema| schema.get("type")?.as_str());
            if let Some(shape @ ("array" | "object")) = shape {
                self.add(label, format!("the {kind} parameter `{name}` is an {shape}, which cannot be sent as one value"));
            }
        }
        let distinct: BTreeSet<&str> = names.keys().map(|(_, name)| *name).collect();
        for (first, second) in collisions(distinct, rust_name) {
            self.add(label, format!("the parameters `{first}` and `{second}` become one argument"));
        }
    }

    fn request_body(&mut self, label: &str, body: &'a Value) {
        let Some(body) = resolve(self.spec, body) else { return };
        let media: Vec<&str> = entries(body.get("content")).map(|(media, _)| media).collect();
        if media != [JSON] {
            self.add(
                label,
                format!(
                    "the request body is {}; only {JSON} alone can be generated",
                    media.join(", ")
                ),
            );
        }
        let mut seen = BTreeSet::new();
        self.request(
            &format!("{label}: request body"),
            &body["content"][JSON]["schema"],
            &mut seen,
        );
    }

    fn responses(&mut self, label: &str, operation: &Operation<'a>) {
        let responses: BTreeMap<&str, &Value> = entries(operation.node.get("responses")).collect();
        for response in responses.values() {
            self.reference(label, response, "responses");
        }
        let success = responses.get("200").and_then(|response| resolve(self.spec, response));
        let content = |response: &'a Value| entries(response.get("content"));
        if !success.is_some_and(|response| content(response).any(|(media, _)| media == JSON)) {
            self.add(
                label,
                format!("there is no response 200 with {JSON}; no other success can be generated"),
            );
        }
        for (media, _) in success.into_iter().flat_map(content).filter(|(media, _)| *media != JSON)
        {
            self.add(
                label,
                format!("the response 200 can also be {media}; only {JSON} alone can be generated"),
            );
        }
        let successes = responses.keys().filter(|status| status.starts_with(['1', '2']));
        for status in successes.filter(|status| **status != "200") {
            self.add(
                label,
                format!("the response {status} cannot be generated: only 200 is a success"),
            );
        }
        if let Some(success) = success {
            let schema = &success["content"][JSON]["schema"];
            self.response(&format!("{label}: response 200"), schema, &mut BTreeSet::new());
        }
    }

    /// What is read must be lenient: one unexpected value would make a whole list unreadable.
    fn response(&mut self, place: &str, schema: &'a Value, seen: &mut BTreeSet<&'a str>) {
        if let Some(name) = component(schema) {
            if seen.insert(name) {
                let target = self.spec.pointer(&format!("/components/schemas/{name}"));
                self.response_component(name, target.unwrap_or(&Value::Null), seen);
            }
            return;
        }
        self.strict_keywords(place, schema);
        for (step, below) in children(schema) {
            self.response(&format!("{place}{step}"), below, seen);
        }
    }

    fn response_component(
        &mut self,
        name: &'a str,
        schema: &'a Value,
        seen: &mut BTreeSet<&'a str>,
    ) {
        let replaced = REPLACED.iter().any(|(known, _)| rust_name(known) == rust_name(name));
        if !replaced {
            return self.response(name, schema, seen);
        }
        // The type that replaces it may still use the generated types of what it refers to.
        let mut written = Vec::new();
        collect(name.to_owned(), schema, &mut written);
        for (place, below) in written.iter().filter(|(_, below)| component(below).is_some()) {
            self.response(place, below, seen);
        }
    }

    fn strict_keywords(&mut self, place: &str, schema: &Value) {
        let remedy = "make it a component that REPLACED lists";
        let format = schema.get("format").and_then(Value::as_str).unwrap_or_default();
        match format {
            "date-time" => self.add(place, "an inline date-time makes reading strict; use `$ref: '#/components/schemas/Timestamp'`"),
            "date" | "time" | "uuid" | "ip" | "ipv4" | "ipv6" => {
                self.add(place, format!("an inline {format} in a response makes reading strict; remove `format`, or {remedy}"));
            }
            _ => {}
        }
        if schema.get("enum").is_some() {
            self.add(place, format!("an enum in a response refuses new values; {remedy}"));
        }
        let limits = BOUNDS.iter().flat_map(|(lower, upper)| [*lower, *upper]);
        for keyword in
            limits.chain(["pattern", "uniqueItems", "exclusiveMinimum", "exclusiveMaximum"])
        {
            if schema.get(keyword).is_some() {
                self.add(
                    place,
                    format!(
                        "`{keyword}` in a response makes reading strict; remove it, or {remedy}"
                    ),
                );
            }
        }
        if schema.get("type").and_then(Value::as_str) == Some("array")
            && !is_true(schema, "nullable")
        {
            self.add(place, "an array in a response must be `nullable`; null has been reported for an empty list");
        }
        if schema.get("additionalProperties") == Some(&Value::Bool(false)) {
            self.add(
                place,
                "`additionalProperties: false` in a response refuses new fields; remove it",
            );
        }
        for keyword in ["oneOf", "anyOf"].into_iter().filter(|key| items(schema, key).count() > 1) {
            self.add(
                place,
                format!("`{keyword}` in a response refuses new alternatives; {remedy}"),
            );
        }
    }

    /// A field that may be absent or null needs three states; an `Option` has two.
    fn request(&mut self, place: &str, schema: &'a Value, seen: &mut BTreeSet<&'a str>) {
        if let Some(name) = component(schema) {
            if seen.insert(name) {
                let target = self.spec.pointer(&format!("/components/schemas/{name}"));
                self.request(name, target.unwrap_or(&Value::Null), seen);
            }
            return;
        }
        let required: Vec<&str> = texts(schema, "required").collect();
        for (name, field) in entries(schema.get("properties")) {
            let nullable =
                resolve(self.spec, field).is_some_and(|field| is_true(field, "nullable"));
            if nullable && !required.contains(&name) && !is_true(field, "readOnly") {
                self.add(&format!("{place}.{name}"), "optional and nullable in a request: null cannot be sent; make the field required, or remove `nullable`");
            }
        }
        for (step, below) in children(schema) {
            self.request(&format!("{place}{step}"), below, seen);
        }
    }

    /// Faults of one schema that generators read as something else.
    fn schema(&mut self, place: &str, schema: &'a Value) {
        if schema.get("$ref").is_some() {
            return self.reference(place, schema, "schemas");
        }
        match schema.get("type").map(Value::as_str) {
            None => {}
            Some(Some(kind)) if TYPES.contains(&kind) => {}
            Some(Some(kind)) => {
                self.add(place, format!("unknown type `{kind}`; use one of {}", TYPES.join(", ")));
            }
            Some(None) => {
                self.add(place, "`type` must be a single type; for null write `nullable: true`");
            }
        }
        if schema.get("type").and_then(Value::as_str) == Some("array")
            && schema.get("items").is_none()
        {
            self.add(place, "an array without `items` is generated as any JSON value");
        }
        self.required_fields(place, schema);
        self.values(place, schema);
        self.discriminator(place, schema);
        for (lower, upper) in BOUNDS {
            let [least, most] = [lower, upper].map(|key| schema.get(key).and_then(Value::as_f64));
            if let (Some(least), Some(most)) = (least, most)
                && least > most
            {
                self.add(place, format!("`{lower}` {least} is greater than `{upper}` {most}"));
            }
        }
        for (first, second) in
            collisions(entries(schema.get("properties")).map(|(name, _)| name), rust_name)
        {
            self.add(place, format!("the fields `{first}` and `{second}` become one field"));
        }
    }

    fn required_fields(&mut self, place: &str, schema: &'a Value) {
        // The fields of a composition may be declared by any of its members.
        if schema.get("properties").is_none() || members(schema).next().is_some() {
            return;
        }
        for name in texts(schema, "required") {
            if schema["properties"].get(name).is_none() {
                self.add(place, format!("the required field `{name}` is not declared"));
            }
        }
    }

    fn values(&mut self, place: &str, schema: &'a Value) {
        let values: Vec<&Value> = items(schema, "enum").collect();
        for (index, value) in values.iter().enumerate() {
            if values.iter().take(index).any(|earlier| earlier == value) {
                self.add(place, format!("`enum` lists {value} twice"));
            }
        }
        let names: BTreeSet<&str> = texts(schema, "enum").collect();
        // The generator spells special characters as `X` if names are not unique without them.
        let spelled = |name: &str| rust_name(&name.replace(|c: char| !c.is_alphanumeric(), "X"));
        if !collisions(names.iter().copied(), rust_name).is_empty() {
            for (first, second) in collisions(names, spelled) {
                self.add(place, format!("the values `{first}` and `{second}` become one variant"));
            }
        }
    }

    fn discriminator(&mut self, place: &str, schema: &'a Value) {
        let Some(discriminator) = schema.get("discriminator") else { return };
        for (value, target) in entries(discriminator.get("mapping")) {
            let target = target.as_str().unwrap_or_default();
            let pointer = match target.strip_prefix('#') {
                Some(pointer) => pointer.to_owned(),
                None => format!("/components/schemas/{target}"),
            };
            if self.spec.pointer(&pointer).is_none() {
                self.add(
                    place,
                    format!("`discriminator` maps `{value}` to {target}, which does not exist"),
                );
            }
        }
    }

    fn component_names(&mut self) {
        let names = object(self.spec, "/components/schemas").map(|(name, _)| name);
        for (first, second) in collisions(names, rust_name) {
            self.add(
                second,
                format!("becomes the same type as the component `{first}`; rename one"),
            );
        }
    }

    fn operation_names(&mut self) {
        let mut known: BTreeMap<String, String> = BTreeMap::new();
        for operation in operations(self.spec) {
            let place = format!("{} {}", operation.method.to_uppercase(), operation.path);
            let Some(id) = operation.node.get("operationId").and_then(Value::as_str) else {
                continue;
            };
            match known.get(&rust_name(id)) {
                Some(first) => {
                    let first = first.clone();
                    self.add(
                        id,
                        format!("{place} becomes the same function as {first}; rename one"),
                    );
                }
                None => drop(known.insert(rust_name(id), place)),
            }
        }
    }
}
