//! The operations of the sandbox are those of the specification.

#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};

use cloudflare_user_groups_sandbox::{Contract, operations};
use serde_json::Value;

type Routes = BTreeMap<(String, String), (String, BTreeSet<String>, bool)>;

/// The method and path of each operation, with its id, its query parameters and whether it has a body.
fn served(contract: Contract) -> Routes {
    operations(contract)
        .map(|it| {
            let query = it.query.iter().map(|name| (*name).to_owned()).collect();
            let key = (it.method.to_string(), it.path.to_owned());
            (key, (it.id.to_owned(), query, it.has_body()))
        })
        .collect()
}

fn read(file: &str) -> Value {
    let path = format!("{}/../{file}", env!("CARGO_MANIFEST_DIR"));
    yaml_serde::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn specified(spec: &Value) -> Routes {
    let mut routes = Routes::new();
    let paths = spec["paths"].as_object().unwrap().iter();
    for (path, item) in paths {
        for method in ["get", "put", "post", "delete", "options", "head", "patch", "trace"] {
            let Some(operation) = item.get(method) else {
                continue;
            };
            let shared = item["parameters"].as_array().into_iter().flatten();
            let own = operation["parameters"].as_array().into_iter().flatten();
            let parameters = shared.chain(own).map(|it| resolve(spec, it));
            let query = parameters
                .filter(|it| it["in"] == "query")
                .map(|it| it["name"].as_str().unwrap().to_owned());
            let id = operation["operationId"].as_str().unwrap().to_owned();
            let key = (method.to_uppercase(), path.clone());
            routes.insert(key, (id, query.collect(), operation.get("requestBody").is_some()));
        }
    }
    routes
}

fn resolve<'a>(spec: &'a Value, value: &'a Value) -> &'a Value {
    match value.get("$ref").and_then(Value::as_str) {
        Some(pointer) => spec.pointer(pointer.trim_start_matches('#')).unwrap(),
        None => value,
    }
}

#[test]
fn routes_and_query_parameters_are_those_of_the_specification() {
    assert_eq!(served(Contract::Current), specified(&read("spec/openapi.yaml")));
    assert_eq!(served(Contract::Observed), served(Contract::Current));
    let documented = read("tests/fixtures/documented.yaml");
    let mut documented = specified(&documented);
    // The lists that turn names into ids are served in either version.
    let lookups = specified(&read("spec/openapi.yaml")).into_iter();
    documented.extend(lookups.filter(|((_, path), _)| !path.contains("/user_groups")));
    assert_eq!(served(Contract::Documented), documented);
}

#[test]
fn current_contract_keeps_the_documented_operations() {
    let (old, new) = (served(Contract::Documented), served(Contract::Current));
    assert!(old.len() < new.len());
    assert!(old.iter().all(|(route, operation)| new.get(route) == Some(operation)));
}
