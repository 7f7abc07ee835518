//! The ids of the API, one type for each, so that they cannot be mistaken for one another.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::visit::from_text;

/// How much of a refused text is repeated in the error: less than half of a credential that was
/// given for an id.
const SHOWN: usize = 16;
/// No id that the API gives out is known to be longer than 36 characters.
const LONGEST: usize = 256;

/// A text that is not an id, and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidId {
    kind: &'static str,
    shown: String,
    problem: &'static str,
}

impl InvalidId {
    fn new(kind: &'static str, text: &str, problem: &'static str) -> Self {
        let shown = match text.char_indices().nth(SHOWN) {
            Some((end, _)) => format!("{}…", &text[..end]),
            None => text.to_owned(),
        };
        Self { kind, shown, problem }
    }
}

impl fmt::Display for InvalidId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, shown, problem } = self;
        write!(f, "{shown:?} is not {kind}: {problem}")
    }
}

impl std::error::Error for InvalidId {}

/// The ids of requests are 32 hexadecimal digits. The API writes them in lower case, so that ids
/// which were typed in capitals would differ from those in responses.
fn hexadecimal(text: &mut str) -> Result<(), &'static str> {
    if text.len() != 32 {
        Err("it must be 32 hexadecimal digits long")
    } else if !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        Err("only the digits 0 to 9 and a to f are allowed")
    } else {
        text.make_ascii_lowercase();
        Ok(())
    }
}

/// Ids whose form is not published only have to be one segment of a path.
fn any_form(text: &mut str) -> Result<(), &'static str> {
    segment(text)
}

/// Whether the text names one segment of a path, and the same one to every reader of the URL.
fn segment(text: &str) -> Result<(), &'static str> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:@!$&'()*+,;=".contains(&byte);
    if text.is_empty() {
        Err("it is empty")
    } else if text.len() > LONGEST {
        Err("it is too long")
    } else if text == "." || text == ".." {
        Err("it would be taken for a step in a path")
    } else if !text.bytes().all(plain) {
        Err("it holds a character that cannot stand in an id")
    } else {
        Ok(())
    }
}

macro_rules! id {
    ($name:ident, $kind:literal, $check:ident, $doc:literal) => {
        #[doc = $doc]
        ///
        #[doc = concat!("Text that enters through [`", stringify!($name), "::new`] or `parse` is checked. What comes from the API, or")]
        /// through serde, is taken as it is, so that no response is lost for the form of an id.
        /// When it is about to be sent it must be one segment of a path, of at most 256 characters.
        /// Clones share the text.
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        #[cfg_attr(test, derive(schemars::JsonSchema), schemars(transparent))]
        pub struct $name(#[serde(deserialize_with = "from_text")] Arc<str>);

        impl $name {
            /// Checks the text and makes it an id. Hexadecimal digits become lower case, as the API
            /// writes them.
            ///
            /// # Errors
            ///
            /// If the text does not have the form of such an id; see [`InvalidId`].
            pub fn new(text: impl Into<String>) -> Result<Self, InvalidId> {
                let mut text = text.into();
                match $check(&mut text) {
                    Ok(()) => Ok(Self(text.into())),
                    Err(problem) => Err(InvalidId::new($kind, &text, problem)),
                }
            }

            /// The id as the API writes it.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// The same id, if it may be sent.
            #[allow(dead_code, reason = "not every kind of id is sent")]
            pub(crate) fn sendable(&self) -> Result<&Self, InvalidId> {
                segment(&self.0).map_or_else(
                    |problem| Err(InvalidId::new($kind, &self.0, problem)),
                    |()| Ok(self),
                )
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                Self::new(text)
            }
        }

        impl TryFrom<&str> for $name {
            type Error = InvalidId;

            fn try_from(text: &str) -> Result<Self, InvalidId> {
                Self::new(text)
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;

            fn try_from(text: String) -> Result<Self, InvalidId> {
                Self::new(text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.as_str().to_owned()
            }
        }

        impl From<&$name> for $name {
            fn from(id: &$name) -> $name {
                id.clone()
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }
    };
}

id!(AccountId, "an account id", hexadecimal, "The id of an account.");
id!(UserGroupId, "a user group id", hexadecimal, "The id of a user group.");
id!(
    MemberId,
    "a member id",
    hexadecimal,
    "The id of a member of an account, the same in all its user groups."
);
id!(PermissionGroupId, "a permission group id", hexadecimal, "The id of a permission group.");
id!(ResourceGroupId, "a resource group id", hexadecimal, "The id of a resource group.");
id!(ZoneId, "a zone id", hexadecimal, "The id of a zone.");
id!(PolicyId, "a policy id", any_form, "The id of a policy. The API sets no length for it.");
id!(
    UserId,
    "a user id",
    any_form,
    "The id of the user behind a membership, who may be a member of several accounts."
);
