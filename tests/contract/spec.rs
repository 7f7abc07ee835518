//! The spec is consistent, and the check of exchanges against it rejects what is wrong.

use std::collections::BTreeSet;

use openapiv3::OpenAPI;
use serde_json::{Value, json};

use crate::operations::{GROUP, MEMBER, OPERATIONS, Operation};
use crate::server::ACCOUNT;
pub(crate) use crate::spec_check::rules;
use crate::spec_check::{Contract, Exchange};

const SPEC: &str = include_str!("../../spec/openapi.yaml");

pub(crate) fn document() -> Value {
    rules::read(SPEC).expect("the spec is YAML without duplicate keys")
}

#[test]
fn spec_is_openapi_3_0_3() {
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
    for operation in OPERATIONS {
        assert_eq!(operation.effect.is_some(), operation.changes(), "{}", operation.id);
    }
    let specified =
        |it: rules::Operation<'_>| (it.label(), it.method.to_uppercase(), it.path.to_owned());
    let specified: BTreeSet<_> = rules::operations(&document).into_iter().map(specified).collect();
    let row = |it: &Operation| (it.id.to_owned(), it.method.to_owned(), it.template());
    assert_eq!(OPERATIONS.iter().map(row).collect::<BTreeSet<_>>(), specified);
    assert_eq!(specified.len(), OPERATIONS.len());
}

/// The exchange that a row of the table describes.
fn exchange(operation: &Operation) -> Exchange {
    Exchange {
        method: operation.method.to_owned(),
        path: operation.path_in(ACCOUNT),
        query: operation.query.to_owned(),
        request: operation.body.into(),
        status: 200,
        response: operation.success().to_string().into(),
    }
}

#[test]
fn requests_and_results_of_the_table_keep_the_contract() {
    let contract = Contract::load();
    for operation in OPERATIONS {
        assert_eq!(contract.check(&exchange(operation)), Ok(()));
    }
}

#[test]
fn spec_follows_the_rules_of_code_generation() {
    let document = document();
    assert_eq!(rules::problems(&document), []);
    assert_eq!(rules::unmatched_replacements(&document), []);
    let spec: OpenAPI = serde_json::from_value(document.clone()).expect("the spec is OpenAPI");
    let written = serde_json::to_value(spec).expect("it can be written");
    assert_eq!(rules::dropped(&document, &written), []);
    assert_eq!(rules::stripped(&document), ["response 4XX of all operations is not generated"]);
}

/// The examples of the parameters make a request; so they are checked where they are used.
#[test]
fn examples_make_exchanges_that_keep_the_contract() {
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
    let resolve = |value| rules::resolve(document, value).expect("it leads somewhere");
    let body = |holder| {
        let schema = resolve(&resolve(holder)["content"]["application/json"]["schema"]);
        schema["example"].to_string().into_bytes()
    };
    let mut exchanges = Vec::new();
    for operation in rules::operations(document) {
        let (mut path, mut query) = (operation.path.to_owned(), Vec::new());
        for parameter in operation.parameters().map(resolve) {
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
                method: operation.method.to_uppercase(),
                path: format!("/client/v4{path}"),
                query: query.clone(),
                request: operation.node.get("requestBody").map(body).unwrap_or_default(),
                status,
                response: body(&operation.node["responses"][key]),
            });
        }
    }
    exchanges
}

fn create() -> Exchange {
    exchange(Operation::find("account-user-group-create"))
}

fn list_members() -> Exchange {
    exchange(Operation::find("account-user-group-member-list"))
}

/// Breaks an exchange that keeps the contract, and checks the one problem that is reported.
#[track_caller]
fn rejects(mut exchange: Exchange, expected: &str, breaking: impl FnOnce(&mut Exchange)) {
    thread_local! {
        static CONTRACT: Contract = Contract::load();
    }
    CONTRACT.with(|contract| {
        assert_eq!(contract.check(&exchange), Ok(()));
        breaking(&mut exchange);
        let problems = contract.check(&exchange).expect_err("the contract is broken");
        let [problem] = problems.as_slice() else { panic!("{problems:?}") };
        assert!(problem.contains(expected), "{problem:?} does not contain {expected:?}");
    });
}

/// Changes the JSON of a body.
fn edit(body: &mut Vec<u8>, change: impl FnOnce(&mut Value)) {
    let mut value = serde_json::from_slice(body).expect("the body is JSON");
    change(&mut value);
    *body = value.to_string().into();
}

#[test]
fn request_that_is_not_documented_is_rejected() {
    rejects(create(), "request body: \"name\" is a required property", |it| {
        it.request = b"{}".to_vec();
    });
    for (field, value, expected) in [
        ("nmae", json!("SRE"), "request body: Additional properties are not allowed"),
        ("policies", json!(null), "request body/policies: null is not of type \"array\""),
        (
            // A permission group is written by its id alone.
            "policies",
            json!([{
                "access": "allow", "resource_groups": [],
                "permission_groups": [{ "id": MEMBER, "name": "Load Balancer Admin" }],
            }]),
            "request body/policies/0/permission_groups/0: Additional properties",
        ),
    ] {
        rejects(create(), expected, |it| edit(&mut it.request, |body| body[field] = value));
    }
    for body in ["{\"name\":\"SRE\"", ""] {
        rejects(create(), "the request body is not JSON", |it| it.request = body.into());
    }
    rejects(list_members(), "the request has a body, and none is documented", |it| {
        it.request = b"{}".to_vec();
    });
}

#[test]
fn parameter_that_is_not_documented_is_rejected() {
    for (query, expected) in [
        ("page=0", "query/page: 0 is less than the minimum of 1"),
        ("page=2.0", "query/page: \"2.0\" is not of type \"integer\""),
        ("per_page=501", "query/per_page: 501 is greater than the maximum of 500"),
        ("direction=up", "query/direction: \"up\" is not one of"),
        (
            "fuzzyName=a",
            "query: Additional properties are not allowed ('fuzzyName' was unexpected)",
        ),
        ("page=1&page=2", "a parameter of the query is repeated"),
    ] {
        rejects(list_members(), expected, |it| it.query = query.to_owned());
    }
    rejects(list_members(), "path/user_group_id: \"zzzz", |it| {
        it.path = it.path.replace(GROUP, &"z".repeat(32));
    });
}

#[test]
fn unknown_path_or_method_is_rejected() {
    let contract = Contract::load();
    let mut exchange = Exchange { method: "PATCH".to_owned(), ..create() };
    let problems = contract.check_request(&exchange).expect_err("there is no PATCH");
    assert!(problems[0].contains("the method is not documented"), "{problems:?}");
    exchange.path.push_str("/x/y/z/w");
    let problems = contract.check_response(&exchange).expect_err("there is no such path");
    assert!(problems[0].contains("no such path"), "{problems:?}");
}

#[test]
fn response_that_is_not_documented_is_rejected() {
    for (place, value, expected) in [
        ("/result/id", json!(7), "response body/result/id: 7 is not of type \"string\""),
        (
            "/result/created_on",
            json!("yesterday"),
            "response body/result/created_on: \"yesterday\" is not a \"date-time\"",
        ),
        ("/success", json!(false), "status 200 goes with success: true, not false"),
    ] {
        rejects(create(), expected, |it| edit(&mut it.response, |body| set(body, place, value)));
    }
    rejects(create(), "the response body is not JSON", |it| it.response = b"<html>".to_vec());
    for status in [502, 201] {
        let expected = format!("status {status} is not documented");
        rejects(create(), &expected, |it| it.status = status);
    }
}

fn set(body: &mut Value, place: &str, value: Value) {
    *body.pointer_mut(place).expect("the place is in the body") = value;
}

#[test]
fn null_is_accepted_where_the_spec_allows_it() {
    let mut exchange = list_members();
    edit(&mut exchange.response, |body| {
        body["errors"] = json!(null);
        body["result"] = json!(null);
    });
    rejects(exchange, "response body/result_info: null is not of type \"object\"", |it| {
        edit(&mut it.response, |body| body["result_info"] = json!(null));
    });
}

#[test]
fn failure_without_its_envelope_is_rejected() {
    let errors = json!([{ "code": 10000, "message": "Authentication error" }]);
    let body = json!({ "success": false, "errors": errors, "messages": [], "result": {} });
    let failure = Exchange { status: 403, response: body.to_string().into(), ..create() };
    for (place, value, expected) in [
        ("/errors", json!(null), "response body/errors: null is not of type \"array\""),
        ("/errors/0/code", json!("12"), "errors/0/code: \"12\" is not of type \"integer\""),
        ("/success", json!(true), "status 403 goes with success: false, not true"),
    ] {
        rejects(failure.clone(), expected, |it| {
            edit(&mut it.response, |body| set(body, place, value));
        });
    }
}
