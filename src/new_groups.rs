//! The groups that this client has just created.
//!
//! Observed (reported), O4: for a while after its creation the API responds to requests about the
//! members of a group with 404.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use foldhash::fast::RandomState;
use tokio::time::Instant;

use crate::id::UserGroupId;

#[derive(Debug)]
pub(crate) struct NewGroups {
    /// How long a group counts as new.
    period: Duration,
    /// When each of them no longer does.
    until: Mutex<HashMap<UserGroupId, Instant, RandomState>>,
}

impl NewGroups {
    pub(crate) fn new(period: Duration) -> Self {
        Self { period, until: Mutex::default() }
    }

    pub(crate) fn created(&self, group: &UserGroupId) {
        let now = Instant::now();
        // A period beyond all moments is a year.
        let until = now.checked_add(self.period).unwrap_or(now + YEAR);
        let mut all = self.all();
        all.retain(|_, until| *until > now);
        all.insert(group.clone(), until);
    }

    /// From now on a 404 is the response to every request about this group.
    pub(crate) fn deleted(&self, group: &UserGroupId) {
        self.all().remove(group);
    }

    /// When this group no longer counts as new, if it does now.
    pub(crate) fn new_until(&self, group: &UserGroupId) -> Option<Instant> {
        self.all().get(group).copied().filter(|until| *until > Instant::now())
    }

    fn all(&self) -> MutexGuard<'_, HashMap<UserGroupId, Instant, RandomState>> {
        self.until.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

const YEAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn group_is_new_for_the_period_and_then_forgotten() {
        let group = |digit: &str| UserGroupId::new(digit.repeat(32)).unwrap();
        let new = NewGroups::new(Duration::from_secs(60));
        new.created(&group("a"));
        tokio::time::sleep(Duration::from_millis(59_999)).await;
        assert!(new.new_until(&group("a")).is_some());
        assert!(new.new_until(&group("b")).is_none());
        tokio::time::sleep(Duration::from_millis(1)).await;
        assert!(new.new_until(&group("a")).is_none());
        new.created(&group("b"));
        assert_eq!(new.all().len(), 1);
    }
}
