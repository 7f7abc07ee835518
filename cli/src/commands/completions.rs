//! `completions`: shell completion scripts.

use std::io::Write;

use clap_complete::Shell;
use clap_complete::env::Shells;

use crate::exit::{CommandError, Result, Status};

const EXAMPLES: &str = "\
Examples:
  source <(cf-groups completions bash)
  cf-groups completions zsh > ~/.zfunc/_cf-groups
  cf-groups completions fish > ~/.config/fish/completions/cf-groups.fish";

/// Print the completion script of a shell
///
/// The script completes commands, options, profiles and, if a credential is in the environment or
/// the default profile, names of user groups and email addresses of members.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Shell
    #[arg(value_enum)]
    shell: Shell,
}

impl Args {
    pub(crate) fn run(self) -> Result<Status> {
        let (shells, name) = (Shells::builtins(), self.shell.to_string());
        let none = || CommandError::usage(format!("no completions for {name}"));
        let completer = shells.completer(&name).ok_or_else(none)?;
        let mut script = Vec::new();
        completer.write_registration(
            "COMPLETE",
            "cf-groups",
            "cf-groups",
            "cf-groups",
            &mut script,
        )?;
        if self.shell == Shell::Bash {
            // Otherwise an email address is two words.
            script.extend(b"COMP_WORDBREAKS=${COMP_WORDBREAKS//@/}\n");
        }
        std::io::stdout().write_all(&script)?;
        Ok(Status::Done)
    }
}
