//! User groups as code: the engine behind `cf-groups`.
//!
//! A [`GroupFile`] is the file that says which user groups an account shall have. An [`Engine`] reads
//! what the account has, makes a [`Plan`] of what is to be changed, carries it out, and writes the
//! file of an account that has none yet. Nothing here prints, asks, or parses a command line.
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use cf_groups_engine::{GroupFile, Engine, RemovalLimit, Prune, NoProgress};
//! use cloudflare_user_groups::{AccountId, Client};
//!
//! let engine = Engine::new(Client::from_env()?, AccountId::from_env()?);
//! let text = std::fs::read_to_string("groups.yaml")?;
//! let file = GroupFile::parse("groups.yaml", &text);
//! let plan = engine.plan(&file, Prune::No, &NoProgress).await?;
//! println!("{}", plan.summary());
//! let outcome = engine.apply(&plan, &RemovalLimit::default(), &NoProgress).await?;
//! assert!(outcome.is_complete());
//! # Ok(())
//! # }
//! ```
//!
//! # The file
//!
//! A list of groups, as YAML or JSON. [`SCHEMA`] describes it for editors.
//!
//! ```yaml
//! - name: Site Reliability
//!   id: 649a95a0926c322eecda65c1d4d2f29a # only to rename it, or to tell it from a namesake
//!   policies:
//!     - access: allow
//!       permission_groups: [DNS, Load Balancer Admin] # by name or id
//!       resource_groups: [Whole account]
//!   members: [alice@example.com, df53d41470d557d928aab721b77bbfca] # by email address or id
//! ```
//!
//! What is left out is left alone: without `members` the members of the group are neither read nor
//! changed, and likewise its `policies`. `[]` means none. Groups that the file does not name are left
//! alone too, unless they are to be [pruned](Prune).
//!
//! # The steps
//!
//! [`Engine::plan`] and [`Engine::apply`] are made of parts that can be used alone:
//! [`Engine::read`] gives a [`Snapshot`], [`resolve`] turns the names of the file into the ids of a
//! [`DesiredState`] or returns every [`Diagnostic`], and [`Plan::diff`] compares, as a pure function.
//! [`Engine::export`] writes the file of an account; with [`Pin::All`] it holds every id, which is how
//! groups that were made by hand come under the file.
//!
//! # How changes are sent
//!
//! Members are added with one request for up to 500 of a group, and removed with one request each. The
//! set is never replaced as a whole: that is one request too, but takes away again whom somebody else
//! has added since it was read. Policies cannot be changed one by one: those of a group are replaced
//! in one request, together with its name.
//!
//! All that gives comes first: groups, policies, members. Then members are removed, and at last groups
//! deleted. Who moves from one group to another is never in neither, also when the addition fails: then
//! the removal is [skipped](Skipped). Otherwise a failure in one group does not stop the others.
//!
//! A run that was interrupted is finished by the next: what is there already is not done again.

mod additions;
mod api;
mod apply;
mod diagnostic;
mod diff;
mod direct;
mod directory;
mod encoding;
mod engine;
mod error;
mod export;
mod fingerprint;
mod group_file;
mod lookup;
mod matching;
mod name_index;
mod outcome;
mod plan;
mod reader;
mod removal_limit;
mod renames;
mod resolve;
mod rule;
mod schema;
mod snapshot;
mod stale;
mod state;
mod steps;
mod suggest;
mod text;
mod warnings;
mod yaml;

pub use diagnostic::{Diagnostic, Diagnostics};
pub use direct::{GroupNameError, MembersPlan, PolicyText, SetChange};
pub use directory::{AccountDirectory, MemberInfo, ResourceInfo};
pub use engine::Engine;
pub use error::Error;
pub use export::Pin;
pub use group_file::GroupFile;
pub use matching::DiffError;
pub use outcome::{FailedStep, NoProgress, Outcome, Progress, Skipped, StepError};
pub use plan::{
    AccountTotals, Creation, Deletion, Label, Plan, PlanFileError, PlanWarning, PolicyChange,
    Summary, UnmanagedGroup, Update,
};
pub use removal_limit::{
    InvalidRemovalLimit, RemovalLimit, RemovalLimitExceeded, RemovalReason, Removals, Share,
};
pub use resolve::resolve;
pub use rule::{IncompletePolicy, PolicyResource, PolicyRule, PolicyScope};
pub use schema::SCHEMA;
pub use snapshot::Snapshot;
pub use stale::StalePlan;
pub use state::{ActualGroup, ActualMembers, ActualState, DesiredGroup, DesiredState, Prune};
pub use steps::{Action, Step, StepMember};
pub use suggest::Suggestions;
pub use text::counted;
