//! The place of a change in an operation.

use std::fmt;

use crate::change::InSchema;

/// A place in an operation, and the named schema around it.
#[derive(Clone, Debug)]
pub(super) struct Place {
    section: String,
    path: String,
    /// The innermost named schema, and how much of the path leads to it.
    schema: Option<(String, usize)>,
}

/// The operation itself.
pub(super) static OPERATION: Place =
    Place { section: String::new(), path: String::new(), schema: None };

impl Place {
    /// The root of a parameter, a request body or a response.
    pub(super) fn of_section(section: impl Into<String>) -> Self {
        Self { section: section.into(), ..OPERATION.clone() }
    }

    pub(super) fn field(&self, name: &str) -> Self {
        self.below(&format!(".{name}"))
    }

    pub(super) fn items(&self) -> Self {
        self.below("[]")
    }

    /// Undeclared fields.
    pub(super) fn other_fields(&self) -> Self {
        self.below(".*")
    }

    pub(super) fn in_schema(&self, name: &str) -> Self {
        Self { schema: Some((name.to_owned(), self.path.len())), ..self.clone() }
    }

    fn below(&self, step: &str) -> Self {
        Self { path: format!("{}{step}", self.path), ..self.clone() }
    }

    pub(super) fn schema(&self) -> Option<InSchema> {
        let (name, start) = self.schema.as_ref()?;
        let at = self.path.get(*start..)?.trim_start_matches('.').to_owned();
        Some(InSchema { name: name.clone(), at })
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.section)?;
        match self.path.trim_start_matches('.') {
            "" => Ok(()),
            path => write!(f, " · {path}"),
        }
    }
}
