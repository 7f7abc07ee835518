use super::*;

#[test]
fn a_key_that_stands_twice_is_refused_with_its_place() {
    let yaml = read_value("a:\n  b: 1\n  c: 2\n  b: 3\n").unwrap_err();
    assert!(yaml.contains("the key `b` stands here twice at line 4 column 3"), "{yaml}");
    let json = read_value("{\"a\": {\"b\": 1,\n  \"b\": 2}}").unwrap_err();
    assert!(json.contains("the key `b` stands here twice at line 2 column 5"), "{json}");
}

#[test]
fn yaml_and_json_are_read_alike() {
    let yaml = read_value("responses:\n  200: {n: 1, x: 0.5, t: true, z: ~, s: '1'}\n").unwrap();
    let json = read_value(r#"{"responses":{"200":{"n":1,"x":0.5,"t":true,"z":null,"s":"1"}}}"#);
    assert_eq!(yaml, json.unwrap());
}

#[test]
fn what_is_no_document_is_refused() {
    for text in ["", "[]", "{", "a: [", "openapi: 3.0.3", "{} {}"] {
        assert!(Document::parse("test", text).is_err(), "{text}");
    }
}

#[test]
fn a_reference_that_leads_to_itself_is_refused() {
    let text = r##"{"openapi": "3.0.3", "paths": {}, "a": {"$ref": "#/a"}}"##;
    let document = Document::parse("test", text).unwrap();
    assert!(document.resolve(&document.root["a"]).is_err());
}
