//! The spec is consistent, and the check of exchanges against it rejects what is wrong.

use openapiv3::OpenAPI;
use serde_json::{Value, json};

use crate::operations::{GROUP, MEMBER, OPERATIONS};
use crate::server::ACCOUNT;
use crate::spec_check::{Contract, Exchange};

const SPEC: &str = include_str!("../../spec/openapi.yaml");

#[path = "../../spec/rules.rs"]
pub(crate) mod rules;

pub(crate) fn document() -> Value {
    rules::read(SPEC).expect("the spec is YAML without duplicate keys")
}

fn components(document: &Value) -> impl Iterator<Item = (&String, &Value)> {
    document["components"]["schemas"].as_object().into_iter().flatten()
}

#[test]
fn it_is_openapi_3_0_3() {
    let spec: OpenAPI = serde_json::from_value(document()).expect("the spec is OpenAPI");
    assert_eq!(spec.openapi, "3.0.3");
    let described = |(path, method, operation): (&str, &str, &openapiv3::Operation)| {
        assert!(operation.operation_id.is_some(), "{method} {path} has no operationId");
        assert!(operation.summary.is_some(), "{method} {path} has no summary");
        assert_eq!(operation.tags.len(), 1, "{method} {path}");
        let documented: Vec<_> =
            operation.responses.responses.keys().map(ToString::to_string).collect();
        assert_eq!(documented, ["200", "4XX"], "{method} {path}");
    };
    assert_eq!(spec.operations().map(described).count(), OPERATIONS.len());
}

#[test]
fn table_of_operations_is_the_spec() {
    let document = document();
    let mut specified = Vec::new();
    for (path, item) in document["paths"].as_object().expect("there are paths") {
        for (method, operation) in item.as_object().expect("a path has operations") {
            if let Some(id) = operation["operationId"].as_str() {
                let path = path.strip_prefix("/accounts/{account_id}").expect("below the account");
                let summary = operation["summary"].as_str().unwrap_or_default();
                specified.push((id, method.to_uppercase(), path, summary));
            }
        }
    }
    let mut table: Vec<_> =
        OPERATIONS.iter().map(|it| (it.id, it.method.to_owned(), it.path, it.summary)).collect();
    specified.sort();
    table.sort();
    assert_eq!(table, specified);
}

#[test]
fn requests_and_results_of_the_table_keep_the_contract() {
    let contract = Contract::load();
    for operation in OPERATIONS {
        let exchange = Exchange {
            method: operation.method.to_owned(),
            path: operation.path_in(ACCOUNT),
            query: operation.query.to_owned(),
            request: operation.body.into(),
            status: 200,
            response: operation.success().to_string().into(),
        };
        assert_eq!(contract.check(&exchange), Ok(()));
    }
}

#[test]
fn it_follows_the_rules_of_code_generation() {
    let document = document();
    assert_eq!(rules::problems(&document), []);
    assert_eq!(rules::unmatched_replacements(&document), []);
    let spec: OpenAPI = serde_json::from_value(document.clone()).expect("the spec is OpenAPI");
    let written = serde_json::to_value(spec).expect("it can be written");
    assert_eq!(rules::dropped(&document, &written), []);
    assert_eq!(rules::stripped(&document), ["response 4XX of all operations is not generated"]);
}

#[test]
fn a_duplicate_key_is_refused() {
    let twice = SPEC.replacen("      operationId:", "      summary: Once\n      operationId:", 1);
    let error = rules::read(&twice).expect_err("`summary` is there twice");
    assert!(error.contains("duplicate entry with key \"summary\""), "{error}");
}

#[test]
fn every_component_has_an_example_that_it_accepts() {
    let (document, contract) = (document(), Contract::load());
    for (name, component) in components(&document) {
        let example = component.get("example").unwrap_or_else(|| panic!("{name} has no example"));
        let problems: Vec<_> = contract
            .component(name)
            .iter_errors(example)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(problems.is_empty(), "the example of {name}: {problems:?}");
    }
}

/// The examples of the parameters make a request; so they are checked where they are used.
#[test]
fn the_examples_make_exchanges_that_keep_the_contract() {
    let contract = Contract::load();
    let exchanges = examples(&document());
    assert_eq!(exchanges.len(), 2 * OPERATIONS.len(), "a success and a failure for each operation");
    for exchange in &exchanges {
        assert_eq!(contract.check(exchange), Ok(()));
    }
    assert!(exchanges.iter().any(|exchange| exchange.query.contains("fuzzyName=Platform")));
}

/// A success and a failure of each operation, made of nothing but the examples in the spec.
fn examples(document: &Value) -> Vec<Exchange> {
    let resolve = |value: &Value| match value["$ref"].as_str() {
        Some(reference) => document.pointer(&reference[1..]).expect("it leads somewhere").clone(),
        None => value.clone(),
    };
    let body = |holder: &Value| {
        let schema = resolve(&resolve(holder)["content"]["application/json"]["schema"]);
        schema["example"].to_string().into_bytes()
    };
    let mut exchanges = Vec::new();
    for (template, item) in document["paths"].as_object().expect("there are paths") {
        for (method, operation) in item.as_object().expect("a path has operations") {
            let Some(responses) = operation.get("responses") else { continue };
            let all = [&item["parameters"], &operation["parameters"]].map(Value::as_array);
            let (mut path, mut query) = (template.clone(), Vec::new());
            for parameter in all.into_iter().flatten().flatten().map(resolve) {
                let text = |value: &Value| value.as_str().map_or(value.to_string(), str::to_owned);
                let (name, example) = (text(&parameter["name"]), text(&parameter["example"]));
                match parameter["in"].as_str() {
                    Some("path") => path = path.replace(&format!("{{{name}}}"), &example),
                    _ => query.push((name, example)),
                }
            }
            let query =
                url::form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
            for (status, key) in [(200, "200"), (404, "4XX")] {
                exchanges.push(Exchange {
                    method: method.to_uppercase(),
                    path: format!("/client/v4{path}"),
                    query: query.clone(),
                    request: operation.get("requestBody").map(body).unwrap_or_default(),
                    status,
                    response: body(&responses[key]),
                });
            }
        }
    }
    exchanges
}

fn create() -> Exchange {
    let group = json!({
        "id": GROUP, "name": "SRE",
        "created_on": "2024-03-01T12:21:02.0000Z", "modified_on": "2024-03-01T12:21:02.0000Z",
    });
    Exchange {
        method: "POST".to_owned(),
        path: format!("/accounts/{ACCOUNT}/iam/user_groups"),
        query: String::new(),
        request: json!({ "name": "SRE" }).to_string().into(),
        status: 200,
        response: json!({ "success": true, "errors": [], "messages": [], "result": group })
            .to_string()
            .into(),
    }
}

fn list_members() -> Exchange {
    Exchange {
        method: "GET".to_owned(),
        path: format!("/accounts/{ACCOUNT}/iam/user_groups/{GROUP}/members"),
        query: "page=1&per_page=500".to_owned(),
        request: Vec::new(),
        status: 200,
        response:
            json!({ "success": true, "errors": [], "messages": [], "result": [{ "id": MEMBER }] })
                .to_string()
                .into(),
    }
}

/// Breaks an exchange that keeps the contract, and gives the one objection there must be.
fn objection(mut exchange: Exchange, breaking: impl FnOnce(&mut Exchange)) -> String {
    let contract = Contract::load();
    assert_eq!(contract.check(&exchange), Ok(()));
    breaking(&mut exchange);
    let mut problems = contract.check(&exchange).expect_err("the contract is broken");
    assert_eq!(problems.len(), 1, "{problems:?}");
    problems.remove(0)
}

/// Changes the JSON of a body.
fn edit(body: &mut Vec<u8>, change: impl FnOnce(&mut Value)) {
    let mut value = serde_json::from_slice(body).expect("the body is JSON");
    change(&mut value);
    *body = value.to_string().into();
}

#[track_caller]
fn assert_says(objection: &str, expected: &str) {
    assert!(objection.contains(expected), "{objection:?} does not say {expected:?}");
}

#[test]
fn it_objects_to_a_request_that_is_not_documented() {
    let broken = objection(create(), |it| it.request = b"{}".to_vec());
    assert_says(&broken, "request body: \"name\" is a required property");
    let broken =
        objection(create(), |it| edit(&mut it.request, |body| body["nmae"] = json!("SRE")));
    assert_says(&broken, "request body: Additional properties are not allowed");
    let broken = objection(create(), |it| it.request = b"{\"name\":\"SRE\"".to_vec());
    assert_says(&broken, "the request body is not JSON");
    let broken = objection(create(), |it| it.request.clear());
    assert_says(&broken, "the request body is not JSON");
    let broken =
        objection(create(), |it| edit(&mut it.request, |body| body["policies"] = json!(null)));
    assert_says(&broken, "request body/policies: null is not of type \"array\"");
    let broken = objection(list_members(), |it| it.request = b"{}".to_vec());
    assert_says(&broken, "the request has a body, and none is documented");
}

#[test]
fn it_objects_to_a_policy_that_is_written_with_what_is_only_read() {
    let policy = json!({
        "access": "allow", "resource_groups": [],
        "permission_groups": [{ "id": MEMBER, "name": "Load Balancer Admin" }],
    });
    let broken =
        objection(create(), |it| edit(&mut it.request, |body| body["policies"] = json!([policy])));
    assert_says(&broken, "request body/policies/0/permission_groups/0: Additional properties");
}

#[test]
fn it_objects_to_parameters() {
    for (query, expected) in [
        ("page=0", "query parameter page: 0 is less than the minimum of 1"),
        ("page=2.0", "query parameter page: \"2.0\" is not of type \"integer\""),
        ("per_page=501", "query parameter per_page: 501 is greater than the maximum of 500"),
        ("direction=up", "query parameter direction: \"up\" is not one of"),
        ("fuzzyName=a", "the query parameter fuzzyName is not documented"),
        ("page=1&page=2", "page stands 2 times in the query"),
    ] {
        assert_says(&objection(list_members(), |it| it.query = query.to_owned()), expected);
    }
    let broken = objection(list_members(), |it| it.path = it.path.replace(GROUP, &"z".repeat(32)));
    assert_says(&broken, "path parameter user_group_id: \"zzzz");
}

#[test]
fn it_objects_to_paths_and_methods_that_do_not_exist() {
    let contract = Contract::load();
    let mut exchange = Exchange { method: "PATCH".to_owned(), ..create() };
    let problems = contract.check_request(&exchange).expect_err("there is no PATCH");
    assert_says(&problems[0], "the method is not documented");
    exchange.path.push_str("/x/y/z/w");
    let problems = contract.check_response(&exchange).expect_err("there is no such path");
    assert_says(&problems[0], "no such path");
}

#[test]
fn it_objects_to_a_response_that_is_not_documented() {
    let broken =
        objection(create(), |it| edit(&mut it.response, |body| body["result"]["id"] = json!(7)));
    assert_says(&broken, "response body/result/id: 7 is not of type \"string\"");
    let broken = objection(create(), |it| {
        edit(&mut it.response, |body| body["result"]["created_on"] = json!("yesterday"));
    });
    assert_says(&broken, "response body/result/created_on: \"yesterday\" is not a \"date-time\"");
    let broken =
        objection(create(), |it| edit(&mut it.response, |body| body["success"] = json!(false)));
    assert_says(&broken, "status 200 goes with success: true, not false");
    let broken = objection(create(), |it| it.response = b"<html>".to_vec());
    assert_says(&broken, "the response body is not JSON");
    let broken = objection(create(), |it| it.status = 502);
    assert_says(&broken, "status 502 is not documented");
    let broken = objection(create(), |it| it.status = 201);
    assert_says(&broken, "status 201 is not documented");
}

#[test]
fn it_reads_null_as_the_spec_does() {
    let contract = Contract::load();
    let mut exchange = list_members();
    edit(&mut exchange.response, |body| {
        body["errors"] = json!(null);
        body["result"] = json!(null);
    });
    assert_eq!(contract.check(&exchange), Ok(()));
    edit(&mut exchange.response, |body| body["result_info"] = json!(null));
    let problems = contract.check(&exchange).expect_err("this may not be null");
    assert_says(&problems[0], "response body/result_info: null is not of type \"object\"");
}

#[test]
fn it_objects_to_a_failure_without_its_envelope() {
    let failure = |it: &mut Exchange| {
        it.status = 403;
        let errors = json!([{ "code": 10000, "message": "Authentication error" }]);
        it.response = json!({ "success": false, "errors": errors, "messages": [], "result": {} })
            .to_string()
            .into();
    };
    let mut exchange = create();
    failure(&mut exchange);
    assert_eq!(Contract::load().check(&exchange), Ok(()));
    let broken = objection(exchange.clone(), |it| {
        edit(&mut it.response, |body| body["errors"] = json!(null))
    });
    assert_says(&broken, "response body/errors: null is not of type \"array\"");
    let broken = objection(exchange.clone(), |it| {
        edit(&mut it.response, |body| body["errors"][0]["code"] = json!("12"));
    });
    assert_says(&broken, "response body/errors/0/code: \"12\" is not of type \"integer\"");
    let broken =
        objection(exchange, |it| edit(&mut it.response, |body| body["success"] = json!(true)));
    assert_says(&broken, "status 403 goes with success: false, not true");
}
