//! The operations of the sandbox are those of the specification.

#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};

use cloudflare_user_groups_sandbox::{Contract, operations};

#[path = "../../spec/rules.rs"]
#[allow(dead_code, reason = "other programs use more of it")]
mod rules;

type Routes = BTreeMap<(String, String), (String, BTreeSet<String>, bool)>;

/// The method and path of each operation, with its id, its query parameters and whether it has a
/// body.
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

/// Fails with the operations that are not the same in both.
#[track_caller]
fn assert_same(served: &Routes, specified: &Routes) {
    let only = |these: &Routes, others: &Routes| -> Routes {
        let differs = |(key, it): &(&_, &_)| others.get(*key) != Some(*it);
        these.iter().filter(differs).map(|(key, it)| (key.clone(), it.clone())).collect()
    };
    let (served, specified) = (only(served, specified), only(specified, served));
    assert_eq!(served, specified, "served, and specified");
}

#[test]
fn routes_and_query_parameters_are_those_of_the_specification() {
    let current = specified("spec/openapi.yaml");
    assert_same(&served(Contract::Current), &current);
    assert_same(&served(Contract::Observed), &current);
    let mut documented = specified("tests/fixtures/documented.yaml");
    // The lists that turn names into ids are served in either version.
    documented.extend(current.into_iter().filter(|((_, path), _)| !path.contains("/user_groups")));
    assert_same(&served(Contract::Documented), &documented);
}
