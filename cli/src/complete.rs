//! Completion of names that only the account knows.

use std::ffi::OsStr;
use std::time::Duration;

use cf_groups_engine::Engine;
use clap_complete::CompletionCandidate;
use cloudflare_user_groups::{AccountId, Client, RateLimit};

use crate::config::Connection;

/// How long a shell waits for names.
const TIMEOUT: Duration = Duration::from_secs(3);

/// Completes the names of user groups, with the credential of the environment or the default
/// profile.
pub(crate) fn groups(current: &OsStr) -> Vec<CompletionCandidate> {
    candidates(current, async |client, id, _| {
        let groups = client.account(id).user_groups().list().all().await.ok()?;
        Some(groups.into_iter().map(|group| group.name).collect())
    })
}

/// Completes the email addresses of account members.
pub(crate) fn members(current: &OsStr) -> Vec<CompletionCandidate> {
    candidates(current, async |client, id, beginning: String| {
        Engine::new(client, id).addresses(&beginning).await.ok()
    })
}

/// Completes names of groups and email addresses.
pub(crate) fn groups_and_members(current: &OsStr) -> Vec<CompletionCandidate> {
    groups(current).into_iter().chain(members(current)).collect()
}

fn candidates(
    current: &OsStr,
    names: impl AsyncFnOnce(Client, AccountId, String) -> Option<Vec<String>>,
) -> Vec<CompletionCandidate> {
    let current = current.to_string_lossy().replace('\\', "").to_lowercase();
    let read = || {
        let (client, id) = Connection::default().open(&RateLimit::default()).ok()?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().ok()?;
        runtime.block_on(async {
            tokio::time::timeout(TIMEOUT, names(client, id, current.clone())).await.ok()?
        })
    };
    let names = read().unwrap_or_default().into_iter();
    let names = names.filter(|name| !name.contains(char::is_control));
    let names = names.filter(|name| name.to_lowercase().starts_with(&current));
    names.map(|name| CompletionCandidate::new(word(&name))).collect()
}

/// A name as a word of the command line. Bash, which sets this variable, inserts it unchanged; the
/// other shells quote it.
fn word(name: &str) -> String {
    if std::env::var_os("_CLAP_COMPLETE_COMP_TYPE").is_none() {
        return name.to_owned();
    }
    let plain = |c: char| c.is_alphanumeric() || "._-@".contains(c);
    name.chars().fold(String::new(), |mut word, c| {
        if !plain(c) {
            word.push('\\');
        }
        word.push(c);
        word
    })
}
