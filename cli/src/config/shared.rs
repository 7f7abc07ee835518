//! The rate limit and the locks that several runs share on a Redis server.

use std::collections::BTreeMap;
use std::fmt;
use std::process::Command;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cf_groups_engine::Progress;
use clap::Args;
use cloudflare_user_groups::{AccountId, ClientBuilder, RateLimit, RequestBody};
use cloudflare_user_groups_redis::{LEASE, Lock, LockError, RedisUrl, SharedRateLimit};
use tower::{Service, ServiceExt, service_fn};

use super::profile::Profile;
use crate::exit::{CommandError, Result};
use crate::terminal::message;

/// How long a run waits for the lock of another.
const MAX_WAIT: Duration = Duration::from_secs(60);

/// The options of what runs share.
#[derive(Args, Clone, Default)]
#[command(next_help_heading = "Connection")]
pub(crate) struct Shared {
    /// Share the rate limit with other runs, on this Redis server [default: the profile's, or
    /// CF_GROUPS_LIMIT]
    #[arg(long, global = true, value_name = "URL")]
    limit: Option<String>,
    /// Change the account only with its lock, on this Redis server [default: the profile's, or
    /// CF_GROUPS_LOCK]
    #[arg(long, global = true, value_name = "URL")]
    lock: Option<String>,
    #[arg(skip)]
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    /// By credential.
    limits: Mutex<BTreeMap<String, SharedRateLimit>>,
    locks: Mutex<BTreeMap<AccountId, Lock>>,
}

impl State {
    fn locks(&self) -> MutexGuard<'_, BTreeMap<AccountId, Lock>> {
        self.locks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The URLs can hold passwords.
impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").finish_non_exhaustive()
    }
}

impl Shared {
    /// Sets the rate limit of a client: the shared one of its credential if there is one, otherwise
    /// that of this run. If the account is locked, the client changes nothing without the lock.
    pub(crate) fn configure(
        &self,
        builder: ClientBuilder,
        profile: &Profile,
        credential: &str,
        account: &AccountId,
        own: &RateLimit,
    ) -> Result<ClientBuilder> {
        let builder = match url("limit", self.limit.as_deref(), profile.limit.as_deref())? {
            None => builder.rate_limit(own.clone()),
            Some(url) => {
                let new = || SharedRateLimit::builder(url, credential).build();
                let mut limits = self.state.limits.lock().unwrap_or_else(PoisonError::into_inner);
                builder.rate_limit(limits.entry(credential.to_owned()).or_insert_with(new).clone())
            }
        };
        let held = self.state.locks().get(account).map(Lock::held);
        Ok(match held {
            None => builder,
            // Refuses changes without the lock, at the last moment before they are sent.
            Some(held) => builder.http_service(|service| {
                service_fn(move |request: http::Request<RequestBody>| {
                    let allowed = request.method() == http::Method::GET || held.is_held();
                    let mut service = service.clone();
                    async move {
                        match allowed {
                            true => service.ready().await?.call(request).await,
                            false => Err("the lock of the account was lost".into()),
                        }
                    }
                })
            }),
        })
    }

    /// Takes the lock of the account, if locks are configured. Waits for another run.
    pub(crate) async fn lock(&self, profile: &Profile, account: &AccountId) -> Result<()> {
        let Some(url) = url("lock", self.lock.as_deref(), profile.lock.as_deref())? else {
            return Ok(());
        };
        let name = format!("account {account}");
        let owner = format!("cf-groups, process {} on {}", std::process::id(), host());
        let acquire = async |max_wait| Lock::acquire(&url, &name, &owner, LEASE, max_wait).await;
        let lock = match acquire(Duration::ZERO).await {
            Err(problem @ (LockError::Held { .. } | LockError::Restarted(_))) => {
                message::note(&format!("Waiting for the lock of {name}: {problem}"));
                acquire(MAX_WAIT).await
            }
            other => other,
        };
        let lock = lock.map_err(|problem| {
            CommandError::failed(format!("cannot lock {name}: {problem} (no changes made)"))
        })?;
        self.state.locks().insert(account.clone(), lock);
        Ok(())
    }

    /// Releases all locks.
    pub(crate) async fn release(&self) {
        let locks = std::mem::take(&mut *self.state.locks());
        for lock in locks.into_values() {
            lock.release().await;
        }
    }

    /// Releases the lock of an account. Returns whether it was held until now.
    pub(crate) async fn release_one(&self, account: &AccountId) -> bool {
        let lock = self.state.locks().remove(account);
        let Some(lock) = lock else { return true };
        let held = lock.is_held();
        lock.release().await;
        held
    }

    /// Whether a lock was lost.
    pub(crate) fn has_lost_lock(&self) -> bool {
        self.state.locks().values().any(|lock| !lock.is_held())
    }

    /// Adds the loss of a lock to the reasons to skip the remaining steps.
    pub(crate) fn interruption(
        &self,
        other: impl Progress + Send + 'static,
    ) -> impl Progress + Send + 'static {
        LockInterruption { shared: self.clone(), other }
    }
}

struct LockInterruption<P> {
    shared: Shared,
    other: P,
}

impl<P: Progress> Progress for LockInterruption<P> {
    fn begin(&self, steps: usize) {
        self.other.begin(steps);
    }

    fn is_cancelled(&self) -> bool {
        self.other.is_cancelled() || self.shared.has_lost_lock()
    }
}

/// The URL that is given, in the environment or in the profile.
fn url(name: &str, given: Option<&str>, profile: Option<&str>) -> Result<Option<RedisUrl>> {
    let variable = format!("CF_GROUPS_{}", name.to_uppercase());
    let set = std::env::var(&variable).ok().filter(|url| !url.is_empty());
    let Some(text) = given.or(set.as_deref()).or(profile) else { return Ok(None) };
    let url: RedisUrl =
        text.parse().map_err(|problem| CommandError::usage(format!("--{name}: {problem}")))?;
    if given.is_some() && url.has_password() {
        return Err(CommandError::usage(format!(
            "--{name} must not hold a password, because other users could see it; set {variable} \
             or add `{name}` to a profile"
        )));
    }
    Ok(Some(url))
}

fn host() -> String {
    let command = || String::from_utf8(Command::new("hostname").output().ok()?.stdout).ok();
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").ok();
    let name = name.or_else(|| std::env::var("COMPUTERNAME").ok()).or_else(command);
    name.map_or_else(|| "an unknown machine".to_owned(), |name| name.trim().to_owned())
}
