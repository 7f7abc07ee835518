//! The operations of the sandbox are those of the specification.

#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};

use cloudflare_user_groups_sandbox::{Contract, operations};

#[path = "../../spec/rules.rs"]
#[allow(dead_code, reason = "other programs use more of it")]
mod rules;

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

fn specified(file: &str) -> Routes {
    let path = format!("{}/../{file}", env!("CARGO_MANIFEST_DIR"));
    let spec = rules::read(&std::fs::read_to_string(path).unwrap()).unwrap();
    let route = |it: &rules::Operation<'_>| {
        let parameters = it.parameters().map(|node| rules::resolve(&spec, node).unwrap());
        let query = parameters.filter(|it| it["in"] == "query");
        let query = query.map(|it| it["name"].as_str().unwrap().to_owned()).collect();
        let key = (it.method.to_uppercase(), it.path.to_owned());
        (key, (it.label(), query, it.node.contains_key("requestBody")))
    };
    rules::operations(&spec).iter().map(route).collect()
}

#[test]
fn routes_and_query_parameters_are_those_of_the_specification() {
    assert_eq!(served(Contract::Current), specified("spec/openapi.yaml"));
    assert_eq!(served(Contract::Observed), served(Contract::Current));
    let mut documented = specified("tests/fixtures/documented.yaml");
    // The lists that turn names into ids are served in either version.
    let lookups = specified("spec/openapi.yaml").into_iter();
    documented.extend(lookups.filter(|((_, path), _)| !path.contains("/user_groups")));
    assert_eq!(served(Contract::Documented), documented);
}
