//! The operations that a sandbox serves, and how a request is carried out.

use axum::body::Bytes;
use axum::http::{HeaderMap, Method, Response, StatusCode};
use serde::Serialize;
use serde_json::Value;

use crate::body;
use crate::groups;
use crate::id::{Id, IdSource};
use crate::members;
use crate::neighbours;
use crate::page::{PageLimits, PageQuirk, ResultInfo};
use crate::query::{Query, not_an_id};
use crate::refusal::{Problems, Refusal, code, json_answer};
use crate::world::{Account, Calendar, Group, World};

/// Which version of the contract a sandbox keeps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Contract {
    /// As documented: nine operations; adding members answers with one member.
    Documented,
    /// As published in mid-2026: adding members answers with an array, a single member of a group
    /// can be read, and lists tell the number of their pages.
    #[default]
    Current,
}

/// An operation: what is asked with which method, path and query.
#[derive(Debug)]
pub struct Operation {
    /// The published operationId.
    pub id: &'static str,
    /// The method.
    pub method: Method,
    /// The path below `/client/v4`, with the names of its parameters in braces.
    pub path: &'static str,
    /// The names of its query parameters.
    pub query: &'static [&'static str],
    pub(crate) input: Input,
    /// Whether it belongs to the newer contract only.
    newer: bool,
    handler: Handler,
}

/// Whether a request has a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Input {
    None,
    Json,
}

type Handler = fn(&mut Call<'_>) -> Result<Vec<u8>, Refusal>;

const GROUPS: &str = "/accounts/{account_id}/iam/user_groups";
const GROUP: &str = "/accounts/{account_id}/iam/user_groups/{user_group_id}";
const MEMBERS: &str = "/accounts/{account_id}/iam/user_groups/{user_group_id}/members";
const MEMBER: &str = "/accounts/{account_id}/iam/user_groups/{user_group_id}/members/{member_id}";

/// All operations. The last three are neighbours of the API, which turn names into ids.
static OPERATIONS: [Operation; 13] = [
    Operation::writing("account-user-group-create", Method::POST, GROUPS, groups::create),
    Operation::reading("account-user-group-list", GROUPS, groups::list).asking(&[
        "id",
        "name",
        "fuzzyName",
        "page",
        "per_page",
        "direction",
    ]),
    Operation::writing("account-user-group-update", Method::PUT, GROUP, groups::update),
    Operation::reading("account-user-group-details", GROUP, groups::details),
    Operation::deleting("account-user-group-delete", GROUP, groups::delete),
    Operation::writing("account-user-group-members-update", Method::PUT, MEMBERS, members::replace),
    Operation::writing("account-user-group-member-create", Method::POST, MEMBERS, members::add),
    Operation::reading("account-user-group-member-list", MEMBERS, members::list).asking(&[
        "page",
        "per_page",
        "fuzzyEmail",
        "direction",
    ]),
    Operation::deleting("account-user-group-member-delete", MEMBER, members::remove),
    Operation::reading("account-user-group-member-get", MEMBER, members::get).newer(),
    Operation::reading(
        "account-members-list-members",
        "/accounts/{account_id}/members",
        neighbours::members,
    )
    .asking(&["page", "per_page", "order", "direction", "status"]),
    Operation::reading(
        "account-permission-group-list",
        "/accounts/{account_id}/iam/permission_groups",
        neighbours::permission_groups,
    )
    .asking(&["id", "name", "label", "page", "per_page"]),
    Operation::reading(
        "account-resource-group-list",
        "/accounts/{account_id}/iam/resource_groups",
        neighbours::resource_groups,
    )
    .asking(&["id", "name"]),
];

/// The operations of a contract.
pub fn operations(contract: Contract) -> impl Iterator<Item = &'static Operation> {
    OPERATIONS.iter().filter(move |it| contract == Contract::Current || !it.newer)
}

impl Operation {
    const fn new(id: &'static str, method: Method, path: &'static str, handler: Handler) -> Self {
        Self { id, method, path, query: &[], input: Input::None, newer: false, handler }
    }

    const fn reading(id: &'static str, path: &'static str, handler: Handler) -> Self {
        Self::new(id, Method::GET, path, handler)
    }

    const fn deleting(id: &'static str, path: &'static str, handler: Handler) -> Self {
        Self::new(id, Method::DELETE, path, handler)
    }

    const fn writing(
        id: &'static str,
        method: Method,
        path: &'static str,
        handler: Handler,
    ) -> Self {
        let mut operation = Self::new(id, method, path, handler);
        operation.input = Input::Json;
        operation
    }

    const fn asking(mut self, query: &'static [&'static str]) -> Self {
        self.query = query;
        self
    }

    const fn newer(mut self) -> Self {
        self.newer = true;
        self
    }

    /// Whether it answers with one page of a list.
    pub(crate) fn is_paged(&self) -> bool {
        self.query.contains(&"page")
    }

    /// Carries out a request whose credentials are good for the account `own`.
    pub(crate) fn carry_out(
        &self,
        world: &mut World,
        own: Id,
        request: &Request<'_>,
    ) -> Result<Response<Bytes>, Refusal> {
        let mut problems = Problems::invalid();
        let path = request.path_ids(&mut problems);
        let raw_query = request.query.unwrap_or_default();
        let query = Query::parse(raw_query, self.query, &mut problems);
        problems.check()?;
        let body = match self.input {
            Input::None => Value::Null,
            Input::Json => body::parse(request.headers, request.body)?,
        };
        let account = path.iter().find(|(name, _)| *name == "account_id");
        let account = account.map(|(_, id)| *id).filter(|id| *id == own);
        let account = account.and_then(|id| world.accounts.get_mut(&id));
        let mut call = Call {
            account: account.ok_or_else(no_permission)?,
            ids: &mut world.ids,
            calendar: &mut world.calendar,
            path,
            query,
            body,
            contract: request.contract,
            quirk: request.quirk,
        };
        let body = (self.handler)(&mut call)?;
        Ok(json_answer(StatusCode::OK, body))
    }
}

/// Assumption: an account that does not exist is no different from one that the credentials have
/// no permission for, so that nobody learns which accounts there are.
fn no_permission() -> Refusal {
    let message = "the credentials have no permission for this account";
    let problem = crate::refusal::Problem::new(code::NO_PERMISSION, message).at("account_id");
    Refusal::new(StatusCode::FORBIDDEN, problem)
}

/// A request for an operation, as it came.
#[derive(Debug)]
pub(crate) struct Request<'a> {
    pub(crate) headers: &'a HeaderMap,
    /// The names and decoded values of the path's parameters.
    pub(crate) path: &'a [(String, String)],
    pub(crate) query: Option<&'a str>,
    pub(crate) body: &'a [u8],
    pub(crate) contract: Contract,
    pub(crate) quirk: Option<PageQuirk>,
}

impl<'a> Request<'a> {
    fn path_ids(&self, problems: &mut Problems) -> Vec<(&'a str, Id)> {
        let mut ids = Vec::with_capacity(self.path.len());
        for (name, value) in self.path {
            match Id::parse(value) {
                Some(id) => ids.push((name.as_str(), id)),
                None => problems.add(code::PARAMETER, not_an_id(name), name),
            }
        }
        ids
    }
}

/// A request whose form has been checked, and what it is carried out on.
#[derive(Debug)]
pub(crate) struct Call<'a> {
    pub(crate) account: &'a mut Account,
    pub(crate) ids: &'a mut IdSource,
    pub(crate) calendar: &'a mut Calendar,
    path: Vec<(&'a str, Id)>,
    pub(crate) query: Query,
    pub(crate) body: Value,
    pub(crate) contract: Contract,
    pub(crate) quirk: Option<PageQuirk>,
}

impl Call<'_> {
    /// The id in the path with this name.
    pub(crate) fn path_id(&self, name: &str) -> Result<Id, Refusal> {
        let id = self.path.iter().find(|(other, _)| *other == name);
        let missing = || Refusal::not_found(format!("{name}: not in the path"), name);
        id.map(|(_, id)| *id).ok_or_else(missing)
    }

    /// The group that the path names.
    pub(crate) fn group(&self) -> Result<&Group, Refusal> {
        let id = self.path_id("user_group_id")?;
        self.account.groups.get(id).ok_or_else(|| no_group(id))
    }

    /// The group that the path names, to change it.
    pub(crate) fn group_mut(&mut self) -> Result<&mut Group, Refusal> {
        let id = self.path_id("user_group_id")?;
        self.account.groups.get_mut(id).ok_or_else(|| no_group(id))
    }
}

pub(crate) fn no_group(id: Id) -> Refusal {
    let message = format!("there is no user group {id} in the account");
    Refusal::not_found(message, "user_group_id")
}

/// How many groups, or members of a group, a page may hold.
pub(crate) const PAGE_LIMITS: PageLimits = PageLimits { min: 1, max: 500, default: 100 };

#[derive(Serialize)]
struct Success<T> {
    success: bool,
    errors: [(); 0],
    messages: [(); 0],
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<T>,
    #[serde(skip_serializing_if = "Option::is_none")]
    result_info: Option<ResultInfo>,
}

/// The success envelope.
pub(crate) fn success(
    result: impl Serialize,
    result_info: Option<ResultInfo>,
) -> Result<Vec<u8>, Refusal> {
    success_with(Some(result), result_info)
}

/// The success envelope, with or without a result.
pub(crate) fn success_with(
    result: Option<impl Serialize>,
    result_info: Option<ResultInfo>,
) -> Result<Vec<u8>, Refusal> {
    let envelope = Success { success: true, errors: [], messages: [], result, result_info };
    serde_json::to_vec(&envelope).map_err(|error| {
        let problem = crate::refusal::Problem::new(code::BODY, error.to_string());
        Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, problem)
    })
}
