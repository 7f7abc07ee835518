//! A typed client of Cloudflare's Account User Groups API.

#[cfg(feature = "blocking")]
pub mod blocking;
mod client;
mod credential;
mod error;
mod id;
mod members;
mod model;
mod page;
mod rate_limit;
pub mod raw;
mod request;
mod resolve;
mod retry;
mod tls;
mod user_groups;

pub use client::{Account, Client, ClientBuilder, CredentialChoice};
pub use error::{ApiError, Error, Result};
pub use id::{
    AccountId, InvalidId, MemberId, PermissionGroupId, PolicyId, ResourceGroupId, UserGroupId,
};
pub use members::{AddMembers, ListMembers, Members, RemoveMember, ReplaceMembers};
pub use model::{
    Direction, Member, MemberStatus, Meta, PermissionGroup, Policy, PolicyAccess, ResourceGroup,
    Scope, ScopeObject, Timestamp, UserGroup,
};
pub use page::{ItemStream, Page, PageInfo};
pub use rate_limit::RateLimit;
pub use request::ResponseFuture;
pub use retry::RetryPolicy;
pub use user_groups::{
    CreateUserGroup, DeleteUserGroup, GetUserGroup, ListUserGroups, UpdateUserGroup, UserGroups,
};
