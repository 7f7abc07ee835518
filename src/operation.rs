//! The operations of the API, and which of them are idempotent.

use http::Method;

/// An operation of the spec.
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Operation {
    /// The published operationId.
    pub id: &'static str,
    /// The method.
    pub method: Method,
    /// The path below the base URL, with its parameters in braces.
    pub path: &'static str,
    /// The summary in Cloudflare's documentation.
    pub summary: &'static str,
}

impl Operation {
    /// Whether sending the request twice has the effect of sending it once.
    pub(crate) fn is_idempotent(&self) -> bool {
        is_idempotent(&self.method)
    }

    /// What the operation does, in the words of messages: `listing user groups`.
    pub(crate) fn doing(&self) -> &'static str {
        match self.id {
            "account-user-group-create" => "creating the user group",
            "account-user-group-list" => "listing user groups",
            "account-user-group-update" => "updating the user group",
            "account-user-group-details" => "reading the user group",
            "account-user-group-delete" => "deleting the user group",
            "account-user-group-members-update" => "replacing the members of the user group",
            "account-user-group-member-create" => "adding members to the user group",
            "account-user-group-member-list" => "listing the members of the user group",
            "account-user-group-member-get" => "reading the member of the user group",
            "account-user-group-member-delete" => "removing the member from the user group",
            "account-members-list-members" => "listing account members",
            "account-permission-group-list" => "listing permission groups",
            "account-resource-group-list" => "listing resource groups",
            "account-resource-group-create" => "creating the resource group",
            "zones-get" => "listing zones",
            _ => self.summary,
        }
    }

    /// Whether the operation changes something.
    pub(crate) fn changes(&self) -> bool {
        self.method != Method::GET
    }
}

/// Whether requests of this method are idempotent. The only place that says so: whatever is not
/// listed is retried only if it provably was not processed.
pub(crate) fn is_idempotent(method: &Method) -> bool {
    [Method::GET, Method::PUT, Method::DELETE].contains(method)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_that_are_not_listed_are_not_idempotent() {
        let idempotent = [Method::GET, Method::PUT, Method::DELETE];
        assert!(idempotent.iter().all(is_idempotent));
        let extension = Method::from_bytes(b"MERGE").unwrap();
        let others = [Method::POST, Method::PATCH, Method::OPTIONS, Method::CONNECT, extension];
        assert!(!others.iter().any(is_idempotent));
    }
}
