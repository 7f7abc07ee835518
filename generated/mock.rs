// Made from spec/openapi.yaml by build.rs. Not to be edited: `cargo regen` writes it again.
// spec fingerprint: 7433431cab005ec2

pub mod operations {
    //! [`When`](::httpmock::When) and [`Then`](::httpmock::Then)
    //! wrappers for each operation. Each can be converted to
    //! its inner type with a call to `into_inner()`. This can
    //! be used to explicitly deviate from permitted values.
    use crate::raw::*;
    pub struct AccountPermissionGroupListWhen(::httpmock::When);
    impl AccountPermissionGroupListWhen {
        pub fn new(inner: ::httpmock::When) -> Self {
            Self(
                inner
                    .method(::httpmock::Method::GET)
                    .path_matches(
                        regex::Regex::new("^/accounts/[^/]*/iam/permission_groups$")
                            .unwrap(),
                    ),
            )
        }
        pub fn into_inner(self) -> ::httpmock::When {
            self.0
        }
        pub fn account_id(self, value: &crate::id::AccountId) -> Self {
            let re = regex::Regex::new(
                    &format!("^/accounts/{}/iam/permission_groups$", value.to_string()),
                )
                .unwrap();
            Self(self.0.path_matches(re))
        }
        pub fn id<'a, T>(self, value: T) -> Self
        where
            T: Into<Option<&'a crate::id::PermissionGroupId>>,
        {
            if let Some(value) = value.into() {
                Self(self.0.query_param("id", value.to_string()))
            } else {
                Self(self.0.query_param_missing("id"))
            }
        }
        pub fn label<'a, T>(self, value: T) -> Self
        where
            T: Into<Option<&'a str>>,
        {
            if let Some(value) = value.into() {
                Self(self.0.query_param("label", value.to_string()))
            } else {
                Self(self.0.query_param_missing("label"))
            }
        }
        pub fn name<'a, T>(self, value: T) -> Self
        where
            T: Into<Option<&'a str>>,
        {
            if let Some(value) = value.into() {
                Self(self.0.query_param("name", value.to_string()))
            } else {
                Self(self.0.query_param_missing("name"))
            }
        }
        pub fn page<T>(self, value: T) -> Self
        where
            T: Into<Option<::std::num::NonZeroU64>>,
        {
            if let Some(value) = value.into() {
                Self(self.0.query_param("page", value.to_string()))
            } else {
                Self(self.0.query_param_missing("page"))
            }
        }
        pub fn per_page<T>(self, value: T) -> Self
        where
            T: Into<Option<i64>>,
        {
            if let Some(value) = value.into() {
                Self(self.0.query_param("per_page", value.to_string()))
            } else {
                Self(self.0.query_param_missing("per_page"))
            }
        }
    }
    pub struct AccountPermissionGroupListThen(::httpmock::Then);
    impl AccountPermissionGroupListThen {
        pub fn new(inner: ::httpmock::Then) -> Self {
            Self(inner)
        }
        pub fn into_inner(self) -> ::httpmock::Then {
            self.0
        }
        pub fn ok(self, value: &types::PermissionGroupListResponse) -> Self {
            Self(
                self
                    .0
                    .status(200u16)
                    .header("content-type", "application/json")
                    .json_body_obj(value),
            )
        }
        pub fn client_error(self, status: u16, value: &types::FailureResponse) -> Self {
            assert_eq!(status / 100u16, 4u16);
            Self(
                self
                    .0
                    .status(status)
                    .header("content-type", "application/json")
                    .json_body_obj(value),
            )
        }
    }
    pub struct AccountResourceGroupListWhen(::httpmock::When);
    impl AccountResourceGroupListWhen {
        pub fn new(inner: ::httpmock::When) -> Self {
            Self(
                inner
                    .method(::httpmock::Method::GET)
                    .path_matches(
                        regex::Regex::new("^/accounts/[^/]*/iam/resource_groups$")
                            .unwrap(),
                    ),
            )
        }
        pub fn into_inner(self) -> ::httpmock::When {
            self.0
        }
        pub fn account_id(self, value: &crate::id::AccountId) -> Self {
            let re = regex::Regex::new(
                    &format!("^/accounts/{}/iam/resource_groups$", value.to_string()),
                )
                .unwrap();
            Self(self.0.path_matches(re))
        }
        pub fn id<'a, T>(self, value: T) -> Self
        where
            T: Into<Option<&'a crate::id::ResourceGroupId>>,
        {
            if let Some(value) = value.into() {
                Self(self.0.query_param("id", value.to_string()))
            } else {
                Self(self.0.query_param_missing("id"))
            }
        }
        pub fn name<'a, T>(self, value: T) -> Self
        where
            T: Into<Option<&'a str>>,
        {
            if let Some(value) = value.into() {
                Self(self.0.query_param("name", value.to_string()))
            } else {
                Self(self.0.query_param_missing("name"))
            }
        }
        pub fn page<T>(self, value: T) -> Self
        where
            T: Into<Option<::std::num::NonZeroU64>>,
        {
            if let Some(value) = value.into() {
                Self(self.0.query_param("page", value.to_string()))
            } else {
                Self(self.0.query_param_missing("page"))
            }
        }
        pub fn per_page<T>(self, value: T) -> Self
        where
            T: Into<Option<i64>>,
        {
            if let Some(value) = value.into() {
                Self(self.0.query_param("per_page", value.to_string()))
            } else {
                Self(self.0.query_param_missing("per_page"))
            }
        }
    }
    pub struct AccountResourceGroupListThen(::httpmock::Then);
    impl AccountResourceGroupListThen {
        pub fn new(inner: ::httpmock::Then) -> Self {
            Self(inner)
        }
        pub fn into_inner(self) -> ::httpmock::Then {
            self.0
        }
        pub fn ok(self, value: &types::ResourceGroupListResponse) -> Self {
            Self(
                self
                    .0
                    .status(200u16)
                    .header("content-type", "application/json")
                    .json_body_obj(value),
            )
        }
        pub fn client_error(self, status: u16, value: &types::FailureResponse) -> Self {
            assert_eq!(status / 100u16, 4u16);
            Self(
                self
                    .0
                    .status(status)
                    .header("content-type", "application/json")
                    .json_body_obj(value),
            )
        }
    }
    pub struct AccountResourceGroupCreateWhen(::httpmock::When);
    impl AccountResourceGroupCreateWhen {
        pub fn new(inner: ::httpmock::When) -> Self {
            Self(
                inner
                    .method(::httpmock::Method::POST)
                    .path_matches(
                        regex::Regex::new("^/accounts/[^/]*/iam/resource_groups$")
                            .unwrap(),
                    ),
            )
        }
        pub fn into_inner(self) -> ::httpmock::When {
            self.0
        }
        pub fn account_id(self, value: &crate::id::AccountId) -> Self {
            let re = regex::Regex::new(
                    &format!("^/accounts/{}/iam/resource_groups$", value.to_string()),
                )
                .unwrap();
            Self(self.0.path_matches(re))
        }
        pub fn body(self, value: &types::CreateResourceGroup) -> Self {
            Self(self.0.json_body_obj(value))
        }
    }
    pub struct AccountResourceGroupCreateThen(::httpmock::Then);
    impl AccountResourceGroupCreateThen {
        pub fn new(inner: ::httpmock::Then) -> Self {
            Self(inner)
        }
        pub fn into_inner(self) -> ::httpmock::Then {
            self.0
        }
        pub fn ok(self, value: &types::ResourceGroupResponse) -> Self {
            Self(
                self
                    .0
                    .status(200u16)
                    .header("content-type", "application/json")
                    .json_body_obj(value),
            )
        }
        pub fn client_error(self, status: u16, value: &types::FailureResponse) -> Self {
            assert_eq!(status / 100u16, 4u16);
            Self(
                self
                    .0
                    .status(status)
                    .header("content-type", "application/json")
                    .json_body_obj(value),
            )
        }
    }
    pub struct AccountUserGroupListWhen(::httpmock::When);
    impl AccountUserGroupListWhen {
        pub fn new(inner: ::httpmock::When) -> Self {
            Self(
                inner
                    .method(::httpmock::Method::GET)
                    .path_matches(
                        regex::Regex::new("^/accounts/[^/]*/iam/user_groups$").unwrap(),
                    ),
            )
        }
        pub fn into_inner(self) -> ::httpmock::When {
            self.0
        }
        pub fn account_id(self, value: &crate::id::AccountId) -> Self {
            let re = regex::Regex::new(
                    &format!("^/accounts/{}/iam/user_groups$", value.to_string()),
                )
                .unwrap();
            Self(self.0.path_matches(re))
        }
        pub fn direction<T>(self, value: T) -> Self
        where
            T: Into<Option<types::SortDirection>>,
        {
            if let Some(value) = value.into() {
                Self(self.0.query_param("direction", value.to_string()))
            } else {
                Self(self.0.query_param_missing("direction"))
            }
        }
        pub fn fuzzy_name<'a, T>(self, value: T) -> Self
        where
            T: Into<Option<&'a str>>,
        {
            if let Some(value) = value.into() {
                Self(self.0.query_param("fuzzyName", value.to_string()))
            } else {
                Self(self.0.query_param_missing("fuzzyName"))
            }
        }
        pub fn id<'a, T>(self, value: T) -> Self
        where
            T: Into<Option<&'a crate::id::UserGroupId>>,
        {
            if let Some(value) = value.into() {
                Self(self.0.query_param("id", value.to_string()))
            } else {
                Self(self.0.query_param_missing("id"))
            }
        }
        pub fn name<'a, T>(self, value: T) -> Self
        where
            T: Into<Option<&'a str>>,
        {
            if let Some(value) = value.into() {
                Self(self.0.query_param("name", value.to_string()))
            } else {
                Self(self.0.query_param_missing("name"))
            }
        }
        pub fn page<T>(self, value: T) -> Self
        where
            T: Into<Option<::std::num::NonZeroU64>>,
        {
            if let Some(value) = value.into() {
                Self(self.0.query_param("page", value.to_string()))
            } else {
                Self(self.0.query_param_missing("page"))
            }
        }
        pub fn per_page<T>(self, value: T) -> Self
        where
            T: Into<Option<::std::num::NonZeroU64>>,
        {
            if let Some(value) = value.into() {
                Self(self.0.query_param("per_page", value.to_string()))
            } else {
                Self(self.0.query_param_missing("per_page"))
            }
        }
    }
    pub struct AccountUserGroupListThen(::httpmock::Then);
    impl AccountUserGroupListThen {
        pub fn new(inner: ::httpmock::Then) -> Self {
            Self(inner)
        }
        pub fn into_inner(self) -> ::httpmock::Then {
            self.0
        }
        pub fn ok(self, value: &types::UserGroupListResponse) -> Self {
            Self(
                self
                    .0
                    .status(200u16)
                    .header("content-type", "application/json")
                    .json_body_obj(value),
            )
        }
        pub fn client_error(self, status: u16, value: &types::FailureResponse) -> Self {
            assert_eq!(status / 100u16, 4u16);
            Self(
                self
                    .0
                    .status(status)
                    .header("content-type", "application/json")
                    .json_body_obj(value),
            )
        }
    }
    pub struct AccountUserGroupCreateWhen(::httpmock::When);
    impl AccountUserGroupCreateWhen {
        pub fn new(inner: ::httpmock::When) -> Self {
            Self(
                inner
                    .method(::httpmock::Method::POST)
                    .path_matches(
                        regex::Regex::new("^/accounts/[^/]*/iam/user_groups$").unwrap(),
                    ),
            )
        }
        pub fn into_inner(self) -> ::httpmock::When {
            self.0
        }
        pub fn account_id(self, value: &crate::id::AccountId) -> Self {
            let re = regex::Regex::new(
                    &format!("^/accounts/{}/iam/user_groups$", value.to_string()),
                )
                .unwrap();
            Self(self.0.path_matches(re))
        }
        pub fn body(self, value: &types::CreateUserGroup) -> Self {
            Self(self.0.json_body_obj(value))
        }
    }
    pub struct AccountUserGroupCreateThen(::httpmock::Then);
    impl AccountUserGroupCreateThen {
        pub fn new(inner: ::httpmock::Then) -> Self {
            Self(inner)
        }
        pub fn into_inner(self) -> ::httpmock::Then {
            self.0
        }
        pub fn ok(self, value: &types::UserGroupResponse) -> Self {
            Self(
                self
                    .0
                    .status(200u16)
                    .header("content-type", "application/json")
                    .json_body_obj(value),
            )
        }
        pub fn client_error(self, status: u16, value: &types::FailureResponse) -> Self {
            assert_eq!(status / 100u16, 4u16);
            Self(
                self
                    .0
                    .status(status)
                    .header("content-type", "application/json")
                    .json_body_obj(value),
            )
        }
    }
    pub struct AccountUserGroupDetailsWhen(::httpmock::When);
    impl AccountUserGroupDetailsWhen {
        pub fn new(inner: ::httpmock::When) -> Self {
            Self(
                inner
                    .method(::httpmock::Method::GET)
                    .path_matches(
                        regex::Regex::new("^/accounts/[^/]*/iam/user_groups/[^/]*$")
                            .unwrap(),
                    ),
            )
        }
        pub fn into_inner(self) -> ::httpmock::When {
            self.0
        }
        pub fn account_id(self, value: &crate::id::AccountId) -> Self {
            let re = regex::Regex::new(
                    &format!("^/accounts/{}/iam/user_groups/.*$", value.to_string()),
                )
                .unwrap();
            Self(self.0.path_matches(re))
        }
        pub fn user_group_id(self, value: &crate::id::UserGroupId) -> Self {
            let re = regex::Regex::new(
                    &format!("^/accounts/.*/iam/user_groups/{}$", value.to_string()),
                )
                .unwrap();
            Self(self.0.path_matches(re))
        }
    }
    pub struct AccountUserGroupDetailsThen(::httpmock::Then);
    impl AccountUserGroupDetailsThen {
        pub fn new(inner: ::httpmock::Then) -> Self {
            Self(inner)
        }
        pub fn into_inner(self) -> ::httpmock::Then {
            self.0
        }
        pub fn ok(self, value: &types::UserGroupResponse) -> Self {
            Self(
                self
                    .0
                    .status(200u16)
                    .header("content-type", "application/json")
                    .json_body_obj(value),
            )
        }
        pub fn client_error(self, status: u16, value: &types::FailureResponse) -> Self {
            assert_eq!(status / 100u16, 4u16);
            Self(
                self
                    .0
                    .status(status)
                    .header("content-type", "application/json")
                    .json_body_obj(value),
            )
        }
    }
    pub struct AccountUserGroupUpdateWhen(::httpmock::When);
    impl AccountUserGroupUpdateWhen {
        pub fn new(inner: ::httpmock::When) -> Self {
            Self(
                inner
                    .method(::httpmock::Method::PUT)
                    .path_matches(
                        regex::Regex::new("^/accounts/[^/]*/iam/user_groups/[^/]*$")
                            .unwrap(),
                    ),
            )
        }
        pub fn into_inner(self) -> ::httpmock::When {
            self.0
        }
        pub fn account_id(self, value: &crate::id::AccountId) -> Self {
            let re = regex::Regex::new(
                    &format!("^/accounts/{}/iam/user_groups/.*$", value.to_string()),
                )
                .unwrap();
            Self(self.0.path_matches(re))
        }
        pub fn user_group_id(self, value: &crate::id::UserGroupId) -> Self {
            let re = regex::Regex::new(
                    &format!("^/accounts/.*/iam/user_groups/{}$", value.to_string()),
                )
                .unwrap();
            Self(self.0.path_matches(re))
        }
        pub fn body(self, value: &types::UpdateUserGroup) -> Self {
            Self(self.0.json_body_obj(value))
        }
    }
    pub struct AccountUserGroupUpdateThen(::httpmock::Then);
    impl AccountUserGroupUpdateThen {
        pub fn new(inner: ::httpmock::Then) -> Self {
            Self(inner)
        }
        pub fn into_inner(self) -> ::httpmock::Then {
            self.0
        }
        pub fn ok(self, value: &types::UserGroupResponse) -> Self {
            Self(
                self
                    .0
                    .status(200u16)
                    .header("content-type", "application/json")
                    .json_body_obj(value),
            )
        }
        pub fn client_error(self, status: u16, value: &types::FailureResponse) -> Self {
            assert_eq!(status / 100u16, 4u16);
            Self(
                self
                    .0
                    .status(status)
                    .header("content-type", "application/json")
                    .json_body_obj(value),
            )
        }
    }
    pub struct AccountUserGroupDeleteWhen(::httpmock::When);
    impl AccountUserGroupDeleteWhen {
        pub fn new(inner: ::httpmock::When) -> Self {
            Self(
                inner
                    .method(::httpmock::Method::DELETE)
                    .path_matches(
                        regex::Regex::new("^/accounts/[^/]*/iam/user_groups/[^/]*$")
                            .unwrap(),
                    ),
            )
        }
        pub fn into_inner(self) -> ::httpmock::When {
            self.0
        }
        pub fn account_id(self, value: &crate::id::AccountId) -> Self {
            let re = regex::Regex::new(
                    &format!("^/accounts/{}/iam/user_groups/.*$", value.to_string()),
                )
                .unwrap();
            Self(self.0.path_matches(re))
        }
        pub fn user_group_id(self, value: &crate::id::UserGroupId) -> Self {
            let re = regex::Regex::new(
                    &format!("^/accounts/.*/iam/user_groups/{}$", value.to_string()),
                )
                .unwrap();
            Self(self.0.path_matches(re))
        }
    }
    pub struct AccountUserGroupDeleteThen(::httpmock::Then);
    impl AccountUserGroupDeleteThen {
        pub fn new(inner: ::httpmock::Then) -> Self {
            Self(inner)
        }
        pub fn into_inner(self) -> ::httpmock::Then {
            self.0
        }
        pub fn ok(self, value: &types::RemovedUserGroupResponse) -> Self {
            Self(
                self
                    .0
                    .status(200u16)
                    .header("content-type", "application/json")
                    .json_body_obj(value),
            )
        }
        pub fn client_error(self, status: u16, value: &types::FailureResponse) -> Self {
            assert_eq!(status / 100u16, 4u16);
            Self(
                self
                    .0
                    .status(status)
                    .header("content-type", "application/json")
                    .json_body_obj(value),
            )
        }
    }
    pub struct AccountUserGroupMemberListWhen(::httpmock::When);
    impl AccountUserGroupMemberListWhen {
        pub fn new(inner: ::httpmock::When) -> Self {
            Self(
                inner
                    .method(::httpmock::Method::GET)
                    .path_matches(
                        regex::Regex::new(
                                "^/accounts/[^/]*/iam/user_groups/[^/]*/members$",
                            )
                            .unwrap(),
                    ),
            )
        }
        pub fn into_inner(self) -> ::httpmock::When {
            self.0
        }
        pub fn account_id(self, value: &crate::id::AccountId) -> Self {
            let re = regex::Regex::new(
                    &format!(
                        "^/accounts/{}/iam/user_groups/.*/members$", value.to_string()
                    ),
                )
                .unwrap();
            Self(self.0.path_matches(re))
        }
        pub fn user_group_id(self, value: &crate::id::UserGroupId) -> Self {
            let re = regex::Regex::new(
                    &format!(
                        "^/accounts/.*/iam/user_groups/{}/members$", value.to_string()
                    ),
                )
                .unwrap();
            Self(self.0.path_matches(re))
        }
        pub fn direction<T>(self, value: T) -> Self
        where
            T: Into<Option<types::SortDirection>>,
        {
            if let Some(value) = value.into() {
                Self(self.0.query_param("direction", value.to_string()))
            } else {
                Self(self.0.query_param_missing("direction"))
            }
        }
        pub fn fuzzy_email<'a, T>(self, value: T) -> Self
        where
            T: Into<Option<&'a str>>,
        {
            if let Some(value) = value.into() {
                Self(self.0.query_param("fuzzyEmail", value.to_string()))
            } else {
                Self(self.0.query_param_missing("fuzzyEmail"))
            }
        }
        pub fn page<T>(self, value: T) -> Self
        where
            T: Into<Option<::std::num::NonZeroU64>>,
        {
            if let Some(value) = value.into() {
                Self(self.0.query_param("page", value.to_string()))
            } else {
                Self(self.0.query_param_missing("page"))
            }
        }
        pub fn per_page<T>(self, value: T) -> Self
        where
            T: Into<Option<::std::num::NonZeroU64>>,
        {
            if let Some(value) = value.into() {
                Self(self.0.query_param("per_page", value.to_string()))
            } else {
                Self(self.0.query_param_missing("per_page"))
            }
        }
    }
    pub struct AccountUserGroupMemberListThen(::httpmock::Then);
    impl AccountUserGroupMemberListThen {
        pub fn new(inner: ::httpmock::Then) -> Self {
            Self(inner)
        }
        pub fn into_inner(self) -> ::httpmock::Then {
            self.0
        }
        pub fn ok(self, value: &types::MemberListResponse) -> Self {
            Self(
                self
                    .0
                    .status(200u16)
                    .header("content-type", "application/json")
                    .json_body_obj(value),
            )
        }
        pub fn client_error(self, status: u16, value: &types::FailureResponse) -> Self {
            assert_eq!(status / 100u16, 4u16);
            Self(
                self
                    .0
                    .status(status)
                    .header("content-type", "application/json")
                    .json_body_obj(value),
            )
        }
    }
    pub struct AccountUserGroupMembersUpdateWhen(::httpmock::When);
    impl AccountUserGroupMembersUpdateWhen {
        pub fn new(inner: ::httpmock::When) -> Self {
            Self(
                inner
                    .method(::httpmock::Method::PUT)
                    .path_matches(
                        regex::Regex::new(
                                "^/accounts/[^/]*/iam/user_groups/[^/]*/members$",
                            )
                            .unwrap(),
                    ),
            )
        }
        pub fn into_inner(self) -> ::httpmock::When {
            self.0
        }
        pub fn account_id(self, value: &crate::id::AccountId) -> Self {
            let re = regex::Regex::new(
                    &format!(
                        "^/accounts/{}/iam/user_groups/.*/members$", value.to_string()
                    ),
                )
                .unwrap();
            Self(self.0.path_matches(re))
        }
        pub fn user_group_id(self, value: &crate::id::UserGroupId) -> Self {
            let re = regex::Regex::new(
                    &format!(
                        "^/accounts/.*/iam/user_groups/{}/members$", value.to_string()
                    ),
                )
                .unwrap();
            Self(self.0.path_matches(re))
        }
        pub fn body(self, value: &types::MemberRefs) -> Self {
            Self(self.0.json_body_obj(value))
        }
    }
    pub struct AccountUserGroupMembersUpdateThen(::httpmock::Then);
    impl AccountUserGroupMembersUpdateThen {
        pub fn new(inner: ::httpmock::Then) -> Self {
            Self(inner)
        }
        pub fn into_inner(self) -> ::httpmock::Then {
            self.0
        }
        pub fn ok(self, value: &types::MemberListResponse) -> Self {
            Self(
                self
                    .0
                    .status(200u16)
                    .header("content-type", "application/json")
                    .json_body_obj(value),
            )
        }
        pub fn client_error(self, status: u16, value: &types::FailureResponse) -> Self {
            assert_eq!(status / 100u16, 4u16);
            Self(
                self
                    .0
                    .status(status)
                    .header("content-type", "application/json")
                    .json_body_obj(value),
            )
        }
    }
    pub struct AccountUserGroupMemberCreateWhen(::httpmock::When);
    impl AccountUserGroupMemberCreateWhen {
        pub fn new(inner: ::httpmock::When) -> Self {
            Self(
                inner
                    .method(::httpmock::Method::POST)
                    .path_matches(
                        regex::Regex::new(
                                "^/accounts/[^/]*/iam/user_groups/[^/]*/members$",
                            )
                            .unwrap(),
                    ),
            )
        }
        pub fn into_inner(self) -> ::httpmock::When {
            self.0
        }
        pub fn account_id(self, value: &crate::id::AccountId) -> Self {
            let re = regex::Regex::new(
                    &format!(
                        "^/accounts/{}/iam/user_groups/.*/members$", value.to_string()
                    ),
                )
                .unwrap();
            Self(self.0.path_matches(re))
        }
        pub fn user_group_id(self, value: &crate::id::UserGroupId) -> Self {
            let re = regex::Regex::new(
                    &format!(
                        "^/accounts/.*/iam/user_groups/{}/members$", value.to_string()
                    ),
                )
                .unwrap();
            Self(self.0.path_matches(re))
        }
        pub fn body(self, value: &types::MemberRefs) -> Self {
            Self(self.0.json_body_obj(value))
        }
    }
    pub struct AccountUserGroupMemberCreateThen(::httpmock::Then);
    impl AccountUserGroupMemberCreateThen {
        pub fn new(inner: ::httpmock::Then) -> Self {
            Self(inner)
        }
        pub fn into_inner(self) -> ::httpmock::Then {
            self.0
        }
        pub fn ok(self, value: &types::AddedMembersResponse) -> Self {
            Self(
                self
                    .0
                    .status(200u16)
                    .header("content-type", "application/json")
                    .json_body_obj(value),
            )
        }
        pub fn client_error(self, status: u16, value: &types::FailureResponse) -> Self {
            assert_eq!(status / 100u16, 4u16);
            Self(
                self
                    .0
                    .status(status)
                    .header("content-type", "application/json")
                    .json_body_obj(value),
            )
        }
    }
    pub struct AccountUserGroupMemberGetWhen(::httpmock::When);
    impl AccountUserGroupMemberGetWhen {
        pub fn new(inner: ::httpmock::When) -> Self {
            Self(
                inner
                    .method(::httpmock::Method::GET)
                    .path_matches(
                        regex::Regex::new(
                                "^/accounts/[^/]*/iam/user_groups/[^/]*/members/[^/]*$",
                            )
                            .unwrap(),
                    ),
            )
        }
        pub fn into_inner(self) -> ::httpmock::When {
            self.0
        }
        pub fn account_id(self, value: &crate::id::AccountId) -> Self {
            let re = regex::Regex::new(
                    &format!(
                        "^/accounts/{}/iam/user_groups/.*/members/.*$", value.to_string()
                    ),
                )
                .unwrap();
            Self(self.0.path_matches(re))
        }
        pub fn user_group_id(self, value: &crate::id::UserGroupId) -> Self {
            let re = regex::Regex::new(
                    &format!(
                        "^/accounts/.*/iam/user_groups/{}/members/.*$", value.to_string()
                    ),
                )
                .unwrap();
            Self(self.0.path_matches(re))
        }
        pub fn member_id(self, value: &crate::id::MemberId) -> Self {
            let re = regex::Regex::new(
                    &format!(
                        "^/accounts/.*/iam/user_groups/.*/members/{}$", value.to_string()
                    ),
                )
                .unwrap();
            Self(self.0.path_matches(re))
        }
    }
    pub struct AccountUserGroupMemberGetThen(::httpmock::Then);
    impl AccountUserGroupMemberGetThen {
        pub fn new(inner: ::httpmock::Then) -> Self {
            Self(inner)
        }
        pub fn into_inner(self) -> ::httpmock::Then {
            self.0
        }
        pub fn ok(self, value: &types::MemberDetailsResponse) -> Self {
            Self(
                self
                    .0
                    .status(200u16)
                    .header("content-type", "application/json")
                    .json_body_obj(value),
            )
        }
        pub fn client_error(self, status: u16, value: &types::FailureResponse) -> Self {
            assert_eq!(status / 100u16, 4u16);
            Self(
                self
                    .0
                    .status(status)
                    .header("content-type", "application/json")
                    .json_body_obj(value),
            )
        }
    }
    pub struct AccountUserGroupMemberDeleteWhen(::httpmock::When);
    impl AccountUserGroupMemberDeleteWhen {
        pub fn new(inner: ::httpmock::When) -> Self {
            Self(
                inner
                    .method(::httpmock::Method::DELETE)
                    .path_matches(
                        regex::Regex::new(
                                "^/accounts/[^/]*/iam/user_groups/[^/]*/members/[^/]*$",
                            )
                            .unwrap(),
                    ),
            )
        }
        pub fn into_inner(self) -> ::httpmock::When {
            self.0
        }
        pub fn account_id(self, value: &crate::id::AccountId) -> Self {
            let re = regex::Regex::new(
                    &format!(
                        "^/accounts/{}/iam/user_groups/.*/members/.*$", value.to_string()
                    ),
                )
                .unwrap();
            Self(self.0.path_matches(re))
        }
        pub fn user_group_id(self, value: &crate::id::UserGroupId) -> Self {
            let re = regex::Regex::new(
                    &format!(
                        "^/accounts/.*/iam/user_groups/{}/members/.*$", value.to_string()
                    ),
                )
                .unwrap();
            Self(self.0.path_matches(re))
        }
        pub fn member_id(self, value: &crate::id::MemberId) -> Self {
            let re = regex::Regex::new(
                    &format!(
                        "^/accounts/.*/iam/user_groups/.*/members/{}$", value.to_string()
                    ),
                )
                .unwrap();
            Self(self.0.path_matches(re))
        }
    }
    pub struct AccountUserGroupMemberDeleteThen(::httpmock::Then);
    impl AccountUserGroupMemberDeleteThen {
        pub fn new(inner: ::httpmock::Then) -> Self {
            Self(inner)
        }
        pub fn into_inner(self) -> ::httpmock::Then {
            self.0
        }
        pub fn ok(self, value: &types::MemberResponse) -> Self {
            Self(
                self
                    .0
                    .status(200u16)
                    .header("content-type", "application/json")
                    .json_body_obj(value),
            )
        }
        pub fn client_error(self, status: u16, value: &types::FailureResponse) -> Self {
            assert_eq!(status / 100u16, 4u16);
            Self(
                self
                    .0
                    .status(status)
                    .header("content-type", "application/json")
                    .json_body_obj(value),
            )
        }
    }
    pub struct AccountMembersListMembersWhen(::httpmock::When);
    impl AccountMembersListMembersWhen {
        pub fn new(inner: ::httpmock::When) -> Self {
            Self(
                inner
                    .method(::httpmock::Method::GET)
                    .path_matches(
                        regex::Regex::new("^/accounts/[^/]*/members$").unwrap(),
                    ),
            )
        }
        pub fn into_inner(self) -> ::httpmock::When {
            self.0
        }
        pub fn account_id(self, value: &crate::id::AccountId) -> Self {
            let re = regex::Regex::new(
                    &format!("^/accounts/{}/members$", value.to_string()),
                )
                .unwrap();
            Self(self.0.path_matches(re))
        }
        pub fn direction<T>(self, value: T) -> Self
        where
            T: Into<Option<types::SortDirection>>,
        {
            if let Some(value) = value.into() {
                Self(self.0.query_param("direction", value.to_string()))
            } else {
                Self(self.0.query_param_missing("direction"))
            }
        }
        pub fn order<T>(self, value: T) -> Self
        where
            T: Into<Option<types::AccountMemberOrder>>,
        {
            if let Some(value) = value.into() {
                Self(self.0.query_param("order", value.to_string()))
            } else {
                Self(self.0.query_param_missing("order"))
            }
        }
        pub fn page<T>(self, value: T) -> Self
        where
            T: Into<Option<::std::num::NonZeroU64>>,
        {
            if let Some(value) = value.into() {
                Self(self.0.query_param("page", value.to_string()))
            } else {
                Self(self.0.query_param_missing("page"))
            }
        }
        pub fn per_page<T>(self, value: T) -> Self
        where
            T: Into<Option<i64>>,
        {
            if let Some(value) = value.into() {
                Self(self.0.query_param("per_page", value.to_string()))
            } else {
                Self(self.0.query_param_missing("per_page"))
            }
        }
        pub fn status<'a, T>(self, value: T) -> Self
        where
            T: Into<Option<&'a crate::model::AccountMemberStatus>>,
        {
            if let Some(value) = value.into() {
                Self(self.0.query_param("status", value.to_string()))
            } else {
                Self(self.0.query_param_missing("status"))
            }
        }
    }
    pub struct AccountMembersListMembersThen(::httpmock::Then);
    impl AccountMembersListMembersThen {
        pub fn new(inner: ::httpmock::Then) -> Self {
            Self(inner)
        }
        pub fn into_inner(self) -> ::httpmock::Then {
            self.0
        }
        pub fn ok(self, value: &types::AccountMemberListResponse) -> Self {
            Self(
                self
                    .0
                    .status(200u16)
                    .header("content-type", "application/json")
                    .json_body_obj(value),
            )
        }
        pub fn client_error(self, status: u16, value: &types::FailureResponse) -> Self {
            assert_eq!(status / 100u16, 4u16);
            Self(
                self
                    .0
                    .status(status)
                    .header("content-type", "application/json")
                    .json_body_obj(value),
            )
        }
    }
    pub struct ZonesGetWhen(::httpmock::When);
    impl ZonesGetWhen {
        pub fn new(inner: ::httpmock::When) -> Self {
            Self(
                inner
                    .method(::httpmock::Method::GET)
                    .path_matches(regex::Regex::new("^/zones$").unwrap()),
            )
        }
        pub fn into_inner(self) -> ::httpmock::When {
            self.0
        }
        pub fn account_id<'a, T>(self, value: T) -> Self
        where
            T: Into<Option<&'a crate::id::AccountId>>,
        {
            if let Some(value) = value.into() {
                Self(self.0.query_param("account.id", value.to_string()))
            } else {
                Self(self.0.query_param_missing("account.id"))
            }
        }
        pub fn name<'a, T>(self, value: T) -> Self
        where
            T: Into<Option<&'a str>>,
        {
            if let Some(value) = value.into() {
                Self(self.0.query_param("name", value.to_string()))
            } else {
                Self(self.0.query_param_missing("name"))
            }
        }
        pub fn page<T>(self, value: T) -> Self
        where
            T: Into<Option<::std::num::NonZeroU64>>,
        {
            if let Some(value) = value.into() {
                Self(self.0.query_param("page", value.to_string()))
            } else {
                Self(self.0.query_param_missing("page"))
            }
        }
        pub fn per_page<T>(self, value: T) -> Self
        where
            T: Into<Option<i64>>,
        {
            if let Some(value) = value.into() {
                Self(self.0.query_param("per_page", value.to_string()))
            } else {
                Self(self.0.query_param_missing("per_page"))
            }
        }
    }
    pub struct ZonesGetThen(::httpmock::Then);
    impl ZonesGetThen {
        pub fn new(inner: ::httpmock::Then) -> Self {
            Self(inner)
        }
        pub fn into_inner(self) -> ::httpmock::Then {
            self.0
        }
        pub fn ok(self, value: &types::ZoneListResponse) -> Self {
            Self(
                self
                    .0
                    .status(200u16)
                    .header("content-type", "application/json")
                    .json_body_obj(value),
            )
        }
        pub fn client_error(self, status: u16, value: &types::FailureResponse) -> Self {
            assert_eq!(status / 100u16, 4u16);
            Self(
                self
                    .0
                    .status(status)
                    .header("content-type", "application/json")
                    .json_body_obj(value),
            )
        }
    }
}
/// An extension trait for [`MockServer`](::httpmock::MockServer) that
/// adds a method for each operation. These are the equivalent of
/// type-checked [`mock()`](::httpmock::MockServer::mock) calls.
pub trait MockServerExt {
    fn account_permission_group_list<F>(&self, config_fn: F) -> ::httpmock::Mock<'_>
    where
        F: FnOnce(
            operations::AccountPermissionGroupListWhen,
            operations::AccountPermissionGroupListThen,
        );
    fn account_resource_group_list<F>(&self, config_fn: F) -> ::httpmock::Mock<'_>
    where
        F: FnOnce(
            operations::AccountResourceGroupListWhen,
            operations::AccountResourceGroupListThen,
        );
    fn account_resource_group_create<F>(&self, config_fn: F) -> ::httpmock::Mock<'_>
    where
        F: FnOnce(
            operations::AccountResourceGroupCreateWhen,
            operations::AccountResourceGroupCreateThen,
        );
    fn account_user_group_list<F>(&self, config_fn: F) -> ::httpmock::Mock<'_>
    where
        F: FnOnce(
            operations::AccountUserGroupListWhen,
            operations::AccountUserGroupListThen,
        );
    fn account_user_group_create<F>(&self, config_fn: F) -> ::httpmock::Mock<'_>
    where
        F: FnOnce(
            operations::AccountUserGroupCreateWhen,
            operations::AccountUserGroupCreateThen,
        );
    fn account_user_group_details<F>(&self, config_fn: F) -> ::httpmock::Mock<'_>
    where
        F: FnOnce(
            operations::AccountUserGroupDetailsWhen,
            operations::AccountUserGroupDetailsThen,
        );
    fn account_user_group_update<F>(&self, config_fn: F) -> ::httpmock::Mock<'_>
    where
        F: FnOnce(
            operations::AccountUserGroupUpdateWhen,
            operations::AccountUserGroupUpdateThen,
        );
    fn account_user_group_delete<F>(&self, config_fn: F) -> ::httpmock::Mock<'_>
    where
        F: FnOnce(
            operations::AccountUserGroupDeleteWhen,
            operations::AccountUserGroupDeleteThen,
        );
    fn account_user_group_member_list<F>(&self, config_fn: F) -> ::httpmock::Mock<'_>
    where
        F: FnOnce(
            operations::AccountUserGroupMemberListWhen,
            operations::AccountUserGroupMemberListThen,
        );
    fn account_user_group_members_update<F>(&self, config_fn: F) -> ::httpmock::Mock<'_>
    where
        F: FnOnce(
            operations::AccountUserGroupMembersUpdateWhen,
            operations::AccountUserGroupMembersUpdateThen,
        );
    fn account_user_group_member_create<F>(&self, config_fn: F) -> ::httpmock::Mock<'_>
    where
        F: FnOnce(
            operations::AccountUserGroupMemberCreateWhen,
            operations::AccountUserGroupMemberCreateThen,
        );
    fn account_user_group_member_get<F>(&self, config_fn: F) -> ::httpmock::Mock<'_>
    where
        F: FnOnce(
            operations::AccountUserGroupMemberGetWhen,
            operations::AccountUserGroupMemberGetThen,
        );
    fn account_user_group_member_delete<F>(&self, config_fn: F) -> ::httpmock::Mock<'_>
    where
        F: FnOnce(
            operations::AccountUserGroupMemberDeleteWhen,
            operations::AccountUserGroupMemberDeleteThen,
        );
    fn account_members_list_members<F>(&self, config_fn: F) -> ::httpmock::Mock<'_>
    where
        F: FnOnce(
            operations::AccountMembersListMembersWhen,
            operations::AccountMembersListMembersThen,
        );
    fn zones_get<F>(&self, config_fn: F) -> ::httpmock::Mock<'_>
    where
        F: FnOnce(operations::ZonesGetWhen, operations::ZonesGetThen);
}
impl MockServerExt for ::httpmock::MockServer {
    fn account_permission_group_list<F>(&self, config_fn: F) -> ::httpmock::Mock<'_>
    where
        F: FnOnce(
            operations::AccountPermissionGroupListWhen,
            operations::AccountPermissionGroupListThen,
        ),
    {
        self.mock(|when, then| {
            config_fn(
                operations::AccountPermissionGroupListWhen::new(when),
                operations::AccountPermissionGroupListThen::new(then),
            )
        })
    }
    fn account_resource_group_list<F>(&self, config_fn: F) -> ::httpmock::Mock<'_>
    where
        F: FnOnce(
            operations::AccountResourceGroupListWhen,
            operations::AccountResourceGroupListThen,
        ),
    {
        self.mock(|when, then| {
            config_fn(
                operations::AccountResourceGroupListWhen::new(when),
                operations::AccountResourceGroupListThen::new(then),
            )
        })
    }
    fn account_resource_group_create<F>(&self, config_fn: F) -> ::httpmock::Mock<'_>
    where
        F: FnOnce(
            operations::AccountResourceGroupCreateWhen,
            operations::AccountResourceGroupCreateThen,
        ),
    {
        self.mock(|when, then| {
            config_fn(
                operations::AccountResourceGroupCreateWhen::new(when),
                operations::AccountResourceGroupCreateThen::new(then),
            )
        })
    }
    fn account_user_group_list<F>(&self, config_fn: F) -> ::httpmock::Mock<'_>
    where
        F: FnOnce(
            operations::AccountUserGroupListWhen,
            operations::AccountUserGroupListThen,
        ),
    {
        self.mock(|when, then| {
            config_fn(
                operations::AccountUserGroupListWhen::new(when),
                operations::AccountUserGroupListThen::new(then),
            )
        })
    }
    fn account_user_group_create<F>(&self, config_fn: F) -> ::httpmock::Mock<'_>
    where
        F: FnOnce(
            operations::AccountUserGroupCreateWhen,
            operations::AccountUserGroupCreateThen,
        ),
    {
        self.mock(|when, then| {
            config_fn(
                operations::AccountUserGroupCreateWhen::new(when),
                operations::AccountUserGroupCreateThen::new(then),
            )
        })
    }
    fn account_user_group_details<F>(&self, config_fn: F) -> ::httpmock::Mock<'_>
    where
        F: FnOnce(
            operations::AccountUserGroupDetailsWhen,
            operations::AccountUserGroupDetailsThen,
        ),
    {
        self.mock(|when, then| {
            config_fn(
                operations::AccountUserGroupDetailsWhen::new(when),
                operations::AccountUserGroupDetailsThen::new(then),
            )
        })
    }
    fn account_user_group_update<F>(&self, config_fn: F) -> ::httpmock::Mock<'_>
    where
        F: FnOnce(
            operations::AccountUserGroupUpdateWhen,
            operations::AccountUserGroupUpdateThen,
        ),
    {
        self.mock(|when, then| {
            config_fn(
                operations::AccountUserGroupUpdateWhen::new(when),
                operations::AccountUserGroupUpdateThen::new(then),
            )
        })
    }
    fn account_user_group_delete<F>(&self, config_fn: F) -> ::httpmock::Mock<'_>
    where
        F: FnOnce(
            operations::AccountUserGroupDeleteWhen,
            operations::AccountUserGroupDeleteThen,
        ),
    {
        self.mock(|when, then| {
            config_fn(
                operations::AccountUserGroupDeleteWhen::new(when),
                operations::AccountUserGroupDeleteThen::new(then),
            )
        })
    }
    fn account_user_group_member_list<F>(&self, config_fn: F) -> ::httpmock::Mock<'_>
    where
        F: FnOnce(
            operations::AccountUserGroupMemberListWhen,
            operations::AccountUserGroupMemberListThen,
        ),
    {
        self.mock(|when, then| {
            config_fn(
                operations::AccountUserGroupMemberListWhen::new(when),
                operations::AccountUserGroupMemberListThen::new(then),
            )
        })
    }
    fn account_user_group_members_update<F>(&self, config_fn: F) -> ::httpmock::Mock<'_>
    where
        F: FnOnce(
            operations::AccountUserGroupMembersUpdateWhen,
            operations::AccountUserGroupMembersUpdateThen,
        ),
    {
        self.mock(|when, then| {
            config_fn(
                operations::AccountUserGroupMembersUpdateWhen::new(when),
                operations::AccountUserGroupMembersUpdateThen::new(then),
            )
        })
    }
    fn account_user_group_member_create<F>(&self, config_fn: F) -> ::httpmock::Mock<'_>
    where
        F: FnOnce(
            operations::AccountUserGroupMemberCreateWhen,
            operations::AccountUserGroupMemberCreateThen,
        ),
    {
        self.mock(|when, then| {
            config_fn(
                operations::AccountUserGroupMemberCreateWhen::new(when),
                operations::AccountUserGroupMemberCreateThen::new(then),
            )
        })
    }
    fn account_user_group_member_get<F>(&self, config_fn: F) -> ::httpmock::Mock<'_>
    where
        F: FnOnce(
            operations::AccountUserGroupMemberGetWhen,
            operations::AccountUserGroupMemberGetThen,
        ),
    {
        self.mock(|when, then| {
            config_fn(
                operations::AccountUserGroupMemberGetWhen::new(when),
                operations::AccountUserGroupMemberGetThen::new(then),
            )
        })
    }
    fn account_user_group_member_delete<F>(&self, config_fn: F) -> ::httpmock::Mock<'_>
    where
        F: FnOnce(
            operations::AccountUserGroupMemberDeleteWhen,
            operations::AccountUserGroupMemberDeleteThen,
        ),
    {
        self.mock(|when, then| {
            config_fn(
                operations::AccountUserGroupMemberDeleteWhen::new(when),
                operations::AccountUserGroupMemberDeleteThen::new(then),
            )
        })
    }
    fn account_members_list_members<F>(&self, config_fn: F) -> ::httpmock::Mock<'_>
    where
        F: FnOnce(
            operations::AccountMembersListMembersWhen,
            operations::AccountMembersListMembersThen,
        ),
    {
        self.mock(|when, then| {
            config_fn(
                operations::AccountMembersListMembersWhen::new(when),
                operations::AccountMembersListMembersThen::new(then),
            )
        })
    }
    fn zones_get<F>(&self, config_fn: F) -> ::httpmock::Mock<'_>
    where
        F: FnOnce(operations::ZonesGetWhen, operations::ZonesGetThen),
    {
        self.mock(|when, then| {
            config_fn(
                operations::ZonesGetWhen::new(when),
                operations::ZonesGetThen::new(then),
            )
        })
    }
}
