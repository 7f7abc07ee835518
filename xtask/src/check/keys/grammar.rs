//! The grammar of OpenAPI 3.0.3, as far as a description of a JSON API needs it.

/// What may stand at a place.
pub(super) enum Rule {
    Any,
    Text,
    Flag,
    Number,
    OneOf(&'static [&'static str]),
    List(&'static Rule),
    Map(&'static Rule),
    Of(&'static Form),
    /// The object itself, or a reference into this section of the components.
    OrReference(&'static str, &'static Form),
    /// A schema, or a reference to one.
    Schema,
    OrFlag(&'static Rule),
}

/// The objects of OpenAPI that other checks look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::check) enum Kind {
    Operation,
    Parameter,
    MediaType,
    Response,
    Link,
    Schema,
    /// One that need not be told from the others, but must be described.
    Described,
    Other,
}

/// The keys of an object.
pub(super) struct Form {
    pub(super) kind: Kind,
    pub(super) keys: &'static [(&'static str, Rule)],
    pub(super) required: &'static [&'static str],
    /// Keys that are not fixed: which ones, and what stands there.
    pub(super) others: Option<Others>,
}

/// A test of keys, and what stands under those that pass.
pub(super) type Others = (fn(&str) -> bool, &'static Rule);

const fn form(
    kind: Kind,
    keys: &'static [(&'static str, Rule)],
    required: &'static [&'static str],
) -> Form {
    Form { kind, keys, required, others: None }
}

const EXTERNAL_DOCS: Rule = Rule::Of(&DOCS);
const PARAMETERS: Rule = Rule::List(&Rule::OrReference("parameters", &PARAMETER));
const CONTENT: Rule = Rule::Map(&Rule::Of(&MEDIA_TYPE));
const EXAMPLES: Rule = Rule::Map(&Rule::OrReference("examples", &EXAMPLE));
const HEADERS: Rule = Rule::Map(&Rule::OrReference("headers", &HEADER));
const LINKS: Rule = Rule::Map(&Rule::OrReference("links", &LINK));
const SERVERS: Rule = Rule::List(&Rule::Of(&SERVER));
const SECURITY: Rule = Rule::List(&Rule::Map(&Rule::List(&Rule::Text)));

pub(super) static OPENAPI: Form = form(
    Kind::Other,
    &[
        ("openapi", Rule::Text),
        ("info", Rule::Of(&INFO)),
        ("servers", SERVERS),
        ("paths", Rule::Of(&PATHS)),
        ("components", Rule::Of(&COMPONENTS)),
        ("security", SECURITY),
        ("tags", Rule::List(&Rule::Of(&TAG))),
        ("externalDocs", EXTERNAL_DOCS),
    ],
    &["openapi", "info", "paths"],
);

static INFO: Form = form(
    Kind::Other,
    &[
        ("title", Rule::Text),
        ("description", Rule::Text),
        ("termsOfService", Rule::Text),
        ("contact", Rule::Of(&CONTACT)),
        ("license", Rule::Of(&LICENSE)),
        ("version", Rule::Text),
    ],
    &["title", "version"],
);

static CONTACT: Form =
    form(Kind::Other, &[("name", Rule::Text), ("url", Rule::Text), ("email", Rule::Text)], &[]);

static LICENSE: Form = form(Kind::Other, &[("name", Rule::Text), ("url", Rule::Text)], &["name"]);

static DOCS: Form =
    form(Kind::Other, &[("description", Rule::Text), ("url", Rule::Text)], &["url"]);

static SERVER: Form = form(
    Kind::Other,
    &[("url", Rule::Text), ("description", Rule::Text), ("variables", Rule::Map(&Rule::Any))],
    &["url"],
);

static TAG: Form = form(
    Kind::Described,
    &[("name", Rule::Text), ("description", Rule::Text), ("externalDocs", EXTERNAL_DOCS)],
    &["name"],
);

static PATHS: Form = Form {
    kind: Kind::Other,
    keys: &[],
    required: &[],
    others: Some((|key| key.starts_with('/'), &Rule::Of(&PATH_ITEM))),
};

static PATH_ITEM: Form = form(
    Kind::Other,
    &[
        ("summary", Rule::Text),
        ("description", Rule::Text),
        ("servers", SERVERS),
        ("parameters", PARAMETERS),
        ("get", Rule::Of(&OPERATION)),
        ("put", Rule::Of(&OPERATION)),
        ("post", Rule::Of(&OPERATION)),
        ("delete", Rule::Of(&OPERATION)),
        ("options", Rule::Of(&OPERATION)),
        ("head", Rule::Of(&OPERATION)),
        ("patch", Rule::Of(&OPERATION)),
        ("trace", Rule::Of(&OPERATION)),
    ],
    &[],
);

static OPERATION: Form = form(
    Kind::Operation,
    &[
        ("tags", Rule::List(&Rule::Text)),
        ("summary", Rule::Text),
        ("description", Rule::Text),
        ("externalDocs", EXTERNAL_DOCS),
        ("operationId", Rule::Text),
        ("parameters", PARAMETERS),
        ("requestBody", Rule::OrReference("requestBodies", &REQUEST_BODY)),
        ("responses", Rule::Of(&RESPONSES)),
        ("deprecated", Rule::Flag),
        ("security", SECURITY),
        ("servers", SERVERS),
    ],
    &["responses"],
);

static PARAMETER: Form = form(
    Kind::Parameter,
    &[
        ("name", Rule::Text),
        ("in", Rule::OneOf(&["path", "query", "header", "cookie"])),
        ("description", Rule::Text),
        ("required", Rule::Flag),
        ("deprecated", Rule::Flag),
        ("allowEmptyValue", Rule::Flag),
        ("style", Rule::Text),
        ("explode", Rule::Flag),
        ("allowReserved", Rule::Flag),
        ("schema", Rule::Schema),
        ("example", Rule::Any),
        ("examples", EXAMPLES),
        ("content", CONTENT),
    ],
    &["name", "in"],
);

static HEADER: Form = form(
    Kind::Described,
    &[
        ("description", Rule::Text),
        ("required", Rule::Flag),
        ("deprecated", Rule::Flag),
        ("style", Rule::Text),
        ("explode", Rule::Flag),
        ("schema", Rule::Schema),
        ("example", Rule::Any),
        ("examples", EXAMPLES),
        ("content", CONTENT),
    ],
    &[],
);

static REQUEST_BODY: Form = form(
    Kind::Other,
    &[("description", Rule::Text), ("content", CONTENT), ("required", Rule::Flag)],
    &["content"],
);

static MEDIA_TYPE: Form = form(
    Kind::MediaType,
    &[
        ("schema", Rule::Schema),
        ("example", Rule::Any),
        ("examples", EXAMPLES),
        ("encoding", Rule::Map(&Rule::Any)),
    ],
    &[],
);

static EXAMPLE: Form = form(
    Kind::Other,
    &[
        ("summary", Rule::Text),
        ("description", Rule::Text),
        ("value", Rule::Any),
        ("externalValue", Rule::Text),
    ],
    &[],
);

static RESPONSES: Form = Form {
    kind: Kind::Other,
    keys: &[],
    required: &[],
    others: Some((is_status, &Rule::OrReference("responses", &RESPONSE))),
};

fn is_status(key: &str) -> bool {
    let class = key.starts_with(['1', '2', '3', '4', '5']);
    let digits = |rest: &str| rest == "XX" || rest.bytes().all(|byte| byte.is_ascii_digit());
    key == "default" || (class && key.len() == 3 && key.get(1..).is_some_and(digits))
}

static RESPONSE: Form = form(
    Kind::Response,
    &[("description", Rule::Text), ("headers", HEADERS), ("content", CONTENT), ("links", LINKS)],
    &["description"],
);

static LINK: Form = form(
    Kind::Link,
    &[
        ("operationRef", Rule::Text),
        ("operationId", Rule::Text),
        ("parameters", Rule::Map(&Rule::Any)),
        ("requestBody", Rule::Any),
        ("description", Rule::Text),
        ("server", Rule::Of(&SERVER)),
    ],
    &[],
);

static COMPONENTS: Form = form(
    Kind::Other,
    &[
        ("schemas", Rule::Map(&Rule::Schema)),
        ("responses", Rule::Map(&Rule::OrReference("responses", &RESPONSE))),
        ("parameters", Rule::Map(&Rule::OrReference("parameters", &PARAMETER))),
        ("examples", EXAMPLES),
        ("requestBodies", Rule::Map(&Rule::OrReference("requestBodies", &REQUEST_BODY))),
        ("headers", HEADERS),
        ("securitySchemes", Rule::Map(&Rule::OrReference("securitySchemes", &SECURITY_SCHEME))),
        ("links", LINKS),
    ],
    &[],
);

static SECURITY_SCHEME: Form = form(
    Kind::Described,
    &[
        ("type", Rule::OneOf(&["apiKey", "http", "oauth2", "openIdConnect"])),
        ("description", Rule::Text),
        ("name", Rule::Text),
        ("in", Rule::OneOf(&["query", "header", "cookie"])),
        ("scheme", Rule::Text),
        ("bearerFormat", Rule::Text),
        ("flows", Rule::Any),
        ("openIdConnectUrl", Rule::Text),
    ],
    &["type"],
);

static DISCRIMINATOR: Form = form(
    Kind::Other,
    &[("propertyName", Rule::Text), ("mapping", Rule::Map(&Rule::Text))],
    &["propertyName"],
);

pub(super) static SCHEMA: Form = form(
    Kind::Schema,
    &[
        ("title", Rule::Text),
        ("description", Rule::Text),
        ("type", Rule::OneOf(&["array", "boolean", "integer", "number", "object", "string"])),
        ("format", Rule::Text),
        ("nullable", Rule::Flag),
        ("enum", Rule::List(&Rule::Any)),
        ("default", Rule::Any),
        ("example", Rule::Any),
        ("multipleOf", Rule::Number),
        ("maximum", Rule::Number),
        ("exclusiveMaximum", Rule::Flag),
        ("minimum", Rule::Number),
        ("exclusiveMinimum", Rule::Flag),
        ("maxLength", Rule::Number),
        ("minLength", Rule::Number),
        ("pattern", Rule::Text),
        ("maxItems", Rule::Number),
        ("minItems", Rule::Number),
        ("uniqueItems", Rule::Flag),
        ("maxProperties", Rule::Number),
        ("minProperties", Rule::Number),
        ("required", Rule::List(&Rule::Text)),
        ("allOf", Rule::List(&Rule::Schema)),
        ("oneOf", Rule::List(&Rule::Schema)),
        ("anyOf", Rule::List(&Rule::Schema)),
        ("not", Rule::Schema),
        ("items", Rule::Schema),
        ("properties", Rule::Map(&Rule::Schema)),
        ("additionalProperties", Rule::OrFlag(&Rule::Schema)),
        ("readOnly", Rule::Flag),
        ("writeOnly", Rule::Flag),
        ("deprecated", Rule::Flag),
        ("discriminator", Rule::Of(&DISCRIMINATOR)),
        ("externalDocs", EXTERNAL_DOCS),
        ("xml", Rule::Any),
    ],
    &[],
);
