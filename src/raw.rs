//! The generated bindings, as the spec compiles to them, and how they are held.
//!
//! Unstable: everything here changes with the spec and with the generator, also in patch releases.
//! It is public for tests that speak of exact wire types (feature `mock`); programs use the rest of
//! the crate.

use std::fmt;
use std::marker::PhantomData;
use std::num::NonZeroU64;

use bytes::Bytes;
use http::header::HeaderName;
use http::{HeaderMap, StatusCode};
use progenitor_client::{ClientHooks, OperationInfo};
use serde::de::DeserializeOwned;
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::{Deserialize, Deserializer, Serialize};

pub use self::generated::types;
use self::generated::{Client, OPERATIONS, ResponseValue};
use crate::error::{Error, Result};
use crate::id::{AccountId, MemberId, PermissionGroupId, ResourceGroupId, UserGroupId};
use crate::model::{
    self, AccountMemberQuery, Direction, MemberQuery, Page, PageInfo, PermissionGroupQuery,
    ResourceGroupQuery, UserGroupQuery,
};
use crate::transport::Transport;

pub use crate::operation::Operation;
pub(crate) use crate::transport::{Call, Options, PagePermit};

#[rustfmt::skip]
#[path = "../generated/client.rs"]
#[allow(missing_docs, unreachable_pub, dead_code, unused_qualifications, clippy::all, clippy::unwrap_used)]
mod generated;

/// Typed [`httpmock`] helpers, one for each operation. Their paths start at `/accounts`.
#[cfg(feature = "mock")]
#[rustfmt::skip]
#[path = "../generated/mock.rs"]
#[allow(missing_docs, clippy::all, clippy::unwrap_used, rustdoc::all)]
pub mod mock;

#[cfg(test)]
#[path = "../tests/unit/raw.rs"]
mod tests;

/// The operation with this operationId.
pub(crate) fn operation(id: &str) -> Option<&'static Operation> {
    OPERATIONS.iter().find(|operation| operation.id == id)
}

impl ClientHooks<Call> for Client {
    /// Removes what progenitor adds for its own servers.
    async fn pre<E>(
        &self,
        request: &mut reqwest::Request,
        _: &OperationInfo,
    ) -> std::result::Result<(), progenitor_client::Error<E>> {
        const API_VERSION: HeaderName = HeaderName::from_static("api-version");
        request.headers_mut().remove(API_VERSION);
        Ok(())
    }

    /// Sends the request through the transport.
    async fn exec(
        &self,
        request: reqwest::Request,
        info: &OperationInfo,
    ) -> reqwest::Result<reqwest::Response> {
        let operation = OPERATIONS.iter().find(|operation| operation.name == info.operation_id);
        let request = http::Request::<reqwest::Body>::try_from(request)?;
        let request =
            request.map(|body| Bytes::copy_from_slice(body.as_bytes().unwrap_or_default()));
        let status = Transport::send(&self.inner, request, operation).await;
        let mut response = http::Response::new(reqwest::Body::default());
        // Generated code knows one success only, and decodes it through the call.
        *response.status_mut() = if status.is_success() { StatusCode::OK } else { status };
        Ok(response.into())
    }
}

impl Call {
    fn client(&self) -> Client {
        Client::new_with_client(self.base_url(), self.http(), self.clone())
    }

    /// Decodes the recorded response. Whether it is text is checked once, as a whole, because serde_json
    /// reads text faster than bytes. Bytes that are no text may not matter for what is read.
    #[expect(clippy::result_large_err, reason = "it is the error of the generated code")]
    fn decode<T: DeserializeOwned>(
        &self,
        response: reqwest::Response,
    ) -> std::result::Result<ResponseValue<T>, generated::Error> {
        let mut body = self.body();
        if body.trim_ascii().is_empty() && self.changes() {
            body = Bytes::from_static(br#"{"success":true}"#);
        }
        let read = match str::from_utf8(&body) {
            Ok(text) => serde_json::from_str(text),
            Err(_) => serde_json::from_slice(&body),
        };
        match read {
            Ok(value) => Ok(ResponseValue::new(value, response.status(), HeaderMap::new())),
            Err(problem) => Err(generated::Error::InvalidResponsePayload(body, problem)),
        }
    }

    /// Why the generated client returned an error.
    fn explain(&self, error: generated::Error) -> Error {
        if let Some(failure) = self.failure() {
            return failure;
        }
        match error {
            generated::Error::InvalidResponsePayload(_, problem) => {
                self.unexpected(&problem.to_string())
            }
            generated::Error::UnexpectedResponse(_) => self.refused(),
            other => self.not_built(other),
        }
    }

    /// The result in the response, if it is a success.
    fn result<E: Envelope>(
        &self,
        answer: std::result::Result<ResponseValue<E>, generated::Error>,
    ) -> Result<Option<E::Result>> {
        let envelope = match answer {
            Ok(answer) => answer.into_inner(),
            Err(error) => return Err(self.explain(error)),
        };
        let (success, result) = envelope.open();
        if success { Ok(result) } else { Err(self.refused()) }
    }

    fn required<T>(&self, result: Option<T>) -> Result<T> {
        result.ok_or_else(|| self.unexpected("the result is missing"))
    }
}

/// Create User Group. `None` if the response does not show the group.
pub(crate) async fn create_user_group(
    call: Call,
    account: &AccountId,
    name: String,
    policies: Vec<model::Policy>,
) -> Result<Option<model::UserGroup>> {
    let policies = (!policies.is_empty()).then(|| written(policies)).transpose()?;
    let body = types::CreateUserGroup { name, policies };
    let response = call.client().account_user_group_create(account.sendable()?, &body).await;
    Ok(call.result(response)?.map(types::UserGroup::into_model))
}

/// User Group Details.
pub(crate) async fn user_group(
    call: Call,
    account: &AccountId,
    group: &UserGroupId,
) -> Result<model::UserGroup> {
    let (account, group) = (account.sendable()?, group.sendable()?);
    let answer = call.client().account_user_group_details(account, group).await;
    let group = call.result(answer)?;
    call.required(group).map(types::UserGroup::into_model)
}

/// Update User Group. `None` if the response does not show the group.
pub(crate) async fn update_user_group(
    call: Call,
    account: &AccountId,
    group: &UserGroupId,
    name: Option<String>,
    policies: Option<Vec<model::Policy>>,
) -> Result<Option<model::UserGroup>> {
    let (account, group) = (account.sendable()?, group.sendable()?);
    let policies = policies.map(written).transpose()?;
    let body = types::UpdateUserGroup { name, policies };
    let response = call.client().account_user_group_update(account, group, &body).await;
    Ok(call.result(response)?.map(types::UserGroup::into_model))
}

/// Remove User Group.
pub(crate) async fn delete_user_group(
    call: Call,
    account: &AccountId,
    group: &UserGroupId,
) -> Result<()> {
    let (account, group) = (account.sendable()?, group.sendable()?);
    let answer = call.client().account_user_group_delete(account, group).await;
    removed(&call, call.result(answer))
}

/// List User Groups.
pub(crate) async fn list_user_groups(
    call: Call,
    account: &AccountId,
    query: &UserGroupQuery,
    page: NonZeroU64,
    per_page: Option<NonZeroU64>,
) -> Result<Listed<model::UserGroup>> {
    let UserGroupQuery { id, name, name_contains, direction } = query;
    let client = call.client();
    let answer = client
        .account_user_group_list(
            account.sendable()?,
            direction.map(self::direction),
            name_contains.as_deref(),
            id.as_ref().map(UserGroupId::sendable).transpose()?,
            name.as_deref(),
            Some(page),
            per_page,
        )
        .await;
    Ok(call.result(answer)?.unwrap_or_default().into_model())
}

/// List User Group Members.
pub(crate) async fn list_members(
    call: Call,
    account: &AccountId,
    query: &MemberQuery,
    page: NonZeroU64,
    per_page: Option<NonZeroU64>,
) -> Result<Listed<model::Member>> {
    let MemberQuery { group, email_contains, direction } = query;
    let client = call.client();
    let answer = client
        .account_user_group_member_list(
            account.sendable()?,
            group.sendable()?,
            direction.map(self::direction),
            email_contains.as_deref(),
            Some(page),
            per_page,
        )
        .await;
    Ok(call.result(answer)?.unwrap_or_default().into_model())
}

/// Get User Group Member.
pub(crate) async fn member(
    call: Call,
    account: &AccountId,
    group: &UserGroupId,
    member: &MemberId,
) -> Result<model::MemberDetails> {
    let (account, group, member) = (account.sendable()?, group.sendable()?, member.sendable()?);
    let answer = call.client().account_user_group_member_get(account, group, member).await;
    let member = call.result(answer)?;
    call.required(member).map(types::MemberDetails::into_model)
}

/// Add User Group Members. `None` if the response does not show members.
pub(crate) async fn add_members(
    call: Call,
    account: &AccountId,
    group: &UserGroupId,
    members: &[MemberId],
) -> Result<Option<Vec<model::Member>>> {
    let (account, group) = (account.sendable()?, group.sendable()?);
    let body = member_refs(members)?;
    let response = call.client().account_user_group_member_create(account, group, &body).await;
    Ok(call.result(response)?.map(|shown| models(shown.0)))
}

/// Update User Group Members. `None` if the response does not show members.
pub(crate) async fn replace_members(
    call: Call,
    account: &AccountId,
    group: &UserGroupId,
    members: &[MemberId],
) -> Result<Option<Vec<model::Member>>> {
    let (account, group) = (account.sendable()?, group.sendable()?);
    let body = member_refs(members)?;
    let response = call.client().account_user_group_members_update(account, group, &body).await;
    let shown = call.result(response)?.map(|shown| shown.into_model().items);
    Ok(shown.filter(|members| !members.is_empty()))
}

/// Remove User Group Member.
pub(crate) async fn remove_member(
    call: Call,
    account: &AccountId,
    group: &UserGroupId,
    member: &MemberId,
) -> Result<()> {
    let (account, group, member) = (account.sendable()?, group.sendable()?, member.sendable()?);
    let answer = call.client().account_user_group_member_delete(account, group, member).await;
    match call.result(answer) {
        Err(error) if error.says_not_in_group() => Ok(()),
        other => removed(&call, other),
    }
}

/// A 404 of the API, not of something in front of it, after an attempt that may have been applied
/// says that it was.
fn removed<T>(call: &Call, result: Result<Option<T>>) -> Result<()> {
    match result {
        Err(error) if error.is_not_found() && !error.errors().is_empty() && call.is_in_doubt() => {
            Ok(())
        }
        other => other.map(drop),
    }
}

/// List Members (of an account).
pub(crate) async fn list_account_members(
    call: Call,
    account: &AccountId,
    query: &AccountMemberQuery,
    page: NonZeroU64,
    per_page: Option<NonZeroU64>,
) -> Result<Listed<model::AccountMember>> {
    let AccountMemberQuery { status, by_email } = query;
    let order = by_email.then_some(types::AccountMemberOrder::UserEmail);
    let direction = order.map(|_| types::SortDirection::Asc);
    let client = call.client();
    let answer = client
        .account_members_list_members(
            account.sendable()?,
            direction,
            order,
            Some(page),
            small(per_page),
            status.as_ref(),
        )
        .await;
    Ok(call.result(answer)?.unwrap_or_default().into_model())
}

/// List Account Permission Groups.
pub(crate) async fn list_permission_groups(
    call: Call,
    account: &AccountId,
    query: &PermissionGroupQuery,
    page: NonZeroU64,
    per_page: Option<NonZeroU64>,
) -> Result<Listed<model::PermissionGroup>> {
    let PermissionGroupQuery { id, name, label } = query;
    let client = call.client();
    let answer = client
        .account_permission_group_list(
            account.sendable()?,
            id.as_ref().map(PermissionGroupId::sendable).transpose()?,
            label.as_deref(),
            name.as_deref(),
            Some(page),
            small(per_page),
        )
        .await;
    Ok(call.result(answer)?.unwrap_or_default().into_model())
}

/// List Resource Groups.
pub(crate) async fn list_resource_groups(
    call: Call,
    account: &AccountId,
    query: &ResourceGroupQuery,
    page: NonZeroU64,
    per_page: Option<NonZeroU64>,
) -> Result<Listed<model::ResourceGroup>> {
    let ResourceGroupQuery { id, name } = query;
    // As published the list has no pages: the first request does not mention them.
    let page = (page > NonZeroU64::MIN || per_page.is_some()).then_some(page);
    let client = call.client();
    let answer = client
        .account_resource_group_list(
            account.sendable()?,
            id.as_ref().map(ResourceGroupId::sendable).transpose()?,
            name.as_deref(),
            page,
            small(per_page),
        )
        .await;
    Ok(call.result(answer)?.unwrap_or_default().into_model())
}

fn small(per_page: Option<NonZeroU64>) -> Option<i64> {
    per_page.and_then(|size| i64::try_from(size.get()).ok())
}

/// The envelope that every answer comes in.
///
/// Here and below, types are taken apart without `..`: when the spec gains a field, the compiler asks
/// what is to become of it.
trait Envelope {
    type Result;

    fn open(self) -> (bool, Option<Self::Result>);
}

macro_rules! envelope {
    ($($response:ident => $result:ty,)*) => {
        $(impl Envelope for types::$response {
            type Result = $result;

            fn open(self) -> (bool, Option<$result>) {
                let Self { success, errors, messages, result } = self;
                // Failures are explained from the body, and warnings have no documented meaning.
                let _: (Option<types::ApiErrors>, Option<types::ApiErrors>) = (errors, messages);
                (success, result)
            }
        })*
    };
    (list $($response:ident => $item:ty,)*) => {
        $(impl Envelope for types::$response {
            type Result = Listed<$item>;

            fn open(self) -> (bool, Option<Listed<$item>>) {
                let Self { success, errors, messages, result, result_info } = self;
                let _: (Option<types::ApiErrors>, Option<types::ApiErrors>) = (errors, messages);
                let info = result_info.map(types::ResultInfo::into_model).unwrap_or_default();
                let is_null = result.is_none();
                (success, Some(Listed { items: result.unwrap_or_default(), is_null, info }))
            }
        })*
    };
}

envelope! {
    UserGroupResponse => types::UserGroup,
    RemovedUserGroupResponse => types::RemovedUserGroup,
    MemberResponse => types::Member,
    MemberDetailsResponse => types::MemberDetails,
    AddedMembersResponse => AddedMembers,
}

envelope! { list
    UserGroupListResponse => types::UserGroup,
    MemberListResponse => types::Member,
    AccountMemberListResponse => types::AccountMember,
    PermissionGroupListResponse => types::PermissionGroup,
    ResourceGroupListResponse => types::ResourceGroup,
}

/// A page of a list as a response shows it.
pub(crate) struct Listed<T> {
    pub(crate) items: Vec<T>,
    /// Whether `result` is null or missing. There are no items then.
    pub(crate) is_null: bool,
    pub(crate) info: PageInfo,
}

impl<T> Listed<T> {
    pub(crate) fn into_page(self) -> Page<T> {
        let Self { items, is_null: _, info } = self;
        Page { items, info }
    }
}

impl<T> Default for Listed<T> {
    fn default() -> Self {
        Self { items: Vec::new(), is_null: true, info: PageInfo::default() }
    }
}

/// A raw type that stands for one of the model.
trait IntoModel {
    type Model;

    fn into_model(self) -> Self::Model;
}

fn models<T: IntoModel>(items: Vec<T>) -> Vec<T::Model> {
    items.into_iter().map(T::into_model).collect()
}

impl<T: IntoModel> IntoModel for Listed<T> {
    type Model = Listed<T::Model>;

    fn into_model(self) -> Self::Model {
        let Self { items, is_null, info } = self;
        Listed { items: models(items), is_null, info }
    }
}

impl IntoModel for types::ResultInfo {
    type Model = PageInfo;

    fn into_model(self) -> PageInfo {
        let Self { count, page, per_page, total_count, total_pages } = self;
        let whole = |number: Option<f64>| {
            number.filter(|number| *number >= 0.0).map(|number| number as u64)
        };
        PageInfo {
            count: whole(count),
            page: whole(page),
            per_page: whole(per_page),
            total_count: whole(total_count),
            total_pages: whole(total_pages),
        }
    }
}

impl IntoModel for types::UserGroup {
    type Model = model::UserGroup;

    fn into_model(self) -> model::UserGroup {
        let Self { id, name, created_on, modified_on, policies } = self;
        let policies = models(policies.unwrap_or_default());
        model::UserGroup { id, name, created_on, modified_on, policies }
    }
}

impl IntoModel for types::Policy {
    type Model = model::Policy;

    fn into_model(self) -> model::Policy {
        let Self { id, access, permission_groups, resource_groups } = self;
        model::Policy {
            id,
            access,
            permission_groups: models(permission_groups.unwrap_or_default()),
            resource_groups: models(resource_groups.unwrap_or_default()),
        }
    }
}

impl IntoModel for types::PermissionGroup {
    type Model = model::PermissionGroup;

    fn into_model(self) -> model::PermissionGroup {
        let Self { id, name, meta } = self;
        model::PermissionGroup { id, name, meta: meta.unwrap_or_default() }
    }
}

impl IntoModel for types::ResourceGroup {
    type Model = model::ResourceGroup;

    fn into_model(self) -> model::ResourceGroup {
        let Self { id, name, meta, scope } = self;
        let meta = meta.unwrap_or_default();
        model::ResourceGroup { id, name, meta, scopes: models(scope.unwrap_or_default().0) }
    }
}

impl IntoModel for types::Scope {
    type Model = model::Scope;

    fn into_model(self) -> model::Scope {
        let Self { key, objects } = self;
        let objects = models(objects.unwrap_or_default());
        model::Scope { key: key.unwrap_or_default(), objects }
    }
}

impl IntoModel for types::ScopeObject {
    type Model = model::ScopeObject;

    fn into_model(self) -> model::ScopeObject {
        let Self { key } = self;
        model::ScopeObject { key: key.unwrap_or_default() }
    }
}

impl IntoModel for types::Member {
    type Model = model::Member;

    fn into_model(self) -> model::Member {
        let Self { id, email, status } = self;
        model::Member { id, email, status }
    }
}

impl IntoModel for types::MemberDetails {
    type Model = model::MemberDetails;

    fn into_model(self) -> model::MemberDetails {
        let Self { id, email, status, created_at, user } = self;
        model::MemberDetails {
            id,
            email,
            status,
            created_at,
            user: user.map(types::User::into_model),
        }
    }
}

impl IntoModel for types::AccountMember {
    type Model = model::AccountMember;

    fn into_model(self) -> model::AccountMember {
        let Self { id, email, status, user } = self;
        model::AccountMember { id, email, status, user: user.map(types::User::into_model) }
    }
}

impl IntoModel for types::User {
    type Model = model::User;

    fn into_model(self) -> model::User {
        let Self { id, email, first_name, last_name } = self;
        model::User { id, email, first_name, last_name }
    }
}

fn direction(direction: Direction) -> types::SortDirection {
    match direction {
        Direction::Ascending => types::SortDirection::Asc,
        Direction::Descending => types::SortDirection::Desc,
    }
}

/// The policies as they are written. Their ids are read-only and never sent.
fn written(policies: Vec<model::Policy>) -> Result<types::NewPolicies> {
    let write = |(index, policy): (usize, model::Policy)| {
        written_policy(policy)
            .map_err(|problem| Error::invalid(format!("policy {index} (from 0): {problem}")))
    };
    policies.into_iter().enumerate().map(write).collect::<Result<_>>().map(types::NewPolicies)
}

fn written_policy(policy: model::Policy) -> std::result::Result<types::NewPolicy, String> {
    let model::Policy { id: _, access, permission_groups, resource_groups } = policy;
    let mut resources = Vec::with_capacity(resource_groups.len());
    for group in resource_groups {
        written_resource_group(group, &mut resources)?;
    }
    Ok(types::NewPolicy {
        access: access.ok_or("it has neither allow nor deny")?,
        permission_groups: permission_groups
            .into_iter()
            .map(written_permission_group)
            .collect::<std::result::Result<_, _>>()?,
        resource_groups: resources,
    })
}

fn written_permission_group(
    group: model::PermissionGroup,
) -> std::result::Result<types::PermissionGroupRef, String> {
    let id = group.id.ok_or("a permission group has no id")?;
    id.sendable().map_err(|problem| problem.to_string())?;
    Ok(types::PermissionGroupRef { id })
}

/// A group with an id is written by it. Without one, each of its scopes is written inline: a policy
/// applies to all of its resource groups together.
fn written_resource_group(
    group: model::ResourceGroup,
    to: &mut Vec<types::WrittenResourceGroup>,
) -> std::result::Result<(), String> {
    let model::ResourceGroup { id, name: _, meta: _, scopes } = group;
    match id {
        Some(id) => {
            id.sendable().map_err(|problem| problem.to_string())?;
            to.push(types::ResourceGroupRef { id }.into());
        }
        None if scopes.is_empty() => {
            return Err("a resource group has neither an id nor a scope".to_owned());
        }
        None => {
            for scope in scopes {
                let scope = written_scope(scope)?;
                to.push(types::InlineResourceGroup { scope }.into());
            }
        }
    }
    Ok(())
}

fn written_scope(scope: model::Scope) -> std::result::Result<types::WrittenScope, String> {
    let model::Scope { key, objects } = scope;
    if key.is_empty() || objects.is_empty() || objects.iter().any(|object| object.key.is_empty()) {
        return Err("a scope needs a key and objects with keys".to_owned());
    }
    let object = |model::ScopeObject { key }| types::WrittenScopeObject { key };
    Ok(types::WrittenScope { key, objects: objects.into_iter().map(object).collect() })
}

fn member_refs(members: &[MemberId]) -> Result<types::MemberRefs> {
    let reference = |id: &MemberId| Ok(types::MemberRef { id: id.sendable()?.clone() });
    members.iter().map(reference).collect::<Result<_>>().map(types::MemberRefs)
}

/// One value or an array of them, read as an array. Null is an empty one.
#[derive(Clone, Debug, Serialize)]
#[serde(transparent)]
pub struct OneOrMany<T>(pub Vec<T>);

/// What adding members is answered with. The documentation shows one member, the later schema all.
pub type AddedMembers = OneOrMany<types::Member>;

/// The scope of a resource group: one as published, an array in one vendor's tools.
pub type ResourceGroupScope = OneOrMany<types::Scope>;

impl<T> Default for OneOrMany<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

#[cfg(test)]
impl<T: schemars::JsonSchema> schemars::JsonSchema for OneOrMany<T> {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        format!("OneOrMany{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let one = generator.subschema_for::<T>();
        schemars::json_schema!({ "oneOf": [one, { "type": "array", "items": one }] })
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for OneOrMany<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct Visitor<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> serde::de::Visitor<'de> for Visitor<T> {
            type Value = Vec<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object or an array of objects")
            }

            fn visit_unit<E>(self) -> std::result::Result<Vec<T>, E> {
                Ok(Vec::new())
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(
                self,
                map: A,
            ) -> std::result::Result<Vec<T>, A::Error> {
                Ok(vec![T::deserialize(MapAccessDeserializer::new(map))?])
            }

            fn visit_seq<A: serde::de::SeqAccess<'de>>(
                self,
                items: A,
            ) -> std::result::Result<Vec<T>, A::Error> {
                Vec::deserialize(SeqAccessDeserializer::new(items))
            }
        }
        deserializer.deserialize_any(Visitor(PhantomData)).map(Self)
    }
}
