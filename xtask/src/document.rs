//! Reads an OpenAPI document from a file, standard input or a git revision.

use std::{collections::BTreeSet, fmt, fs, io::Read as _, path::Path, process::Command};

use base64::{
    Engine as _,
    alphabet::STANDARD,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use flate2::read::GzDecoder;
use serde_json::Value;

use crate::rules::{self, array, entries};

/// The spec, below the root of the repository.
pub(crate) const SPEC: &str = "spec/openapi.yaml";

/// The root of the repository.
pub(crate) const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// Unpacked documents larger than this are refused.
const MAX_UNPACKED: u64 = 256 << 20;

/// Input that cannot be used, and why.
#[derive(Debug)]
pub(crate) struct Unusable(pub(crate) String);

impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A document as it is written, with its references.
#[derive(Debug)]
pub(crate) struct Document {
    /// The name that the user gave.
    pub(crate) name: String,
    pub(crate) root: Value,
    /// A schema that only null matches, for the normal form of `nullable`.
    pub(crate) only_null: Value,
}

impl Document {
    /// Parses a document: YAML, JSON, or a script that holds one packed as base64 of gzip.
    pub(crate) fn parse(name: &str, text: &str) -> Result<Self, Unusable> {
        let unusable = |why: String| Unusable(format!("{name}: {why}"));
        let unpacked = unpack(text).map_err(unusable)?;
        let root = rules::read(unpacked.as_deref().unwrap_or(text)).map_err(unusable)?;
        Self::new(name, root)
    }

    /// Wraps a document that is parsed already.
    pub(crate) fn new(name: &str, root: Value) -> Result<Self, Unusable> {
        let missing = ["openapi", "paths"].into_iter().find(|key| root.get(*key).is_none());
        if let Some(key) = missing {
            let message = format!("{name} is not an OpenAPI document: `{key}` is missing");
            return Err(Unusable(message));
        }
        if !root["paths"].is_object() {
            return Err(Unusable(format!("{name}: `paths` is not an object")));
        }
        Ok(Self { name: name.to_owned(), root, only_null: serde_json::json!({ "type": "null" }) })
    }

    /// Reads the file `path`, or standard input for `-`.
    pub(crate) fn from_file(path: &str) -> Result<Self, Unusable> {
        Self::parse(path, &read_text(path)?)
    }

    /// Reads the spec of this repository from the working tree.
    pub(crate) fn from_working_tree() -> Result<Self, Unusable> {
        Self::parse(SPEC, &read_text(&format!("{ROOT}/{SPEC}"))?)
    }

    /// Reads a file of this name if there is one, otherwise the spec of that git revision.
    pub(crate) fn from_file_or_revision(source: &str) -> Result<Self, Unusable> {
        if source == "-" || Path::new(source).exists() {
            return Self::from_file(source);
        }
        let object = format!("{source}:{SPEC}");
        let shown = Command::new("git")
            .args(["-C", ROOT, "show", "--end-of-options", &object])
            .output()
            .map_err(|why| Unusable(format!("cannot run git to read {object}: {why}")))?;
        if !shown.status.success() {
            return Err(Unusable(format!(
                "{source} is neither a file nor a git revision with {SPEC}: {}",
                String::from_utf8_lossy(&shown.stderr).trim()
            )));
        }
        let text = String::from_utf8(shown.stdout)
            .map_err(|_| Unusable(format!("{object} is not UTF-8")))?;
        Self::parse(&object, &text)
    }

    /// The target of a local reference such as `#/components/schemas/Member`.
    pub(crate) fn target(&self, reference: &str) -> Result<&Value, Unusable> {
        reference
            .strip_prefix('#')
            .and_then(|pointer| self.root.pointer(pointer))
            .ok_or_else(|| Unusable(format!("{}: `{reference}` does not exist", self.name)))
    }

    /// Follows references to something that is not one.
    pub(crate) fn resolve<'a>(&'a self, node: &'a Value) -> Result<&'a Value, Unusable> {
        rules::resolve(&self.root, node)
            .ok_or_else(|| Unusable(format!("{}: {node} leads nowhere, or to itself", self.name)))
    }
}

/// Components, and which of them are used.
impl Document {
    /// References to all components, such as `#/components/schemas/Member`.
    pub(crate) fn components(&self) -> Vec<String> {
        let mut references = Vec::new();
        for (section, components) in entries(self.root.get("components")) {
            for (name, _) in entries(Some(components)) {
                let name = name.replace('~', "~0").replace('/', "~1");
                references.push(format!("#/components/{section}/{name}"));
            }
        }
        references
    }

    /// References to the components that some operation uses.
    pub(crate) fn used_components(&self) -> BTreeSet<String> {
        let mut used: BTreeSet<String> = self
            .security_schemes()
            .map(|name| format!("#/components/securitySchemes/{name}"))
            .collect();
        let mut open: Vec<&Value> = self.root.get("paths").into_iter().collect();
        while let Some(node) = open.pop() {
            match node {
                Value::Object(object) => {
                    let mapped = object.get("discriminator").map(mapping).unwrap_or_default();
                    let mapped =
                        mapped.iter().map(|(_, name)| format!("#/components/schemas/{name}"));
                    let reference = object.get("$ref").and_then(Value::as_str);
                    for reference in mapped.chain(reference.map(str::to_owned)) {
                        if !used.contains(&reference) {
                            open.extend(self.target(&reference));
                            used.insert(reference);
                        }
                    }
                    open.extend(object.values());
                }
                Value::Array(items) => open.extend(items),
                _ => {}
            }
        }
        used
    }

    /// The names in the security requirements of the document and of its operations.
    pub(crate) fn security_schemes(&self) -> impl Iterator<Item = &str> {
        let items = entries(self.root.get("paths")).flat_map(|(_, item)| entries(Some(item)));
        let nodes = items.map(|(_, node)| node).chain([&self.root]);
        let ways = nodes.flat_map(|node| array(node.get("security")));
        ways.flat_map(|way| entries(Some(way))).map(|(name, _)| name)
    }
}

/// Reads a text file, or standard input for `-`.
pub(crate) fn read_text(path: &str) -> Result<String, Unusable> {
    let mut text = String::new();
    let read = if path == "-" {
        std::io::stdin().read_to_string(&mut text).map(|_| text)
    } else {
        fs::read_to_string(path)
    };
    read.map_err(|why| Unusable(format!("cannot read {path}: {why}")))
}

/// Unpacks the document in a script that ships it as base64 of gzip, as the repository of
/// Cloudflare's TypeScript SDK does. `None` if the text is not such a script.
fn unpack(text: &str) -> Result<Option<String>, String> {
    // The first three bytes of every gzip stream, and the compression method.
    let is_script = text.trim_start_matches('\u{feff}').starts_with("#!");
    let Some(start) = is_script.then(|| text.find("H4sI")).flatten() else {
        return Ok(None);
    };
    // It ends with a quote, with its padding, or with whatever follows the end of the gzip stream.
    let is_base64 = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/".contains(byte);
    let mut packed: Vec<u8> = text.as_bytes()[start..]
        .iter()
        .filter(|byte| !byte.is_ascii_whitespace() && **byte != b'\\')
        .take_while(|byte| is_base64(byte))
        .copied()
        .collect();
    if packed.len() % 4 == 1 {
        packed.pop();
    }
    let lenient = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    let gzip = GeneralPurpose::new(&STANDARD, lenient)
        .decode(packed)
        .map_err(|error| format!("the packed document is not base64: {error}"))?;
    let mut document = String::new();
    GzDecoder::new(gzip.as_slice())
        .take(MAX_UNPACKED)
        .read_to_string(&mut document)
        .map_err(|error| format!("cannot unpack the document: {error}"))?;
    Ok(Some(document))
}

/// The values of a discriminator with the components that they stand for: a name, or a reference to
/// it.
pub(crate) fn mapping(discriminator: &Value) -> BTreeSet<(&str, &str)> {
    let mapping = entries(discriminator.get("mapping"));
    let mapping = mapping.filter_map(|(value, target)| Some((value, target.as_str()?)));
    let prefix = "#/components/schemas/";
    mapping.map(|(value, it)| (value, it.strip_prefix(prefix).unwrap_or(it))).collect()
}
