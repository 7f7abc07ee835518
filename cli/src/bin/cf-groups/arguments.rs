//! The command line.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::connection::Connection;
use crate::output::Format;
use crate::screen::Color;

const ABOUT: &str = "Cloudflare's Account User Groups from the command line";

const EXIT_CODES: &str = "\
Exit codes:
   0  all is done (also if the reader of the output went away)
   1  it failed, or was not done completely; what was not done is said
   2  only with plan --detailed-exitcode: there are changes
  64  the command line makes no sense, or something needed was not given";

const NAMES: &str = "\
A user group is given by its name or id, a member by email address or id; 32 hexadecimal digits are
always an id. Credentials come from --token-file, a profile, or the environment, in this order:
CLOUDFLARE_API_TOKEN, or CLOUDFLARE_EMAIL with CLOUDFLARE_API_KEY. They are never given on the
command line and never printed.";

#[derive(Parser)]
#[command(
    name = "cf-groups",
    version,
    about = ABOUT,
    long_about = format!("{ABOUT}\n\n{NAMES}"),
    after_help = EXIT_CODES,
    disable_help_subcommand = true
)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) connection: Connection,
    #[command(flatten)]
    pub(crate) printing: Printing,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What is printed, and how.
#[derive(Args, Clone, Copy)]
#[command(next_help_heading = "Output")]
pub(crate) struct Printing {
    /// The form of the output
    #[arg(long, short, global = true, value_enum, value_name = "FORMAT", default_value = "table")]
    pub(crate) output: Format,
    /// Show each request on standard error, without secrets
    #[arg(long, short, global = true)]
    pub(crate) verbose: bool,
    /// When to use colours
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: Color,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// List the user groups
    #[command(visible_alias = "ls")]
    List {
        /// Only those whose name contains this text
        #[arg(long, value_name = "TEXT")]
        contains: Option<String>,
    },
    /// Show a user group with its policies
    Get {
        /// Name or id
        group: String,
    },
    /// Create a user group
    ///
    /// A lost answer does not make a second one. A group of the same name is an error, since it could
    /// no longer be called by its name.
    Create {
        /// The name
        name: String,
        #[command(flatten)]
        policies: Policies,
        /// Create it although there is a group of this name
        #[arg(long)]
        allow_duplicate: bool,
    },
    /// Rename a user group or replace its policies
    Update {
        /// Name or id
        group: String,
        /// The new name
        #[arg(long, value_name = "NAME")]
        name: Option<String>,
        #[command(flatten)]
        policies: Policies,
        /// Remove all policies
        #[arg(long, conflicts_with_all = ["allow", "deny", "on"])]
        no_policies: bool,
    },
    /// Delete user groups; their members stay members of the account
    Delete {
        /// Names or ids
        #[arg(required = true, value_name = "GROUP")]
        groups: Vec<String>,
        /// Do not ask
        #[arg(long, short)]
        yes: bool,
    },
    /// The members of a user group
    #[command(subcommand)]
    Members(Members),
    /// The lists that turn names into ids
    Lookup {
        /// Which list
        #[arg(value_enum)]
        list: Lookup,
        /// Only what contains this text in its name, label or email address
        contains: Option<String>,
    },
    /// Show what would make the account as a file says
    ///
    /// Only reads. Groups that the file does not name are left alone, and so are policies or members
    /// that it leaves out. `cf-groups schema` describes the file, `cf-groups export` writes one.
    Plan {
        /// YAML or JSON; - for standard input
        file: PathBuf,
        #[command(flatten)]
        pruning: Pruning,
        /// Save the plan to this file, for apply
        #[arg(long, value_name = "PLAN")]
        out: Option<PathBuf>,
        /// End with 2 if there are changes
        #[arg(long)]
        detailed_exitcode: bool,
    },
    /// Make the account as a file says, or carry out a plan that was saved
    ///
    /// Shows the plan and asks. Interrupted or not done completely, it can simply be run again: what
    /// is done is not done twice. A saved plan is refused if what it changes has changed since.
    Apply {
        /// The file, or a plan that was saved; - for standard input
        file: PathBuf,
        #[command(flatten)]
        pruning: Pruning,
        /// Do not ask
        #[arg(long, short)]
        yes: bool,
        /// Allow more than a third of the groups, or of the members of a group, to be removed
        #[arg(long)]
        allow_removals: bool,
    },
    /// Write the file of the account as it is
    Export {
        /// Write the id of each group, so that it can be renamed in the file
        #[arg(long)]
        pin: bool,
    },
    /// Print the JSON Schema of the file, for editors
    Schema,
    /// Serve a made-up account, to try things out
    Sandbox(SandboxOptions),
    /// Export, edit, plan and apply in a sandbox: no account is needed
    Demo,
    /// Print the completions of a shell
    Completions {
        /// The shell
        #[arg(value_enum)]
        shell: clap_complete::Shell,
    },
    /// Write the man pages
    #[command(hide = true)]
    Man {
        /// To this directory
        directory: PathBuf,
    },
}

/// What becomes of groups that are not in the file.
#[derive(Args)]
pub(crate) struct Pruning {
    /// Delete the groups that the file does not name
    #[arg(long)]
    pub(crate) prune: bool,
}

/// What is served.
#[derive(Args)]
pub(crate) struct SandboxOptions {
    /// IP address and port; port 0 picks a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    pub(crate) listen: SocketAddr,
    /// What is there at the start, as JSON; otherwise a small company
    #[arg(long, value_name = "FILE")]
    pub(crate) seed: Option<PathBuf>,
    /// How to misbehave, as JSON
    #[arg(long, value_name = "FILE")]
    pub(crate) faults: Option<PathBuf>,
    /// Write a line of JSON for each request to this file
    #[arg(long, value_name = "FILE")]
    pub(crate) log: Option<PathBuf>,
}

/// Policies in place of those there are: one that allows, one that denies. For more, use a file and
/// `apply`.
#[derive(Args)]
pub(crate) struct Policies {
    /// Allow this permission group (name or id; may be repeated)
    #[arg(long, value_name = "PERMISSIONS", requires = "on")]
    pub(crate) allow: Vec<String>,
    /// Deny this permission group (name or id; may be repeated)
    #[arg(long, value_name = "PERMISSIONS", requires = "on")]
    pub(crate) deny: Vec<String>,
    /// On this resource group (name or id; may be repeated)
    #[arg(long, value_name = "RESOURCES")]
    pub(crate) on: Vec<String>,
}

#[derive(Subcommand)]
pub(crate) enum Members {
    /// List the members
    #[command(visible_alias = "ls")]
    List {
        /// Name or id of the user group
        group: String,
        /// Only those whose email address contains this text
        #[arg(long, value_name = "TEXT")]
        contains: Option<String>,
    },
    /// Show a member, with the user behind the membership
    Get {
        /// Name or id of the user group
        group: String,
        /// Email address or id
        member: String,
    },
    /// Add members of the account; who is there already stays
    Add {
        /// Name or id of the user group
        group: String,
        #[command(flatten)]
        people: People,
    },
    /// Remove members
    Remove {
        /// Name or id of the user group
        group: String,
        #[command(flatten)]
        people: People,
    },
    /// Replace the whole set of members in one request
    ///
    /// Whoever is added by others at the same time is removed again: sync does not do that.
    Replace {
        /// Name or id of the user group
        group: String,
        #[command(flatten)]
        people: People,
        #[command(flatten)]
        care: Care,
    },
    /// Make these the members by adding who is missing, then removing who is too many
    Sync {
        /// Name or id of the user group
        group: String,
        #[command(flatten)]
        people: People,
        #[command(flatten)]
        care: Care,
    },
}

#[derive(Args)]
pub(crate) struct People {
    /// Email addresses or ids; none, or -, to read one a line from standard input
    #[arg(value_name = "MEMBER")]
    pub(crate) people: Vec<String>,
}

/// How much may be removed.
#[derive(Args)]
pub(crate) struct Care {
    /// Only say what would be done
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Go on although more than a third of the members would be removed, or nobody is named
    #[arg(long)]
    pub(crate) allow_removals: bool,
}

/// A list of the account.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Lookup {
    /// The members of the account
    Members,
    /// The permission groups that policies can name
    PermissionGroups,
    /// The resource groups that policies can name
    ResourceGroups,
}
