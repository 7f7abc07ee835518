#![doc = include_str!("../README.md")]
//!
//! # Features
//!
//! | feature | what it adds |
//! | --- | --- |
//! | `rustls` (default) | TLS in Rust. The program's default [`rustls`] provider is used, or else ring |
//! | `native-tls` | TLS of the operating system, when `rustls` is off |
//! | `blocking` | the module [`blocking`](https://docs.rs/cloudflare-user-groups/latest/cloudflare_user_groups/blocking) |
//! | `mock` | typed httpmock helpers in [`raw`] |
//! | `codegen` | only in a checkout of this repository: rewrites the bindings |
//!
//! With `rustls`, reqwest is built without a provider of its own. A program that also uses reqwest
//! directly, and with none of its TLS features, must install one of rustls's before it makes a
//! client.
//!
//! # Runtime
//!
//! The async client runs in a tokio runtime with time and IO enabled (`enable_all`). Outside of
//! one, and in one without time, calls return an error; without IO tokio panics. The blocking
//! client brings its own.
//!
//! # Logs and metrics
//!
//! Calls are `tracing` spans of level info, named by their operation (`otel.name`), and attempts
//! events of level debug in them, with OpenTelemetry's names for the attributes of an HTTP client:
//! method, server, templated path, status, `error.type`, how often a request was retried, and
//! Cloudflare's ray id. Other events report how long the rate limit, or a failure that may pass,
//! holds a request back (`wait_ms`). No credential, email address, or body is in any of them. There
//! is no other observer: a `tracing` layer sees the same numbers, as `examples/metrics.rs` shows.

mod account;
#[cfg(feature = "blocking")]
pub mod blocking;
mod client;
mod composite;
mod credential;
mod error;
mod id;
mod lookup;
mod members;
mod mode;
mod model;
mod new_groups;
mod operation;
mod pagination;
pub mod raw;
mod request;
mod tls;
mod transport;
mod user_groups;
mod visit;

pub use account::Account;
pub use client::{Client, ClientBuilder, NeedsCredentials};
pub use credential::{Credential, CredentialFuture, CredentialProvider};
pub use error::{ApiError, Error, ErrorKind, Result};
pub use id::{
    AccountId, InvalidId, MemberId, PermissionGroupId, PolicyId, ResourceGroupId, UserGroupId,
    UserId, ZoneId,
};
pub use lookup::{ListAccountMembers, ListPermissionGroups, ListResourceGroups, ListZones};
pub use members::{ListMembers, Members};
pub use mode::{Async, Mode};
pub use model::{
    AccountMember, AccountMemberQuery, AccountMemberStatus, Direction, Member, MemberDetails,
    MemberQuery, MemberStatus, Meta, Page, PageInfo, PermissionGroup, PermissionGroupQuery, Policy,
    PolicyAccess, ResourceGroup, ResourceGroupQuery, Scope, ScopeObject, Timestamp, User,
    UserGroup, UserGroupQuery, Zone, ZoneQuery,
};
pub use pagination::ItemStream;
pub use request::{ListRequest, Query, Request, ResponseFuture};
pub use transport::{
    AcquireFuture, HttpService, Permit, RateLimit, RateLimiter, ReportedLimits, RequestBody,
    ResponseBody, RetryAfter, RetryBudget, RetryPolicy, ServerLimit,
};
pub use user_groups::{CreateUserGroup, ListUserGroups, UpdateUserGroup, UserGroups};

/// The code of the documents is compiled and run with the other examples.
#[cfg(doctest)]
mod docs {
    #[doc = include_str!("../docs/getting-started.md")]
    mod getting_started {}
    #[doc = include_str!("../docs/guide.md")]
    mod guide {}
}
