//! What the wrapper states on its own is what the spec says: base URL, headers and limits.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use cloudflare_user_groups::{Client, ClientBuilder, RequestBody};
use serde_json::{Value, json};

use crate::operations::{Sent, group, shown};
use crate::server::{Reply, Server, TOKEN, groups};
use crate::spec::{document, rules};

/// URL and headers of a request that a client with these settings sends.
async fn first_request(builder: ClientBuilder) -> (String, http::HeaderMap) {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&seen);
    let double = tower::service_fn(move |request: http::Request<RequestBody>| {
        log.lock().unwrap().push((request.uri().to_string(), request.headers().clone()));
        async { Ok::<_, std::io::Error>(http::Response::new("{}".to_owned())) }
    });
    let groups = groups(builder.http_service(move |_| double));
    groups.get(group()).await.expect_err("the response is empty");
    seen.lock().unwrap().remove(0)
}

#[tokio::test]
async fn base_url_is_the_server_of_the_spec() {
    let (url, _) = first_request(Client::builder().api_token(TOKEN)).await;
    let spec = document();
    let servers = spec["servers"].as_array().expect("there are servers");
    assert_eq!(servers.len(), 1);
    let server = servers[0]["url"].as_str().expect("it has a URL");
    assert_eq!(url.split("/accounts").next(), Some(server));
}

/// The compiler does not stop at a value that is only sent: the seam can ignore it.
#[test]
fn values_that_are_sent_are_decided_in_the_seam() {
    let schemas = &document()["components"]["schemas"];
    assert_eq!(schemas["SortDirection"]["enum"], json!(["asc", "desc"]));
    // Members are sorted by their address, to find one.
    let orders = ["user.first_name", "user.last_name", "user.email", "status"];
    assert_eq!(schemas["AccountMemberOrder"]["enum"], json!(orders));
}

#[tokio::test]
async fn authentication_headers_are_the_security_schemes_of_the_spec() {
    let spec = document();
    let alternatives = spec["security"].as_array().expect("there are alternatives");
    let expected: Vec<BTreeSet<String>> = alternatives
        .iter()
        .map(|schemes| {
            let schemes = schemes.as_object().expect("each names schemes").keys();
            schemes.map(|name| header(&spec["components"]["securitySchemes"][name])).collect()
        })
        .collect();
    let (_, plain) = first_request(Client::builder().api_token(TOKEN)).await;
    let (_, pair) = first_request(Client::builder().api_key("a@example.com", "key")).await;
    let of = |headers: &http::HeaderMap, other: &http::HeaderMap| {
        let own = headers.iter().filter(|(name, _)| !other.contains_key(*name));
        own.map(|(name, value)| {
            assert!(value.is_sensitive(), "{name} can be logged");
            match value.to_str().unwrap().split_once(' ') {
                Some((scheme, _)) => format!("{name}: {}", scheme.to_lowercase()),
                None => name.to_string(),
            }
        })
        .collect::<BTreeSet<_>>()
    };
    assert_eq!(vec![of(&plain, &pair), of(&pair, &plain)], expected);
}

/// The header that a security scheme describes.
fn header(scheme: &Value) -> String {
    match (scheme["type"].as_str(), scheme["in"].as_str()) {
        (Some("http"), _) => format!("authorization: {}", scheme["scheme"].as_str().unwrap()),
        (Some("apiKey"), Some("header")) => scheme["name"].as_str().unwrap().to_lowercase(),
        other => panic!("the wrapper knows no scheme {other:?}"),
    }
}

type List = fn(&cloudflare_user_groups::Account, u32) -> Sent;

/// A page of each list, of a given size.
const LISTS: [(&str, List); 6] = [
    ("account-user-group-list", |account, size| {
        shown(Box::pin(account.user_groups().list().per_page(size).page(1)))
    }),
    ("account-user-group-member-list", |account, size| {
        shown(Box::pin(account.user_groups().members(group()).list().per_page(size).page(1)))
    }),
    ("account-members-list-members", |account, size| {
        shown(Box::pin(account.list_members().per_page(size).page(1)))
    }),
    ("account-permission-group-list", |account, size| {
        shown(Box::pin(account.list_permission_groups().per_page(size).page(1)))
    }),
    ("account-resource-group-list", |account, size| {
        shown(Box::pin(account.list_resource_groups().per_page(size).page(1)))
    }),
    ("zones-get", |account, size| shown(Box::pin(account.list_zones().per_page(size).page(1)))),
];

#[tokio::test]
async fn page_sizes_are_limited_as_in_the_spec() {
    let empty = json!({ "success": true, "result": [] });
    let server = Server::start(move |_| Reply::json(&empty)).await;
    let spec = document();
    let mut lists = 0;
    for operation in rules::operations(&spec) {
        let mut parameters = operation.parameters().filter_map(|it| rules::resolve(&spec, it));
        let Some(per_page) = parameters.find(|it| it["name"] == "per_page") else { continue };
        let [least, most] = ["minimum", "maximum"].map(|key| per_page["schema"][key].as_u64());
        let [least, most] = [least, most].map(|it| u32::try_from(it.expect("a limit")).unwrap());
        let (_, list) = LISTS.iter().find(|(id, _)| *id == operation.label()).expect("a list");
        for (size, is_sent) in [(least - 1, false), (least, true), (most, true), (most + 1, false)]
        {
            let result = list(&server.account(), size).await;
            assert_eq!(result.is_ok(), is_sent, "{} {size}: {result:?}", operation.label());
            assert_eq!(server.take().len(), usize::from(is_sent), "{} {size}", operation.label());
        }
        lists += 1;
    }
    assert_eq!(lists, LISTS.len());
}

/// Keywords that limit a value. Types and enums are in the types of the seam.
const LIMITS: [&str; 9] = [
    "minimum",
    "maximum",
    "multipleOf",
    "minLength",
    "maxLength",
    "pattern",
    "minItems",
    "maxItems",
    "uniqueItems",
];

/// Collects the limits of a schema, by place.
fn limits(spec: &Value, place: String, schema: &Value, found: &mut BTreeSet<(String, String)>) {
    let schema = rules::resolve(spec, schema).expect("it leads somewhere");
    let own = LIMITS.iter().filter_map(|key| Some(format!("{key} {}", schema.get(key)?)));
    let own: Vec<_> = own.collect();
    if !own.is_empty() {
        found.insert((place.clone(), own.join(", ")));
    }
    for (step, below) in rules::children(schema) {
        limits(spec, format!("{place}{step}"), below, found);
    }
}

/// The wrapper checks these before it sends (the module `ids` and the test above show it). Another
/// limit in the spec needs a check in the wrapper, and a line here.
#[test]
fn limits_of_requests_are_those_that_the_wrapper_checks() {
    let spec = document();
    let mut found = BTreeSet::new();
    for operation in rules::operations(&spec) {
        for parameter in operation.parameters().filter_map(|it| rules::resolve(&spec, it)) {
            let name = parameter["name"].as_str().expect("it has a name");
            limits(&spec, name.to_owned(), &parameter["schema"], &mut found);
        }
        if let Some(body) = operation.node.get("requestBody") {
            let schema = &body["content"]["application/json"]["schema"];
            limits(&spec, "body".to_owned(), schema, &mut found);
        }
    }
    let per_page = found.iter().filter(|(place, _)| place == "per_page").count();
    found.retain(|(place, _)| place != "per_page");
    let id = "minLength 32, maxLength 32, pattern \"^[0-9a-fA-F]{32}$\"";
    let checked = [
        ("account.id", id),
        ("account_id", id),
        ("body.policies[].permission_groups[].id", id),
        ("body.policies[].resource_groups[].id", id),
        ("body[].id", id),
        ("id", id),
        ("member_id", id),
        ("page", "minimum 1"),
        ("user_group_id", id),
    ];
    let checked = checked.map(|(place, limits)| (place.to_owned(), limits.to_owned()));
    assert_eq!(found, BTreeSet::from(checked));
    assert_eq!(per_page, 2);
}
