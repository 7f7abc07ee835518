//! Checks the exchanges between a client and a server against the spec.

use std::fs;

use jsonschema::{Draft, Validator};
use serde_json::{Map, Value, json};
use url::form_urlencoded;

use json_schema::json_schema;

#[path = "../../spec/json_schema.rs"]
mod json_schema;
#[path = "../../spec/rules.rs"]
pub(crate) mod rules;

const SPEC: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/spec/openapi.yaml");
const BASE_PATH: &str = "/client/v4";

/// A request and its response.
#[derive(Clone, Debug)]
pub(crate) struct Exchange {
    pub(crate) method: String,
    /// With or without the path of the base URL.
    pub(crate) path: String,
    /// As it is in the URL, without the question mark.
    pub(crate) query: String,
    pub(crate) request: Vec<u8>,
    pub(crate) status: u16,
    pub(crate) response: Vec<u8>,
}

/// Names and values of parameters.
type Pairs = Vec<(String, String)>;

/// The spec, compiled to validators.
pub(crate) struct Contract {
    document: Value,
    operations: Vec<Operation>,
}

/// What the spec demands of one operation.
struct Operation {
    method: String,
    path: String,
    /// The parameters in the path and in the query.
    segments: Parameters,
    query: Parameters,
    request: Option<Validator>,
    /// Status (or class of it, such as `4XX`) and the schema of the body.
    responses: Vec<(String, Validator)>,
}

/// The parameters of one place, as the fields of an object.
struct Parameters {
    place: &'static str,
    validator: Validator,
    /// The names of those that are integers.
    integers: Vec<String>,
}

impl Contract {
    pub(crate) fn load() -> Self {
        let text = fs::read_to_string(SPEC).expect("the spec is in the repository");
        Self::new(yaml_serde::from_str(&text).expect("the spec is YAML"))
    }

    pub(crate) fn new(mut document: Value) -> Self {
        document["components"] = json_schema(&document["components"]);
        let mut contract = Self { document, operations: Vec::new() };
        contract.operations = contract.compiled();
        contract
    }

    /// Checks both directions, and returns all problems.
    pub(crate) fn check(&self, exchange: &Exchange) -> Result<(), Vec<String>> {
        let mut problems = self.check_request(exchange).err().unwrap_or_default();
        problems.extend(self.check_response(exchange).err().unwrap_or_default());
        if problems.is_empty() { Ok(()) } else { Err(problems) }
    }

    /// Checks what the client sent.
    pub(crate) fn check_request(&self, exchange: &Exchange) -> Result<(), Vec<String>> {
        let (operation, segments) = self.find(exchange)?;
        let query: Vec<_> =
            form_urlencoded::parse(exchange.query.as_bytes()).into_owned().collect();
        let mut problems = operation.segments.problems(&segments);
        problems.extend(operation.query.problems(&query));
        match (&operation.request, exchange.request.as_slice()) {
            (None, []) => {}
            (None, _) => problems.push("the request has a body, and none is documented".to_owned()),
            (Some(validator), body) => problems.extend(body_problems("request", validator, body)),
        }
        result(exchange, problems)
    }

    /// Checks the response of the server.
    pub(crate) fn check_response(&self, exchange: &Exchange) -> Result<(), Vec<String>> {
        let (operation, _) = self.find(exchange)?;
        let status = exchange.status.to_string();
        let class = format!("{}XX", exchange.status / 100);
        let documented = |key: &str| operation.responses.iter().find(|(status, _)| status == key);
        let problems = match documented(&status).or_else(|| documented(&class)) {
            None => vec![format!("status {status} is not documented")],
            Some((_, validator)) => {
                let mut problems = body_problems("response", validator, &exchange.response);
                problems.extend(success_problem(exchange));
                problems
            }
        };
        result(exchange, problems)
    }

    /// The operation that an exchange is of, and what stands for each parameter of its path.
    fn find(&self, exchange: &Exchange) -> Result<(&Operation, Pairs), Vec<String>> {
        let path = exchange.path.strip_prefix(BASE_PATH).unwrap_or(&exchange.path);
        let matching = |operation: &Operation| segments(&operation.path, path);
        let mut there = false;
        for operation in &self.operations {
            let Some(segments) = matching(operation) else { continue };
            if operation.method == exchange.method {
                return Ok((operation, segments));
            }
            there = true;
        }
        let problem = if there { "the method is not documented" } else { "no such path" };
        result(exchange, vec![problem.to_owned()]).map(|()| unreachable!("there is a problem"))
    }

    fn compiled(&self) -> Vec<Operation> {
        let compile = |it: &rules::Operation<'_>| {
            let responses = it.node["responses"].as_object().into_iter().flatten();
            Operation {
                method: it.method.to_uppercase(),
                path: it.path.to_owned(),
                segments: self.parameters(it, "path"),
                query: self.parameters(it, "query"),
                request: it.node.get("requestBody").map(|body| self.content(body)),
                responses: responses
                    .map(|(status, response)| (status.clone(), self.content(response)))
                    .collect(),
            }
        };
        rules::operations(&self.document).iter().map(compile).collect()
    }

    fn parameters(&self, operation: &rules::Operation<'_>, place: &'static str) -> Parameters {
        let (mut properties, mut required, mut integers) = (Map::new(), Vec::new(), Vec::new());
        let parameters = operation.parameters().map(|it| self.resolve(it));
        for parameter in parameters.filter(|it| it["in"] == place) {
            let (name, schema) =
                (parameter["name"].as_str().unwrap_or_default(), &parameter["schema"]);
            required.extend((parameter["required"] == true).then_some(name));
            integers.extend((self.resolve(schema)["type"] == "integer").then(|| name.to_owned()));
            properties.insert(name.to_owned(), schema.clone());
        }
        let object = json!({
            "type": "object", "properties": properties, "required": required,
            "additionalProperties": false,
        });
        Parameters { place, validator: self.validator(&object), integers }
    }

    fn content(&self, holder: &Value) -> Validator {
        let schema =
            self.resolve(holder)["content"].get("application/json").map(|it| &it["schema"]);
        self.validator(schema.expect("every body is JSON and has a schema"))
    }

    fn resolve<'a>(&'a self, value: &'a Value) -> &'a Value {
        rules::resolve(&self.document, value).expect("references lead somewhere")
    }

    fn validator(&self, schema: &Value) -> Validator {
        let root =
            json!({ "allOf": [json_schema(schema)], "components": self.document["components"] });
        jsonschema::options()
            .with_draft(Draft::Draft7)
            .should_validate_formats(true)
            .build(&root)
            .expect("the schemas of the spec are JSON Schema")
    }
}

impl Parameters {
    fn problems(&self, given: &[(String, String)]) -> Vec<String> {
        let value = |(name, text): &(String, String)| {
            let number = self.integers.contains(name).then(|| text.parse::<i64>().ok()).flatten();
            (name.clone(), number.map_or_else(|| json!(text), |number| json!(number)))
        };
        let values: Map<String, Value> = given.iter().map(value).collect();
        if values.len() < given.len() {
            return vec![format!("a parameter of the {} is repeated", self.place)];
        }
        problems(self.place, &self.validator, &Value::Object(values))
    }
}

/// What stands in the path for each parameter of the template, if it is a path of that kind. Ids
/// never need to be encoded, so nothing is decoded.
fn segments(template: &str, path: &str) -> Option<Pairs> {
    if template.split('/').count() != path.split('/').count() {
        return None;
    }
    let mut found = Vec::new();
    for (expected, given) in template.split('/').zip(path.split('/')) {
        match expected.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
            Some(name) => found.push((name.to_owned(), given.to_owned())),
            None if expected == given => {}
            None => return None,
        }
    }
    Some(found)
}

fn body_problems(which: &str, validator: &Validator, body: &[u8]) -> Vec<String> {
    match serde_json::from_slice(body) {
        Ok(value) => problems(&format!("{which} body"), validator, &value),
        Err(error) => vec![format!("the {which} body is not JSON: {error}")],
    }
}

fn problems(what: &str, validator: &Validator, value: &Value) -> Vec<String> {
    let line = |error: jsonschema::ValidationError<'_>| {
        format!("{what}{}: {error}", error.instance_path())
    };
    validator.iter_errors(value).map(line).collect()
}

/// The schemas only say that `success` is a boolean; the docs show which.
fn success_problem(exchange: &Exchange) -> Option<String> {
    let body: Value = serde_json::from_slice(&exchange.response).ok()?;
    let expected = exchange.status / 100 == 2;
    let given = body["success"].as_bool()?;
    (given != expected)
        .then(|| format!("status {} goes with success: {expected}, not {given}", exchange.status))
}

fn result(exchange: &Exchange, problems: Vec<String>) -> Result<(), Vec<String>> {
    if problems.is_empty() {
        return Ok(());
    }
    let Exchange { method, path, query, status, .. } = exchange;
    let line = |problem| format!("{method} {path}?{query} → {status}: {problem}");
    Err(problems.into_iter().map(line).collect())
}
