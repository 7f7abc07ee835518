//! Whether every component is used, and every security scheme is declared.

use super::Problems;
use crate::document::Document;

pub(super) fn check(document: &Document, problems: &mut Problems) {
    let used = document.used_components();
    for reference in document.components().iter().filter(|reference| !used.contains(*reference)) {
        let place = reference.trim_start_matches("#/").replace('/', ".");
        problems.add(&place, "no operation uses it");
    }
    for name in document.security_schemes() {
        if document.target(&format!("#/components/securitySchemes/{name}")).is_err() {
            problems.add("security", format!("the scheme `{name}` is not declared"));
        }
    }
}
