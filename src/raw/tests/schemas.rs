//! The JSON Schema derived from each generated type is held against the component it came from.
//!
//! Both are brought into one form first. What that form leaves out, and why:
//!
//! * Descriptions, titles, examples and defaults, which no type carries.
//! * `format: double` and an `additionalProperties: true` of a free object: the Rust types say
//!   them, the spec need not.
//! * Optional and nullable are one in a property: both are an `Option` that is `None`. Everywhere
//!   else `nullable` counts.
//! * An `allOf` of a single schema is that schema, and an `anyOf` is the `oneOf` of an untagged
//!   enum.
//! * A reference names the Rust type that stands for the component, so that the components of an id
//!   that is read and of one that is written are the same. One replaced by a type of the standard
//!   library is written out.
//! * Length limits and patterns of components that `build.rs` replaces: those types are lenient on
//!   purpose. What `XId::new` refuses is tested in the module `ids`.
//! * A component that documents one object and is read by [`OneOrMany`] stands for the first half
//!   of that type's `oneOf`, one that documents an array for the second. `READ_AS_MANY` names them.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use schemars::JsonSchema;
use schemars::generate::{Contract, SchemaSettings};
use schemars::transform::{AddNullable, Transform};
use serde_json::{Map, Value, json};

use crate::raw::generated::every_type;
use crate::raw::types;

use super::rules;

const SPEC: &str = include_str!("../../../spec/openapi.yaml");
const GENERATED: &str = include_str!("../../../generated/client.rs");

/// Components whose type accepts an array of the object that is documented, and the object too.
const READ_AS_MANY: &[&str] = &["AddedMembers"];

/// The schema of a type, as it is read or as it is written.
type Derive = fn(Contract) -> Value;

fn derive<T: JsonSchema>(contract: Contract) -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| settings.contract = contract);
    let mut schema = T::json_schema(&mut settings.into_generator());
    AddNullable::default().transform(&mut schema);
    schema.to_value()
}

/// A type that stands for a component.
struct Counterpart {
    path: String,
    /// How schemas derived from other types refer to it, unless it is of the standard library.
    reference: String,
    derive: Derive,
}

impl Counterpart {
    fn is_generated(&self) -> bool {
        self.path.starts_with("types::")
    }
}

fn counterpart<T: JsonSchema>(path: &str) -> Counterpart {
    Counterpart {
        path: path.replace(' ', ""),
        reference: T::schema_name().into_owned(),
        derive: derive::<T>,
    }
}

macro_rules! counterparts {
    ($($component:ident => $type:ty,)*) => {
        [$((stringify!($component), counterpart::<$type>(stringify!($type)))),*]
    };
    ($($generated:ident,)*) => {
        counterparts! { $($generated => types::$generated,)* }
    };
}

/// The types by component: generated, or put in their place by `build.rs`. The test below holds the
/// list to its table.
fn counterparts() -> BTreeMap<&'static str, Counterpart> {
    let mut all = BTreeMap::from(every_type!(counterparts));
    let replaced = counterparts! {
        AccountId => crate::id::AccountId,
        AccountReadId => crate::id::AccountId,
        UserGroupId => crate::id::UserGroupId,
        MemberId => crate::id::MemberId,
        MemberReadId => crate::id::MemberId,
        UserId => crate::id::UserId,
        ZoneId => crate::id::ZoneId,
        PolicyId => crate::id::PolicyId,
        PermissionGroupId => crate::id::PermissionGroupId,
        PermissionGroupReadId => crate::id::PermissionGroupId,
        ResourceGroupId => crate::id::ResourceGroupId,
        ResourceGroupReadId => crate::id::ResourceGroupId,
        Timestamp => crate::model::Timestamp,
        PolicyAccess => crate::model::PolicyAccess,
        MemberStatus => crate::model::MemberStatus,
        AccountMemberStatus => crate::model::AccountMemberStatus,
        Meta => crate::model::Meta,
        Email => ::std::string::String,
        ResourceGroupScope => crate::raw::ResourceGroupScope,
        AddedMembers => crate::raw::AddedMembers,
        ApiError => crate::error::ApiError,
    };
    for (name, counterpart) in replaced {
        assert!(all.insert(name, counterpart).is_none(), "{name} was generated all the same");
    }
    all
}

fn components(spec: &Value) -> &Map<String, Value> {
    spec["components"]["schemas"].as_object().expect("the spec has components")
}

pub(super) fn spec() -> Value {
    static READ: LazyLock<Value> =
        LazyLock::new(|| yaml_serde::from_str(SPEC).expect("the spec is YAML"));
    READ.clone()
}

/// Where the types and the spec differ, one line for each difference.
fn differences(spec: &Value) -> Vec<String> {
    let all = counterparts();
    let form = Form::new(&all);
    let mut found = Vec::new();
    for name in components(spec).keys() {
        if !all.contains_key(name.as_str()) {
            found.push(format!("no type stands for the component {name}"));
        }
    }
    for (name, counterpart) in &all {
        let Some(component) = components(spec).get(*name) else {
            found.push(format!("{} stands for no component", counterpart.path));
            continue;
        };
        let expected = form.component(component, !counterpart.is_generated());
        for contract in [Contract::Deserialize, Contract::Serialize] {
            let derived = form.derived((counterpart.derive)(contract.clone()), &expected, name);
            if derived != expected {
                found.push(format!("{name} ({contract:?}):\n  spec {expected}\n  type {derived}"));
            }
        }
    }
    found
}

/// The form in which both sides are compared.
struct Form {
    /// Component or type → what references to it become.
    names: BTreeMap<String, Value>,
}

impl Form {
    fn new(all: &BTreeMap<&str, Counterpart>) -> Self {
        let mut names = BTreeMap::new();
        for (component, Counterpart { path, reference, derive }) in all {
            let form = if path.starts_with("::std") {
                derive(Contract::Deserialize)
            } else {
                names.insert(reference.clone(), json!({ "$ref": reference }));
                json!({ "$ref": reference })
            };
            names.insert((*component).to_owned(), form);
        }
        Self { names }
    }

    fn component(&self, schema: &Value, lenient: bool) -> Value {
        let mut schema = schema.clone();
        if lenient && let Some(schema) = schema.as_object_mut() {
            for limit in ["minLength", "maxLength", "pattern"] {
                schema.remove(limit);
            }
        }
        self.normal(schema)
    }

    fn derived(&self, schema: Value, expected: &Value, name: &str) -> Value {
        let mut schema = self.normal(schema);
        if READ_AS_MANY.contains(&name) {
            let half = usize::from(expected["type"] == "array");
            schema = schema["oneOf"][half].take();
        }
        schema
    }

    fn normal(&self, schema: Value) -> Value {
        let Value::Object(mut schema) = schema else {
            return schema;
        };
        for said_elsewhere in ["description", "title", "example", "examples", "default"] {
            schema.remove(said_elsewhere);
        }
        if let Some(Value::String(reference)) = schema.get("$ref") {
            let name = reference.rsplit('/').next().unwrap_or_default();
            return self.names.get(name).cloned().unwrap_or_else(|| json!({ "$ref": reference }));
        }
        if schema.get("format") == Some(&json!("double")) {
            schema.remove("format");
        }
        if schema.get("additionalProperties") == Some(&json!(true)) {
            schema.remove("additionalProperties");
        }
        self.within(&mut schema);
        flat(schema)
    }

    /// Brings what the schema consists of into the form.
    fn within(&self, schema: &mut Map<String, Value>) {
        let required = schema.get("required").cloned().unwrap_or_default();
        let is_required =
            |name: &str| required.as_array().is_some_and(|all| all.iter().any(|one| one == name));
        for (name, property) in
            schema.get_mut("properties").and_then(Value::as_object_mut).into_iter().flatten()
        {
            *property = self.normal(property.take());
            if !is_required(name) {
                *property = not_null(property.take());
            }
        }
        for keyword in ["items", "additionalProperties"] {
            if let Some(inner) = schema.get_mut(keyword) {
                *inner = self.normal(inner.take());
            }
        }
        for keyword in ["allOf", "anyOf", "oneOf"] {
            for inner in schema.get_mut(keyword).and_then(Value::as_array_mut).into_iter().flatten()
            {
                *inner = self.normal(inner.take());
            }
        }
        for set in ["required", "enum"] {
            if let Some(Value::Array(items)) = schema.get_mut(set) {
                items.sort_by_key(Value::to_string);
            }
        }
    }
}

/// One way to write what can be written in two: a lone `allOf`, and a choice with null.
fn flat(mut schema: Map<String, Value>) -> Value {
    if let Some([one]) = schema.get("allOf").and_then(Value::as_array).map(Vec::as_slice) {
        let one = one.clone();
        schema.remove("allOf");
        let nullable = schema.remove("nullable") == Some(json!(true));
        // OpenAPI 3.0.3 wants the type said again where null is allowed.
        if nullable && schema.get("type") == Some(&json!("object")) {
            schema.remove("type");
        }
        assert!(schema.is_empty(), "an allOf with siblings: {schema:?}");
        return if nullable { or_null(one) } else { one };
    }
    let null = json!({ "const": null, "nullable": true });
    match schema.remove("anyOf") {
        Some(Value::Array(choice)) if choice.get(1) == Some(&null) => {
            return or_null(choice[0].clone());
        }
        // An untagged enum takes the first variant that fits, as one of exclusive alternatives.
        Some(choice) => {
            schema.insert("oneOf".to_owned(), choice);
        }
        None => {}
    }
    Value::Object(schema)
}

fn or_null(schema: Value) -> Value {
    match schema {
        Value::Object(mut schema) if !schema.contains_key("$ref") => {
            schema.insert("nullable".to_owned(), json!(true));
            Value::Object(schema)
        }
        reference => json!({ "orNull": reference }),
    }
}

fn not_null(schema: Value) -> Value {
    let Value::Object(mut schema) = schema else {
        return schema;
    };
    schema.remove("nullable");
    schema.remove("orNull").unwrap_or(Value::Object(schema))
}

#[test]
fn every_type_is_its_component() {
    let found = differences(&spec());
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// A key that matches nothing is ignored by the generator, and a type of that name is made.
#[test]
fn every_replacement_takes_effect() {
    let (spec, all) = (spec(), counterparts());
    let replaced = all.iter().filter(|(_, counterpart)| !counterpart.is_generated());
    let listed: BTreeMap<_, _> =
        replaced.map(|(name, counterpart)| (*name, &*counterpart.path)).collect();
    assert_eq!(listed, rules::REPLACED.iter().copied().collect(), "the list here and the table");
    for (name, path) in listed {
        assert!(components(&spec).contains_key(name), "{name} is no component");
        assert!(GENERATED.contains(path), "{path} stands nowhere in the generated code");
    }
}

/// Changes the spec and gives the differences that the change makes.
fn noticed(change: impl FnOnce(&mut Map<String, Value>)) -> Vec<String> {
    let mut spec = spec();
    change(spec["components"]["schemas"].as_object_mut().expect("the spec has components"));
    differences(&spec)
}

#[test]
fn added_or_removed_component_is_a_difference() {
    let found = noticed(|components| {
        components.insert("Novelty".to_owned(), json!({ "type": "object" }));
    });
    assert_eq!(found, ["no type stands for the component Novelty"]);
    for name in components(&spec()).keys() {
        let found = noticed(|components| {
            components.remove(name);
        });
        assert!(
            found.iter().any(|line| line.ends_with("stands for no component")),
            "nothing missed {name}: {found:?}"
        );
    }
}

/// Every property of every component: gone, of another type, required or no longer, joined by
/// another.
#[test]
fn changed_property_is_a_difference() {
    let spec = spec();
    let mut changes = 0;
    for (name, component) in components(&spec) {
        let Some(properties) = component["properties"].as_object() else { continue };
        for property in properties.keys() {
            for (change, alter) in PROPERTY_CHANGES {
                let found = noticed(|components| alter(&mut components[name], property));
                assert!(!found.is_empty(), "nothing noticed {name}.{property} {change}");
                changes += 1;
            }
        }
    }
    assert!(changes > 200, "only {changes} changes were tried");
}

/// What is done to a component and one of its properties.
type Alter = fn(&mut Value, &str);

const PROPERTY_CHANGES: &[(&str, Alter)] = &[
    ("going away", |component, property| {
        component["properties"].as_object_mut().map(|all| all.remove(property));
    }),
    ("being joined by another", |component, _| {
        component["properties"]["novelty"] = json!({ "type": "string" });
    }),
    ("taking another type", |component, property| {
        let number = json!({ "type": "integer", "format": "int32" });
        component["properties"][property] = number;
    }),
    ("being required, or not", |component, property| {
        let mut required = component["required"].as_array().cloned().unwrap_or_default();
        match required.iter().position(|name| name == property) {
            Some(index) => drop(required.remove(index)),
            None => required.push(json!(property)),
        }
        component["required"] = required.into();
    }),
];

#[test]
fn changed_constraint_is_a_difference() {
    let changes: &[(&str, &str, Value)] = &[
        ("PolicyAccess", "/enum", json!(["allow", "deny", "audit"])),
        ("MemberStatus", "/enum", json!(["accepted"])),
        ("SortDirection", "/enum", json!(["asc"])),
        ("Timestamp", "/format", json!("date")),
        ("Meta", "/additionalProperties", json!({ "type": "integer" })),
        ("MemberRefs", "/items", json!({ "$ref": "#/components/schemas/Member" })),
        ("ApiErrors", "/nullable", json!(false)),
        ("ApiError", "/properties/code/format", json!("int32")),
        ("ApiError", "/properties/source/properties/pointer/type", json!("integer")),
        ("CreateUserGroup", "/additionalProperties", json!(true)),
        ("ResourceGroupScope", "/oneOf/1", json!({ "$ref": "#/components/schemas/Scope" })),
        ("UserGroup", "/properties/id/$ref", json!("#/components/schemas/MemberId")),
        ("AddedMembers", "/items/$ref", json!("#/components/schemas/UserGroup")),
    ];
    for (name, place, value) in changes {
        let found = noticed(|components| {
            *components[*name].pointer_mut(place).expect("the place is in the spec") =
                value.clone();
        });
        assert!(!found.is_empty(), "nothing noticed {name}{place} becoming {value}");
    }
}

/// One member was documented where the later schema has an array, and is read by the same type.
#[test]
fn one_or_many_stands_for_either() {
    let found = noticed(|components| {
        components["AddedMembers"] =
            json!({ "allOf": [{ "$ref": "#/components/schemas/Member" }] });
    });
    assert_eq!(found, [""; 0]);
}
