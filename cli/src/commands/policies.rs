//! Policies given by flags.

use cloudflare_user_groups::{Account, Policy};

use crate::commands::names;
use crate::exit::{CommandError, Result};

/// One policy that allows and one that denies. For more, use a group file and `apply`.
#[derive(clap::Args)]
pub(crate) struct Policies {
    /// Allow this permission group (name or ID; can be repeated)
    #[arg(long, value_name = "PERMISSIONS", requires = "on")]
    pub(crate) allow: Vec<String>,
    /// Deny this permission group (name or ID; can be repeated)
    #[arg(long, value_name = "PERMISSIONS", requires = "on")]
    pub(crate) deny: Vec<String>,
    /// On this resource group (name or ID; can be repeated)
    #[arg(long, value_name = "RESOURCES")]
    pub(crate) on: Vec<String>,
}

impl Policies {
    /// Returns whether a policy is given.
    pub(crate) fn any(&self) -> bool {
        !self.allow.is_empty() || !self.deny.is_empty()
    }

    /// Resolves the names to the policies to send.
    pub(crate) async fn resolve(&self, account: &Account) -> Result<Vec<Policy>> {
        let Self { allow, deny, on } = self;
        if !self.any() {
            if on.is_empty() {
                return Ok(Vec::new());
            }
            return Err(CommandError::usage("--on requires --allow or --deny"));
        }
        let both: Vec<String> = allow.iter().chain(deny).cloned().collect();
        let mut allowed = names::permission_groups(account, &both).await?;
        let denied = allowed.split_off(allow.len());
        let resources = names::resource_groups(account, on).await?;
        let mut policies = Vec::new();
        if !allowed.is_empty() {
            policies.push(Policy::allow(allowed, resources.clone()));
        }
        if !denied.is_empty() {
            policies.push(Policy::deny(denied, resources));
        }
        Ok(policies)
    }
}
