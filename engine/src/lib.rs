//! User groups of a Cloudflare account as code: plan, apply and export.
//!
//! A [`GroupFile`] holds the desired user groups of an account. An [`Engine`] reads the actual
//! state, diffs both into a [`Plan`], applies it, and exports the group file of an account that has
//! none yet. Nothing here prints, prompts, or parses a command line.
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use cf_groups_engine::{Engine, GroupFile, NoProgress, Prune, RemovalLimit};
//! use cloudflare_user_groups::{AccountId, Client};
//!
//! let engine = Engine::new(Client::from_env()?, AccountId::from_env()?);
//! let file = GroupFile::parse("groups.yaml", &std::fs::read("groups.yaml")?);
//! let plan = engine.plan(&file, Prune::No, &NoProgress).await?;
//! println!("{}", plan.summary());
//! let outcome = engine.apply(&plan, &RemovalLimit::default(), &NoProgress).await?;
//! assert!(outcome.is_complete());
//! # Ok(())
//! # }
//! ```
//!
//! # The group file
//!
//! A list of groups, as YAML or JSON; or a mapping with `account`, the id of the account, and
//! `groups`. [`SCHEMA`] describes it for editors.
//!
//! ```yaml
//! - name: Site Reliability
//!   id: 649a95a0926c322eecda65c1d4d2f29a # only to rename it, or if several groups have the name
//!   policies:
//!     - access: allow
//!       permission_groups: [DNS, Load Balancer Admin] # by name or id
//!       resource_groups:
//!         - account # all of it
//!         - zone: example.com
//!         - Marketing sites # a resource group, by name or id, or by scope:
//!         - scope: {key: com.cloudflare.api.account.eb78d65290b24279ba6f44721b3ea3c4, objects: [{key: "*"}]}
//!   members: [alice@example.com, df53d41470d557d928aab721b77bbfca] # by email address or id
//! ```
//!
//! Without `members`, the members of a group are neither read nor changed; without `policies`, its
//! policies stay as they are. `[]` means none. Groups that the file does not name stay as they are,
//! unless they are [pruned](Prune).
//!
//! What the engine does not understand is kept: a policy with a missing or unknown part, and a
//! group whose members the API refuses to list. A plan that would overwrite them is refused.
//!
//! # The parts
//!
//! [`Engine::plan`] and [`Engine::apply`] are made of parts that can be used alone:
//! [`Engine::read`] returns a [`Snapshot`], [`resolve`] turns the names of the file into the ids of
//! a [`DesiredState`] or returns every [`Diagnostic`], and [`Plan::diff`] is a pure function.
//! [`Engine::export`] with [`Pin::All`] writes every id, which brings groups that were made by hand
//! under the file.
//!
//! # How changes are sent
//!
//! Members are added with one request for up to 500 of a group. If the API refuses one of them, the
//! request is split, so that the others are added. Fewer than 10 members of a group are removed
//! with one request each, which touches no other member. 10 and more are removed with one request
//! that replaces the whole set, after the members are read again: members that were added since the
//! plan stay. A change that another program makes between these two requests is overwritten. The
//! policies of a group are replaced in one request, without ids, because the API gives out new
//! ones.
//!
//! Renames come first, each once its name is free: names are unique (observed, reported). Then come
//! creations, policies and additions, then removals, then deletions. So a member who moves from one
//! group to another is always in one of them; if the addition fails, the removal is
//! [skipped](Skipped). Otherwise a failure in one group does not stop the others.
//!
//! An interrupted run is finished by the next one. If a group was created, all groups are listed
//! once more at the end: another run at the same time may have created one of the same name.

mod access;
mod additions;
mod apply;
mod audit;
mod bulk_removal;
mod compare;
mod diagnostic;
mod diff;
mod direct;
mod directory;
mod edit;
mod encoding;
mod engine;
mod error;
mod export;
mod fingerprint;
mod group_file;
mod group_name;
mod import;
mod layout;
mod lookup;
mod matching;
mod name_index;
mod offboard;
mod offline;
mod outcome;
mod people;
mod place;
mod plan;
mod planning;
mod powerful;
mod reader;
mod reading;
mod removal_limit;
mod renames;
mod resolve;
mod resource_groups;
mod rule;
mod schema;
mod snapshot;
mod stale;
mod state;
mod steps;
mod suggest;
mod text;
mod update;
mod validate;
mod warnings;
mod yaml;

pub use access::Access;
pub use audit::{Audit, Finding, FindingKind};
pub use diagnostic::{Diagnostic, Diagnostics};
pub use direct::{MembersPlan, PolicyText, SetChange};
pub use directory::{AccountDirectory, MemberInfo, ResourceInfo};
pub use encoding::decode_text;
pub use engine::Engine;
pub use error::{Error, StalePlan};
pub use export::Pin;
pub use group_file::GroupFile;
pub use group_name::GroupNameError;
pub use import::group_file_of;
pub use matching::DiffError;
pub use outcome::{FailedStep, NoProgress, Outcome, Progress, Skipped, StepError};
pub use plan::{
    AccountTotals, Creation, Deletion, Label, NewResourceGroup, Plan, PlanFileError, PlanWarning,
    PolicyChange, Summary, UnmanagedGroup, Update,
};
pub use powerful::{PowerfulPermissions, Risk, RiskKind};
pub use removal_limit::{
    InvalidRemovalLimit, RemovalLimit, RemovalLimitExceeded, RemovalReason, Share,
};
pub use resolve::resolve;
pub use rule::{IncompletePolicy, PolicyResource, PolicyRule, PolicyScope};
pub use schema::{ACCESS_SCHEMA, AUDIT_SCHEMA, PLAN_SCHEMA, SCHEMA, VALIDATION_SCHEMA};
pub use snapshot::{Snapshot, refuses_group};
pub use state::{ActualGroup, ActualMembers, ActualState, DesiredGroup, DesiredState, Prune};
pub use steps::{Action, Step, StepMember};
pub use suggest::Suggestions;
pub use text::counted;
pub use update::FileUpdate;
pub use validate::Validation;
