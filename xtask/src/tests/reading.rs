//! Reading documents.

use std::io::Write as _;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use flate2::{Compression, write::GzEncoder};

use super::*;

const SMALL: &str = r#"{"openapi": "3.0.3", "paths": {}}"#;

fn refusal(text: &str) -> String {
    Document::parse("test", text).unwrap_err().to_string()
}

#[test]
fn a_duplicate_key_is_refused_with_its_place() {
    let yaml = refusal("openapi: 3.0.3\npaths:\n  /a: {}\n  /a: {}\n");
    assert!(yaml.contains("duplicate entry with key \"/a\" at line 3 column 3"), "{yaml}");
    let json = refusal("{\"a\": {\"b\": 1,\n  \"b\": 2}}");
    assert!(json.contains("duplicate entry with key \"b\" at line 2"), "{json}");
    let both = refusal("openapi: 3.0.3\npaths: {}\nresponses: {200: {}, '200': {}}\n");
    assert!(both.contains("duplicate entry with key 200, once as a number"), "{both}");
}

#[test]
fn yaml_and_json_are_read_alike() {
    let yaml =
        "openapi: 3.0.3\npaths: {}\nresponses:\n  200: {n: 1, x: 0.5, t: true, z: ~, s: '1'}\n";
    let json = r#"{"openapi":"3.0.3","paths":{},
        "responses":{"200":{"n":1,"x":0.5,"t":true,"z":null,"s":"1"}}}"#;
    let [yaml, json] = [yaml, json].map(|text| Document::parse("test", text).unwrap().root);
    assert_eq!(yaml, json);
}

#[test]
fn a_byte_order_mark_is_skipped() {
    for text in [SMALL, "openapi: 3.0.3\npaths: {}\n"] {
        assert!(Document::parse("test", &format!("\u{feff}{text}")).is_ok());
    }
}

#[test]
fn other_texts_are_refused() {
    for text in ["", "[]", "{", "a: [", "openapi: 3.0.3", "{} {}", "a: 1\n---\nb: 2\n"] {
        assert!(Document::parse("test", text).is_err(), "{text}");
    }
}

/// A script that holds the document, the base64 in lines of this width.
pub(super) fn script(document: &str, width: usize) -> String {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(document.as_bytes()).unwrap();
    let packed = BASE64_STANDARD.encode(gzip.finish().unwrap());
    let lines: Vec<&str> =
        packed.as_bytes().chunks(width).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!(
        "#!/usr/bin/env bash\nset -e\n  SPEC=\"{}\"\necho \"$SPEC\" | base64 -d\n",
        lines.join("\n")
    )
}

#[test]
fn a_script_with_a_packed_document_is_unpacked() {
    let quoted = script(SMALL, usize::MAX);
    let here = quoted.replacen("SPEC=\"", "base64 -d <<EOF\n", 1).replacen("\"\n", "\nEOF\n", 1);
    let unpadded = here.replace('=', "");
    for script in [&script(SMALL, 20), &format!("\u{feff}{quoted}"), &quoted, &here, &unpadded] {
        let read = Document::parse("test", script).unwrap();
        assert_eq!(read.root, value(SMALL), "{script}");
    }
    let broken = script(SMALL, 20).replacen("H4sI", "H4sIAAAA", 1);
    assert!(refusal(&broken).contains("cannot unpack the document"), "{}", refusal(&broken));
}
