// Made from spec/openapi.yaml by build.rs. Not to be edited: `cargo regen` writes it again.
// spec fingerprint: 7433431cab005ec2

/// Types used as operation parameters and responses.
#[allow(clippy::all)]
pub mod types {
    ///A member of the account. Only the fields that identify it are described.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    #[cfg_attr(test, derive(schemars::JsonSchema))]
    pub struct AccountMember {
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub email: ::std::option::Option<::std::string::String>,
        pub id: crate::id::MemberId,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub status: ::std::option::Option<crate::model::AccountMemberStatus>,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub user: ::std::option::Option<User>,
    }
    ///The response with one page of the members of the account.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    #[cfg_attr(test, derive(schemars::JsonSchema))]
    pub struct AccountMemberListResponse {
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub errors: ::std::option::Option<ApiErrors>,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub messages: ::std::option::Option<ApiErrors>,
        ///The results of this page.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub result: ::std::option::Option<::std::vec::Vec<AccountMember>>,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub result_info: ::std::option::Option<ResultInfo>,
        ///Whether the request succeeded.
        pub success: bool,
    }
    ///The fields by which the members of an account can be sorted.
    #[derive(
        ::serde::Deserialize,
        ::serde::Serialize,
        Clone,
        Copy,
        Debug,
        Eq,
        Hash,
        Ord,
        PartialEq,
        PartialOrd
    )]
    #[cfg_attr(test, derive(schemars::JsonSchema))]
    pub enum AccountMemberOrder {
        #[serde(rename = "user.first_name")]
        UserFirstName,
        #[serde(rename = "user.last_name")]
        UserLastName,
        #[serde(rename = "user.email")]
        UserEmail,
        #[serde(rename = "status")]
        Status,
    }
    impl ::std::fmt::Display for AccountMemberOrder {
        fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
            match *self {
                Self::UserFirstName => f.write_str("user.first_name"),
                Self::UserLastName => f.write_str("user.last_name"),
                Self::UserEmail => f.write_str("user.email"),
                Self::Status => f.write_str("status"),
            }
        }
    }
    impl ::std::str::FromStr for AccountMemberOrder {
        type Err = self::error::ConversionError;
        fn from_str(
            value: &str,
        ) -> ::std::result::Result<Self, self::error::ConversionError> {
            match value {
                "user.first_name" => Ok(Self::UserFirstName),
                "user.last_name" => Ok(Self::UserLastName),
                "user.email" => Ok(Self::UserEmail),
                "status" => Ok(Self::Status),
                _ => Err("invalid value".into()),
            }
        }
    }
    impl ::std::convert::TryFrom<&str> for AccountMemberOrder {
        type Error = self::error::ConversionError;
        fn try_from(
            value: &str,
        ) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    impl ::std::convert::TryFrom<::std::string::String> for AccountMemberOrder {
        type Error = self::error::ConversionError;
        fn try_from(
            value: ::std::string::String,
        ) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    ///The response to adding members.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    #[cfg_attr(test, derive(schemars::JsonSchema))]
    pub struct AddedMembersResponse {
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub errors: ::std::option::Option<ApiErrors>,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub messages: ::std::option::Option<ApiErrors>,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub result: ::std::option::Option<crate::raw::AddedMembers>,
        ///Whether the request succeeded.
        pub success: bool,
    }
    ///Errors or warnings. Often empty; null occurs as well.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    #[serde(transparent)]
    #[cfg_attr(test, derive(schemars::JsonSchema))]
    pub struct ApiErrors(
        pub ::std::option::Option<::std::vec::Vec<crate::error::ApiError>>,
    );
    impl ::std::ops::Deref for ApiErrors {
        type Target = ::std::option::Option<::std::vec::Vec<crate::error::ApiError>>;
        fn deref(
            &self,
        ) -> &::std::option::Option<::std::vec::Vec<crate::error::ApiError>> {
            &self.0
        }
    }
    impl ::std::convert::From<ApiErrors>
    for ::std::option::Option<::std::vec::Vec<crate::error::ApiError>> {
        fn from(value: ApiErrors) -> Self {
            value.0
        }
    }
    impl ::std::convert::From<
        ::std::option::Option<::std::vec::Vec<crate::error::ApiError>>,
    > for ApiErrors {
        fn from(
            value: ::std::option::Option<::std::vec::Vec<crate::error::ApiError>>,
        ) -> Self {
            Self(value)
        }
    }
    ///A new resource group.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    #[serde(deny_unknown_fields)]
    #[cfg_attr(test, derive(schemars::JsonSchema))]
    pub struct CreateResourceGroup {
        ///The name of the resource group.
        pub name: ::std::string::String,
        pub scope: WrittenScope,
    }
    ///A new user group.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    #[serde(deny_unknown_fields)]
    #[cfg_attr(test, derive(schemars::JsonSchema))]
    pub struct CreateUserGroup {
        ///The name of the group.
        pub name: ::std::string::String,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub policies: ::std::option::Option<NewPolicies>,
    }
    ///The response to a request that was refused.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    #[cfg_attr(test, derive(schemars::JsonSchema))]
    pub struct FailureResponse {
        ///Why the request was refused.
        pub errors: ::std::vec::Vec<crate::error::ApiError>,
        ///A warning or a note.
        pub messages: ::std::vec::Vec<crate::error::ApiError>,
        ///Empty, as an object or as null.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub result: ::std::option::Option<
            ::serde_json::Map<::std::string::String, ::serde_json::Value>,
        >,
        ///Always false.
        pub success: bool,
    }
    ///A resource group that is given by its scope alone.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    #[serde(deny_unknown_fields)]
    #[cfg_attr(test, derive(schemars::JsonSchema))]
    pub struct InlineResourceGroup {
        pub scope: WrittenScope,
    }
    ///A member of the account, as a member of a user group.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    #[cfg_attr(test, derive(schemars::JsonSchema))]
    pub struct Member {
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub email: ::std::option::Option<::std::string::String>,
        pub id: crate::id::MemberId,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub status: ::std::option::Option<crate::model::MemberStatus>,
    }
    ///A member of a user group, with its user.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    #[cfg_attr(test, derive(schemars::JsonSchema))]
    pub struct MemberDetails {
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub created_at: ::std::option::Option<crate::model::Timestamp>,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub email: ::std::option::Option<::std::string::String>,
        pub id: crate::id::MemberId,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub status: ::std::option::Option<crate::model::MemberStatus>,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub user: ::std::option::Option<User>,
    }
    ///The response with one member and its user.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    #[cfg_attr(test, derive(schemars::JsonSchema))]
    pub struct MemberDetailsResponse {
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub errors: ::std::option::Option<ApiErrors>,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub messages: ::std::option::Option<ApiErrors>,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub result: ::std::option::Option<MemberDetails>,
        ///Whether the request succeeded.
        pub success: bool,
    }
    ///The response with one page of members, or with all of them after they were replaced.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    #[cfg_attr(test, derive(schemars::JsonSchema))]
    pub struct MemberListResponse {
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub errors: ::std::option::Option<ApiErrors>,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub messages: ::std::option::Option<ApiErrors>,
        ///The members. Observed (reported): null for a group without members, and then `result_info` may be absent.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub result: ::std::option::Option<::std::vec::Vec<Member>>,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub result_info: ::std::option::Option<ResultInfo>,
        ///Whether the request succeeded.
        pub success: bool,
    }
    ///A member of the account, named by its id.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    #[serde(deny_unknown_fields)]
    #[cfg_attr(test, derive(schemars::JsonSchema))]
    pub struct MemberRef {
        pub id: crate::id::MemberId,
    }
    ///Members of the account, each named by its id.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    #[serde(transparent)]
    #[cfg_attr(test, derive(schemars::JsonSchema))]
    pub struct MemberRefs(pub ::std::vec::Vec<MemberRef>);
    impl ::std::ops::Deref for MemberRefs {
        type Target = ::std::vec::Vec<MemberRef>;
        fn deref(&self) -> &::std::vec::Vec<MemberRef> {
            &self.0
        }
    }
    impl ::std::convert::From<MemberRefs> for ::std::vec::Vec<MemberRef> {
        fn from(value: MemberRefs) -> Self {
            value.0
        }
    }
    impl ::std::convert::From<::std::vec::Vec<MemberRef>> for MemberRefs {
        fn from(value: ::std::vec::Vec<MemberRef>) -> Self {
            Self(value)
        }
    }
    ///The response with one member.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    #[cfg_attr(test, derive(schemars::JsonSchema))]
    pub struct MemberResponse {
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub errors: ::std::option::Option<ApiErrors>,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub messages: ::std::option::Option<ApiErrors>,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub result: ::std::option::Option<Member>,
        ///Whether the request succeeded.
        pub success: bool,
    }
    ///All policies of a group. An empty list leaves it without any. Observed (reported): an update that sends the id of an existing policy is refused, although the published schema requires the id; every update gives out fresh ids.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    #[serde(transparent)]
    #[cfg_attr(test, derive(schemars::JsonSchema))]
    pub struct NewPolicies(pub ::std::vec::Vec<NewPolicy>);
    impl ::std::ops::Deref for NewPolicies {
        type Target = ::std::vec::Vec<NewPolicy>;
        fn deref(&self) -> &::std::vec::Vec<NewPolicy> {
            &self.0
        }
    }
    impl ::std::convert::From<NewPolicies> for ::std::vec::Vec<NewPolicy> {
        fn from(value: NewPolicies) -> Self {
            value.0
        }
    }
    impl ::std::convert::From<::std::vec::Vec<NewPolicy>> for NewPolicies {
        fn from(value: ::std::vec::Vec<NewPolicy>) -> Self {
            Self(value)
        }
    }
    ///A policy as it is written. Its id is read-only.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    #[serde(deny_unknown_fields)]
    #[cfg_attr(test, derive(schemars::JsonSchema))]
    pub struct NewPolicy {
        pub access: crate::model::PolicyAccess,
        ///The permission groups that are granted or denied.
        pub permission_groups: ::std::vec::Vec<PermissionGroupRef>,
        ///The resource groups to which the policy applies.
        pub resource_groups: ::std::vec::Vec<WrittenResourceGroup>,
    }
    ///A named set of permissions.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, Default)]
    #[cfg_attr(test, derive(schemars::JsonSchema))]
    pub struct PermissionGroup {
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub id: ::std::option::Option<crate::id::PermissionGroupId>,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub meta: ::std::option::Option<crate::model::Meta>,
        ///The name of the permission group.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub name: ::std::option::Option<::std::string::String>,
    }
    ///The response with one page of permission groups.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    #[cfg_attr(test, derive(schemars::JsonSchema))]
    pub struct PermissionGroupListResponse {
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub errors: ::std::option::Option<ApiErrors>,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub messages: ::std::option::Option<ApiErrors>,
        ///The results of this page.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub result: ::std::option::Option<::std::vec::Vec<PermissionGroup>>,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub result_info: ::std::option::Option<ResultInfo>,
        ///Whether the request succeeded.
        pub success: bool,
    }
    ///A permission group, named by its id.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    #[serde(deny_unknown_fields)]
    #[cfg_attr(test, derive(schemars::JsonSchema))]
    pub struct PermissionGroupRef {
        pub id: crate::id::PermissionGroupId,
    }
    ///Permissions on resources, granted or denied, as they are read.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, Default)]
    #[cfg_attr(test, derive(schemars::JsonSchema))]
    pub struct Policy {
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub access: ::std::option::Option<crate::model::PolicyAccess>,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub id: ::std::option::Option<crate::id::PolicyId>,
        ///The permission groups that are granted or denied. A set, whose order has no meaning.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub permission_groups: ::std::option::Option<::std::vec::Vec<PermissionGroup>>,
        ///The resource groups to which the policy applies. A set.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub resource_groups: ::std::option::Option<::std::vec::Vec<ResourceGroup>>,
    }
    ///The user group that was removed.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, Default)]
    #[cfg_attr(test, derive(schemars::JsonSchema))]
    pub struct RemovedUserGroup {
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub id: ::std::option::Option<crate::id::UserGroupId>,
    }
    ///The response with the id of the removed user group.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    #[cfg_attr(test, derive(schemars::JsonSchema))]
    pub struct RemovedUserGroupResponse {
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub errors: ::std::option::Option<ApiErrors>,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub messages: ::std::option::Option<ApiErrors>,
        ///The id of the removed user group. Null has been seen.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub result: ::std::option::Option<RemovedUserGroup>,
        ///Whether the request succeeded.
        pub success: bool,
    }
    ///A set of resources, given by the scopes that it spans. Observed (reported): in a policy it may have a scope and no id.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, Default)]
    #[cfg_attr(test, derive(schemars::JsonSchema))]
    pub struct ResourceGroup {
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub id: ::std::option::Option<crate::id::ResourceGroupId>,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub meta: ::std::option::Option<crate::model::Meta>,
        ///The name of the resource group.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub name: ::std::option::Option<::std::string::String>,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub scope: ::std::option::Option<crate::raw::ResourceGroupScope>,
    }
    ///The response with the resource groups.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    #[cfg_attr(test, derive(schemars::JsonSchema))]
    pub struct ResourceGroupListResponse {
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub errors: ::std::option::Option<ApiErrors>,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub messages: ::std::option::Option<ApiErrors>,
        ///The results of this page.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub result: ::std::option::Option<::std::vec::Vec<ResourceGroup>>,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub result_info: ::std::option::Option<ResultInfo>,
        ///Whether the request succeeded.
        pub success: bool,
    }
    ///A resource group, named by its id.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    #[serde(deny_unknown_fields)]
    #[cfg_attr(test, derive(schemars::JsonSchema))]
    pub struct ResourceGroupRef {
        pub id: crate::id::ResourceGroupId,
    }
    ///The response with one resource group.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    #[cfg_attr(test, derive(schemars::JsonSchema))]
    pub struct ResourceGroupResponse {
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub errors: ::std::option::Option<ApiErrors>,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub messages: ::std::option::Option<ApiErrors>,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub result: ::std::option::Option<ResourceGroup>,
        ///Whether the request succeeded.
        pub success: bool,
    }
    ///The part of a list that a response contains.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, Default)]
    #[cfg_attr(test, derive(schemars::JsonSchema))]
    pub struct ResultInfo {
        ///The number of results for the requested service.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub count: ::std::option::Option<f64>,
        ///The number of this page, counted from 1.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub page: ::std::option::Option<f64>,
        ///The maximum number of results on a page. May be less than requested.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub per_page: ::std::option::Option<f64>,
        ///The number of results without any filter.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub total_count: ::std::option::Option<f64>,
        ///The number of pages.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub total_pages: ::std::option::Option<f64>,
    }
    ///Objects below a common key.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, Default)]
    #[cfg_attr(test, derive(schemars::JsonSchema))]
    pub struct Scope {
        ///The key of the parent of the objects, for instance an account.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub key: ::std::option::Option<::std::string::String>,
        ///The objects that are in the scope.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub objects: ::std::option::Option<::std::vec::Vec<ScopeObject>>,
    }
    ///One object of a scope, or all of them.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, Default)]
    #[cfg_attr(test, derive(schemars::JsonSchema))]
    pub struct ScopeObject {
        ///The key of the object, or `*` for all.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub key: ::std::option::Option<::std::string::String>,
    }
    ///Ascending or descending.
    #[derive(
        ::serde::Deserialize,
        ::serde::Serialize,
        Clone,
        Copy,
        Debug,
        Eq,
        Hash,
        Ord,
        PartialEq,
        PartialOrd
    )]
    #[cfg_attr(test, derive(schemars::JsonSchema))]
    pub enum SortDirection {
        #[serde(rename = "asc")]
        Asc,
        #[serde(rename = "desc")]
        Desc,
    }
    impl ::std::fmt::Display for SortDirection {
        fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
            match *self {
                Self::Asc => f.write_str("asc"),
                Self::Desc => f.write_str("desc"),
            }
        }
    }
    impl ::std::str::FromStr for SortDirection {
        type Err = self::error::ConversionError;
        fn from_str(
            value: &str,
        ) -> ::std::result::Result<Self, self::error::ConversionError> {
            match value {
                "asc" => Ok(Self::Asc),
                "desc" => Ok(Self::Desc),
                _ => Err("invalid value".into()),
            }
        }
    }
    impl ::std::convert::TryFrom<&str> for SortDirection {
        type Error = self::error::ConversionError;
        fn try_from(
            value: &str,
        ) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    impl ::std::convert::TryFrom<::std::string::String> for SortDirection {
        type Error = self::error::ConversionError;
        fn try_from(
            value: ::std::string::String,
        ) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    impl ::std::default::Default for SortDirection {
        fn default() -> Self {
            SortDirection::Asc
        }
    }
    ///Changes of a user group.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, Default)]
    #[serde(deny_unknown_fields)]
    #[cfg_attr(test, derive(schemars::JsonSchema))]
    pub struct UpdateUserGroup {
        ///The new name of the group.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub name: ::std::option::Option<::std::string::String>,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub policies: ::std::option::Option<NewPolicies>,
    }
    ///The user behind a membership.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, Default)]
    #[cfg_attr(test, derive(schemars::JsonSchema))]
    pub struct User {
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub email: ::std::option::Option<::std::string::String>,
        ///The given name.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub first_name: ::std::option::Option<::std::string::String>,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub id: ::std::option::Option<crate::id::UserId>,
        ///The family name.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub last_name: ::std::option::Option<::std::string::String>,
    }
    ///A named set of account members to whom a list of policies applies.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    #[cfg_attr(test, derive(schemars::JsonSchema))]
    pub struct UserGroup {
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub created_on: ::std::option::Option<crate::model::Timestamp>,
        pub id: crate::id::UserGroupId,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub modified_on: ::std::option::Option<crate::model::Timestamp>,
        ///The name of the group. Observed (reported): names are unique in an account.
        pub name: ::std::string::String,
        ///The policies of the group.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub policies: ::std::option::Option<::std::vec::Vec<Policy>>,
    }
    ///The response with one page of user groups.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    #[cfg_attr(test, derive(schemars::JsonSchema))]
    pub struct UserGroupListResponse {
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub errors: ::std::option::Option<ApiErrors>,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub messages: ::std::option::Option<ApiErrors>,
        ///The user groups of this page.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub result: ::std::option::Option<::std::vec::Vec<UserGroup>>,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub result_info: ::std::option::Option<ResultInfo>,
        ///Whether the request succeeded.
        pub success: bool,
    }
    ///The response with one user group.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    #[cfg_attr(test, derive(schemars::JsonSchema))]
    pub struct UserGroupResponse {
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub errors: ::std::option::Option<ApiErrors>,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub messages: ::std::option::Option<ApiErrors>,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub result: ::std::option::Option<UserGroup>,
        ///Whether the request succeeded.
        pub success: bool,
    }
    ///A resource group by its id, or a scope written inline. Observed (reported): the vendor's documentation writes scopes inline; the published schema does not describe it.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    #[serde(untagged)]
    #[cfg_attr(test, derive(schemars::JsonSchema))]
    pub enum WrittenResourceGroup {
        ResourceGroupRef(ResourceGroupRef),
        InlineResourceGroup(InlineResourceGroup),
    }
    impl ::std::convert::From<ResourceGroupRef> for WrittenResourceGroup {
        fn from(value: ResourceGroupRef) -> Self {
            Self::ResourceGroupRef(value)
        }
    }
    impl ::std::convert::From<InlineResourceGroup> for WrittenResourceGroup {
        fn from(value: InlineResourceGroup) -> Self {
            Self::InlineResourceGroup(value)
        }
    }
    ///Objects below a common key, as they are written.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    #[serde(deny_unknown_fields)]
    #[cfg_attr(test, derive(schemars::JsonSchema))]
    pub struct WrittenScope {
        ///The key of the parent of the objects, for instance an account.
        pub key: ::std::string::String,
        ///The objects that are in the scope.
        pub objects: ::std::vec::Vec<WrittenScopeObject>,
    }
    ///One object of a scope, or all of them, as it is written.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    #[serde(deny_unknown_fields)]
    #[cfg_attr(test, derive(schemars::JsonSchema))]
    pub struct WrittenScopeObject {
        ///The key of the object, or `*` for all.
        pub key: ::std::string::String,
    }
    ///A zone. Only the fields that identify it are described.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    #[cfg_attr(test, derive(schemars::JsonSchema))]
    pub struct Zone {
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub account: ::std::option::Option<ZoneAccount>,
        pub id: crate::id::ZoneId,
        ///The domain name.
        pub name: ::std::string::String,
    }
    ///The account of a zone.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, Default)]
    #[cfg_attr(test, derive(schemars::JsonSchema))]
    pub struct ZoneAccount {
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub id: ::std::option::Option<crate::id::AccountId>,
    }
    ///The response with a page of zones.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    #[cfg_attr(test, derive(schemars::JsonSchema))]
    pub struct ZoneListResponse {
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub errors: ::std::option::Option<ApiErrors>,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub messages: ::std::option::Option<ApiErrors>,
        ///The results of this page.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub result: ::std::option::Option<::std::vec::Vec<Zone>>,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub result_info: ::std::option::Option<ResultInfo>,
        ///Whether the request succeeded.
        pub success: bool,
    }
    /// Error types.
    pub mod error {
        /// Error from a `TryFrom` or `FromStr` implementation.
        pub struct ConversionError(::std::borrow::Cow<'static, str>);
        impl ::std::error::Error for ConversionError {}
        impl ::std::fmt::Display for ConversionError {
            fn fmt(
                &self,
                f: &mut ::std::fmt::Formatter<'_>,
            ) -> Result<(), ::std::fmt::Error> {
                ::std::fmt::Display::fmt(&self.0, f)
            }
        }
        impl ::std::fmt::Debug for ConversionError {
            fn fmt(
                &self,
                f: &mut ::std::fmt::Formatter<'_>,
            ) -> Result<(), ::std::fmt::Error> {
                ::std::fmt::Debug::fmt(&self.0, f)
            }
        }
        impl From<&'static str> for ConversionError {
            fn from(value: &'static str) -> Self {
                Self(value.into())
            }
        }
        impl From<String> for ConversionError {
            fn from(value: String) -> Self {
                Self(value.into())
            }
        }
    }
}
#[allow(clippy::all)]
#[deny(dead_code)]
impl crate::raw::Call {
    /**List Account Permission Groups

Lists the permission groups that policies of the account can name, one page at a time.

Sends a `GET` request to `/accounts/{account_id}/iam/permission_groups`

Arguments:
- `account_id`: The id of the account.
- `id`: Keep only the permission group with this id.
- `label`: Keep only the permission groups with this label.
- `name`: Keep only the permission groups with this name.
- `page`: The number of the page, counted from 1.
- `per_page`: The maximum number of results on a page.
*/
    pub async fn account_permission_group_list<'a>(
        &'a self,
        arguments::AccountPermissionGroupList {
            account_id,
            id,
            label,
            name,
            page,
            per_page,
        }: arguments::AccountPermissionGroupList<'a>,
    ) -> crate::error::Result<types::PermissionGroupListResponse> {
        let request = self
            .request(
                &OPERATIONS[0usize],
                &["accounts/", account_id.sendable()?.as_str(), "/iam/permission_groups"]
                    .concat(),
            )?
            .query("id", &id)
            .query("label", &label)
            .query("name", &name)
            .query("page", &page)
            .query("per_page", &per_page);
        self.send(&request).await
    }
    /**List Resource Groups

Lists the resource groups that policies of the account can name. The published schema has no `page` and `per_page` since 2025, an earlier one had them. Assumption: the service still reads them if it returns less than the total.

Sends a `GET` request to `/accounts/{account_id}/iam/resource_groups`

Arguments:
- `account_id`: The id of the account.
- `id`: Keep only the resource group with this id.
- `name`: Keep only the resource groups with this name.
- `page`: The number of the page, counted from 1.
- `per_page`: The maximum number of results on a page.
*/
    pub async fn account_resource_group_list<'a>(
        &'a self,
        arguments::AccountResourceGroupList {
            account_id,
            id,
            name,
            page,
            per_page,
        }: arguments::AccountResourceGroupList<'a>,
    ) -> crate::error::Result<types::ResourceGroupListResponse> {
        let request = self
            .request(
                &OPERATIONS[1usize],
                &["accounts/", account_id.sendable()?.as_str(), "/iam/resource_groups"]
                    .concat(),
            )?
            .query("id", &id)
            .query("name", &name)
            .query("page", &page)
            .query("per_page", &per_page);
        self.send(&request).await
    }
    /**Create Resource Group

Creates a resource group, for policies to name. Observed (reported): names of resource groups are not unique.

Sends a `POST` request to `/accounts/{account_id}/iam/resource_groups`

Arguments:
- `account_id`: The id of the account.
- `body`: The name of the new resource group, and the resources in it.
*/
    pub async fn account_resource_group_create<'a>(
        &'a self,
        arguments::AccountResourceGroupCreate {
            account_id,
            body,
        }: arguments::AccountResourceGroupCreate<'a>,
    ) -> crate::error::Result<types::ResourceGroupResponse> {
        let request = self
            .request(
                &OPERATIONS[2usize],
                &["accounts/", account_id.sendable()?.as_str(), "/iam/resource_groups"]
                    .concat(),
            )?
            .json(&body)?;
        self.send(&request).await
    }
    /**List User Groups

Lists the user groups of the account, one page at a time, sorted by name.

Sends a `GET` request to `/accounts/{account_id}/iam/user_groups`

Arguments:
- `account_id`: The id of the account.
- `direction`: Sort by name in this direction.
- `fuzzy_name`: Keep only the groups whose name contains this text.
- `id`: Keep only the group with this id.
- `name`: Keep only the groups with exactly this name.
- `page`: The number of the page, counted from 1.
- `per_page`: The maximum number of results on a page.
*/
    pub async fn account_user_group_list<'a>(
        &'a self,
        arguments::AccountUserGroupList {
            account_id,
            direction,
            fuzzy_name,
            id,
            name,
            page,
            per_page,
        }: arguments::AccountUserGroupList<'a>,
    ) -> crate::error::Result<types::UserGroupListResponse> {
        let request = self
            .request(
                &OPERATIONS[3usize],
                &["accounts/", account_id.sendable()?.as_str(), "/iam/user_groups"]
                    .concat(),
            )?
            .query("direction", &direction)
            .query("fuzzyName", &fuzzy_name)
            .query("id", &id)
            .query("name", &name)
            .query("page", &page)
            .query("per_page", &per_page);
        self.send(&request).await
    }
    /**Create User Group

Creates a user group in the account. It starts without members.

Sends a `POST` request to `/accounts/{account_id}/iam/user_groups`

Arguments:
- `account_id`: The id of the account.
- `body`: The name of the new group, and the policies it starts with.
*/
    pub async fn account_user_group_create<'a>(
        &'a self,
        arguments::AccountUserGroupCreate {
            account_id,
            body,
        }: arguments::AccountUserGroupCreate<'a>,
    ) -> crate::error::Result<types::UserGroupResponse> {
        let request = self
            .request(
                &OPERATIONS[4usize],
                &["accounts/", account_id.sendable()?.as_str(), "/iam/user_groups"]
                    .concat(),
            )?
            .json(&body)?;
        self.send(&request).await
    }
    /**User Group Details

Reads one user group with its policies.

Sends a `GET` request to `/accounts/{account_id}/iam/user_groups/{user_group_id}`

Arguments:
- `account_id`: The id of the account.
- `user_group_id`: The id of the user group.
*/
    pub async fn account_user_group_details<'a>(
        &'a self,
        arguments::AccountUserGroupDetails {
            account_id,
            user_group_id,
        }: arguments::AccountUserGroupDetails<'a>,
    ) -> crate::error::Result<types::UserGroupResponse> {
        let request = self
            .request(
                &OPERATIONS[5usize],
                &[
                    "accounts/",
                    account_id.sendable()?.as_str(),
                    "/iam/user_groups/",
                    user_group_id.sendable()?.as_str(),
                ]
                    .concat(),
            )?;
        self.send(&request).await
    }
    /**Update User Group

Changes the name of a user group, its policies, or both. What is left out stays as it is; a list of policies replaces all the group had.

Sends a `PUT` request to `/accounts/{account_id}/iam/user_groups/{user_group_id}`

Arguments:
- `account_id`: The id of the account.
- `user_group_id`: The id of the user group.
- `body`: The fields to change.
*/
    pub async fn account_user_group_update<'a>(
        &'a self,
        arguments::AccountUserGroupUpdate {
            account_id,
            user_group_id,
            body,
        }: arguments::AccountUserGroupUpdate<'a>,
    ) -> crate::error::Result<types::UserGroupResponse> {
        let request = self
            .request(
                &OPERATIONS[6usize],
                &[
                    "accounts/",
                    account_id.sendable()?.as_str(),
                    "/iam/user_groups/",
                    user_group_id.sendable()?.as_str(),
                ]
                    .concat(),
            )?
            .json(&body)?;
        self.send(&request).await
    }
    /**Remove User Group

Removes a user group. Its members stay members of the account.

Sends a `DELETE` request to `/accounts/{account_id}/iam/user_groups/{user_group_id}`

Arguments:
- `account_id`: The id of the account.
- `user_group_id`: The id of the user group.
*/
    pub async fn account_user_group_delete<'a>(
        &'a self,
        arguments::AccountUserGroupDelete {
            account_id,
            user_group_id,
        }: arguments::AccountUserGroupDelete<'a>,
    ) -> crate::error::Result<types::RemovedUserGroupResponse> {
        let request = self
            .request(
                &OPERATIONS[7usize],
                &[
                    "accounts/",
                    account_id.sendable()?.as_str(),
                    "/iam/user_groups/",
                    user_group_id.sendable()?.as_str(),
                ]
                    .concat(),
            )?;
        self.send(&request).await
    }
    /**List User Group Members

Lists the members of a user group, one page at a time.

Sends a `GET` request to `/accounts/{account_id}/iam/user_groups/{user_group_id}/members`

Arguments:
- `account_id`: The id of the account.
- `user_group_id`: The id of the user group.
- `direction`: Sort by email address in this direction.
- `fuzzy_email`: Keep only the members whose email address contains this text.
- `page`: The number of the page, counted from 1.
- `per_page`: The maximum number of results on a page.
*/
    pub async fn account_user_group_member_list<'a>(
        &'a self,
        arguments::AccountUserGroupMemberList {
            account_id,
            user_group_id,
            direction,
            fuzzy_email,
            page,
            per_page,
        }: arguments::AccountUserGroupMemberList<'a>,
    ) -> crate::error::Result<types::MemberListResponse> {
        let request = self
            .request(
                &OPERATIONS[8usize],
                &[
                    "accounts/",
                    account_id.sendable()?.as_str(),
                    "/iam/user_groups/",
                    user_group_id.sendable()?.as_str(),
                    "/members",
                ]
                    .concat(),
            )?
            .query("direction", &direction)
            .query("fuzzyEmail", &fuzzy_email)
            .query("page", &page)
            .query("per_page", &per_page);
        self.send(&request).await
    }
    /**Update User Group Members

Replaces the whole set of members of a user group. An empty list leaves the group without members.

Sends a `PUT` request to `/accounts/{account_id}/iam/user_groups/{user_group_id}/members`

Arguments:
- `account_id`: The id of the account.
- `user_group_id`: The id of the user group.
- `body`: All members of the group after the request.
*/
    pub async fn account_user_group_members_update<'a>(
        &'a self,
        arguments::AccountUserGroupMembersUpdate {
            account_id,
            user_group_id,
            body,
        }: arguments::AccountUserGroupMembersUpdate<'a>,
    ) -> crate::error::Result<types::MemberListResponse> {
        let request = self
            .request(
                &OPERATIONS[9usize],
                &[
                    "accounts/",
                    account_id.sendable()?.as_str(),
                    "/iam/user_groups/",
                    user_group_id.sendable()?.as_str(),
                    "/members",
                ]
                    .concat(),
            )?
            .json(&body)?;
        self.send(&request).await
    }
    /**Add User Group Members

Adds members of the account to a user group.

Sends a `POST` request to `/accounts/{account_id}/iam/user_groups/{user_group_id}/members`

Arguments:
- `account_id`: The id of the account.
- `user_group_id`: The id of the user group.
- `body`: The members to add.
*/
    pub async fn account_user_group_member_create<'a>(
        &'a self,
        arguments::AccountUserGroupMemberCreate {
            account_id,
            user_group_id,
            body,
        }: arguments::AccountUserGroupMemberCreate<'a>,
    ) -> crate::error::Result<types::AddedMembersResponse> {
        let request = self
            .request(
                &OPERATIONS[10usize],
                &[
                    "accounts/",
                    account_id.sendable()?.as_str(),
                    "/iam/user_groups/",
                    user_group_id.sendable()?.as_str(),
                    "/members",
                ]
                    .concat(),
            )?
            .json(&body)?;
        self.send(&request).await
    }
    /**Get User Group Member

Reads one member of a user group, with the user behind the membership.

Sends a `GET` request to `/accounts/{account_id}/iam/user_groups/{user_group_id}/members/{member_id}`

Arguments:
- `account_id`: The id of the account.
- `user_group_id`: The id of the user group.
- `member_id`: The id of the member.
*/
    pub async fn account_user_group_member_get<'a>(
        &'a self,
        arguments::AccountUserGroupMemberGet {
            account_id,
            user_group_id,
            member_id,
        }: arguments::AccountUserGroupMemberGet<'a>,
    ) -> crate::error::Result<types::MemberDetailsResponse> {
        let request = self
            .request(
                &OPERATIONS[11usize],
                &[
                    "accounts/",
                    account_id.sendable()?.as_str(),
                    "/iam/user_groups/",
                    user_group_id.sendable()?.as_str(),
                    "/members/",
                    member_id.sendable()?.as_str(),
                ]
                    .concat(),
            )?;
        self.send(&request).await
    }
    /**Remove User Group Member

Removes one member from a user group. It stays a member of the account.

Sends a `DELETE` request to `/accounts/{account_id}/iam/user_groups/{user_group_id}/members/{member_id}`

Arguments:
- `account_id`: The id of the account.
- `user_group_id`: The id of the user group.
- `member_id`: The id of the member.
*/
    pub async fn account_user_group_member_delete<'a>(
        &'a self,
        arguments::AccountUserGroupMemberDelete {
            account_id,
            user_group_id,
            member_id,
        }: arguments::AccountUserGroupMemberDelete<'a>,
    ) -> crate::error::Result<types::MemberResponse> {
        let request = self
            .request(
                &OPERATIONS[12usize],
                &[
                    "accounts/",
                    account_id.sendable()?.as_str(),
                    "/iam/user_groups/",
                    user_group_id.sendable()?.as_str(),
                    "/members/",
                    member_id.sendable()?.as_str(),
                ]
                    .concat(),
            )?;
        self.send(&request).await
    }
    /**List Members

Lists the members of the account, one page at a time.

Sends a `GET` request to `/accounts/{account_id}/members`

Arguments:
- `account_id`: The id of the account.
- `direction`: Sort in this direction.
- `order`: The field to sort by.
- `page`: The number of the page, counted from 1.
- `per_page`: The maximum number of results on a page.
- `status`: Keep only the members with this status.
*/
    pub async fn account_members_list_members<'a>(
        &'a self,
        arguments::AccountMembersListMembers {
            account_id,
            direction,
            order,
            page,
            per_page,
            status,
        }: arguments::AccountMembersListMembers<'a>,
    ) -> crate::error::Result<types::AccountMemberListResponse> {
        let request = self
            .request(
                &OPERATIONS[13usize],
                &["accounts/", account_id.sendable()?.as_str(), "/members"].concat(),
            )?
            .query("direction", &direction)
            .query("order", &order)
            .query("page", &page)
            .query("per_page", &per_page)
            .query("status", &status);
        self.send(&request).await
    }
    /**List Zones

Lists the zones that the credential can read, one page at a time.

Sends a `GET` request to `/zones`

Arguments:
- `account_id`: Keep only the zones of this account.
- `name`: Keep only the zone with this name.
- `page`: The number of the page, counted from 1.
- `per_page`: The maximum number of results on a page.
*/
    pub async fn zones_get<'a>(
        &'a self,
        arguments::ZonesGet { account_id, name, page, per_page }: arguments::ZonesGet<'a>,
    ) -> crate::error::Result<types::ZoneListResponse> {
        let request = self
            .request(&OPERATIONS[14usize], &["zones"].concat())?
            .query("account.id", &account_id)
            .query("name", &name)
            .query("page", &page)
            .query("per_page", &per_page);
        self.send(&request).await
    }
}
/// Every operation of the spec.
pub const OPERATIONS: &[crate::raw::Operation] = &[
    crate::raw::Operation {
        id: "account-permission-group-list",
        method: http::Method::GET,
        path: "/accounts/{account_id}/iam/permission_groups",
        summary: "List Account Permission Groups",
    },
    crate::raw::Operation {
        id: "account-resource-group-list",
        method: http::Method::GET,
        path: "/accounts/{account_id}/iam/resource_groups",
        summary: "List Resource Groups",
    },
    crate::raw::Operation {
        id: "account-resource-group-create",
        method: http::Method::POST,
        path: "/accounts/{account_id}/iam/resource_groups",
        summary: "Create Resource Group",
    },
    crate::raw::Operation {
        id: "account-user-group-list",
        method: http::Method::GET,
        path: "/accounts/{account_id}/iam/user_groups",
        summary: "List User Groups",
    },
    crate::raw::Operation {
        id: "account-user-group-create",
        method: http::Method::POST,
        path: "/accounts/{account_id}/iam/user_groups",
        summary: "Create User Group",
    },
    crate::raw::Operation {
        id: "account-user-group-details",
        method: http::Method::GET,
        path: "/accounts/{account_id}/iam/user_groups/{user_group_id}",
        summary: "User Group Details",
    },
    crate::raw::Operation {
        id: "account-user-group-update",
        method: http::Method::PUT,
        path: "/accounts/{account_id}/iam/user_groups/{user_group_id}",
        summary: "Update User Group",
    },
    crate::raw::Operation {
        id: "account-user-group-delete",
        method: http::Method::DELETE,
        path: "/accounts/{account_id}/iam/user_groups/{user_group_id}",
        summary: "Remove User Group",
    },
    crate::raw::Operation {
        id: "account-user-group-member-list",
        method: http::Method::GET,
        path: "/accounts/{account_id}/iam/user_groups/{user_group_id}/members",
        summary: "List User Group Members",
    },
    crate::raw::Operation {
        id: "account-user-group-members-update",
        method: http::Method::PUT,
        path: "/accounts/{account_id}/iam/user_groups/{user_group_id}/members",
        summary: "Update User Group Members",
    },
    crate::raw::Operation {
        id: "account-user-group-member-create",
        method: http::Method::POST,
        path: "/accounts/{account_id}/iam/user_groups/{user_group_id}/members",
        summary: "Add User Group Members",
    },
    crate::raw::Operation {
        id: "account-user-group-member-get",
        method: http::Method::GET,
        path: "/accounts/{account_id}/iam/user_groups/{user_group_id}/members/{member_id}",
        summary: "Get User Group Member",
    },
    crate::raw::Operation {
        id: "account-user-group-member-delete",
        method: http::Method::DELETE,
        path: "/accounts/{account_id}/iam/user_groups/{user_group_id}/members/{member_id}",
        summary: "Remove User Group Member",
    },
    crate::raw::Operation {
        id: "account-members-list-members",
        method: http::Method::GET,
        path: "/accounts/{account_id}/members",
        summary: "List Members",
    },
    crate::raw::Operation {
        id: "zones-get",
        method: http::Method::GET,
        path: "/zones",
        summary: "List Zones",
    },
];
/// The arguments of each operation.
pub mod arguments {
    use super::types;
    pub struct AccountPermissionGroupList<'a> {
        pub account_id: &'a crate::id::AccountId,
        pub id: Option<&'a crate::id::PermissionGroupId>,
        pub label: Option<&'a str>,
        pub name: Option<&'a str>,
        pub page: Option<::std::num::NonZeroU64>,
        pub per_page: Option<i64>,
    }
    pub struct AccountResourceGroupList<'a> {
        pub account_id: &'a crate::id::AccountId,
        pub id: Option<&'a crate::id::ResourceGroupId>,
        pub name: Option<&'a str>,
        pub page: Option<::std::num::NonZeroU64>,
        pub per_page: Option<i64>,
    }
    pub struct AccountResourceGroupCreate<'a> {
        pub account_id: &'a crate::id::AccountId,
        pub body: &'a types::CreateResourceGroup,
    }
    pub struct AccountUserGroupList<'a> {
        pub account_id: &'a crate::id::AccountId,
        pub direction: Option<types::SortDirection>,
        pub fuzzy_name: Option<&'a str>,
        pub id: Option<&'a crate::id::UserGroupId>,
        pub name: Option<&'a str>,
        pub page: Option<::std::num::NonZeroU64>,
        pub per_page: Option<::std::num::NonZeroU64>,
    }
    pub struct AccountUserGroupCreate<'a> {
        pub account_id: &'a crate::id::AccountId,
        pub body: &'a types::CreateUserGroup,
    }
    pub struct AccountUserGroupDetails<'a> {
        pub account_id: &'a crate::id::AccountId,
        pub user_group_id: &'a crate::id::UserGroupId,
    }
    pub struct AccountUserGroupUpdate<'a> {
        pub account_id: &'a crate::id::AccountId,
        pub user_group_id: &'a crate::id::UserGroupId,
        pub body: &'a types::UpdateUserGroup,
    }
    pub struct AccountUserGroupDelete<'a> {
        pub account_id: &'a crate::id::AccountId,
        pub user_group_id: &'a crate::id::UserGroupId,
    }
    pub struct AccountUserGroupMemberList<'a> {
        pub account_id: &'a crate::id::AccountId,
        pub user_group_id: &'a crate::id::UserGroupId,
        pub direction: Option<types::SortDirection>,
        pub fuzzy_email: Option<&'a str>,
        pub page: Option<::std::num::NonZeroU64>,
        pub per_page: Option<::std::num::NonZeroU64>,
    }
    pub struct AccountUserGroupMembersUpdate<'a> {
        pub account_id: &'a crate::id::AccountId,
        pub user_group_id: &'a crate::id::UserGroupId,
        pub body: &'a types::MemberRefs,
    }
    pub struct AccountUserGroupMemberCreate<'a> {
        pub account_id: &'a crate::id::AccountId,
        pub user_group_id: &'a crate::id::UserGroupId,
        pub body: &'a types::MemberRefs,
    }
    pub struct AccountUserGroupMemberGet<'a> {
        pub account_id: &'a crate::id::AccountId,
        pub user_group_id: &'a crate::id::UserGroupId,
        pub member_id: &'a crate::id::MemberId,
    }
    pub struct AccountUserGroupMemberDelete<'a> {
        pub account_id: &'a crate::id::AccountId,
        pub user_group_id: &'a crate::id::UserGroupId,
        pub member_id: &'a crate::id::MemberId,
    }
    pub struct AccountMembersListMembers<'a> {
        pub account_id: &'a crate::id::AccountId,
        pub direction: Option<types::SortDirection>,
        pub order: Option<types::AccountMemberOrder>,
        pub page: Option<::std::num::NonZeroU64>,
        pub per_page: Option<i64>,
        pub status: Option<&'a crate::model::AccountMemberStatus>,
    }
    pub struct ZonesGet<'a> {
        pub account_id: Option<&'a crate::id::AccountId>,
        pub name: Option<&'a str>,
        pub page: Option<::std::num::NonZeroU64>,
        pub per_page: Option<i64>,
    }
}
#[cfg(test)]
macro_rules! every_type {
    ($with:ident) => {
        $with ! { AccountMember, AccountMemberListResponse, AccountMemberOrder,
        AddedMembersResponse, ApiErrors, CreateResourceGroup, CreateUserGroup,
        FailureResponse, InlineResourceGroup, Member, MemberDetails,
        MemberDetailsResponse, MemberListResponse, MemberRef, MemberRefs, MemberResponse,
        NewPolicies, NewPolicy, PermissionGroup, PermissionGroupListResponse,
        PermissionGroupRef, Policy, RemovedUserGroup, RemovedUserGroupResponse,
        ResourceGroup, ResourceGroupListResponse, ResourceGroupRef,
        ResourceGroupResponse, ResultInfo, Scope, ScopeObject, SortDirection,
        UpdateUserGroup, User, UserGroup, UserGroupListResponse, UserGroupResponse,
        WrittenResourceGroup, WrittenScope, WrittenScopeObject, Zone, ZoneAccount,
        ZoneListResponse, }
    };
}
#[cfg(test)]
pub(crate) use every_type;
