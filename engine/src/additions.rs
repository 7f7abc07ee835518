//! Adds members to a group, past those that the API refuses.

use cloudflare_user_groups::{Error, MemberId, Members};

/// If this number of members is refused and none was added, the others are not tried one by one:
/// the reason is the group.
const REFUSED_AT_MOST: usize = 3;

/// Additions to one group.
pub(crate) struct Additions {
    pub(crate) members: Members,
    /// Whether the group was created in this run. Then 404 is about the group.
    pub(crate) is_new: bool,
}

/// The members that were not added.
#[derive(Default)]
pub(crate) struct Refused {
    pub(crate) refused: Vec<(Vec<MemberId>, Error)>,
    pub(crate) not_tried: Vec<MemberId>,
}

impl Additions {
    /// Adds members with one request, or with more if the API refuses one of them: the request is
    /// split in halves until the refused members are found.
    pub(crate) async fn add(&self, members: Vec<MemberId>) -> Refused {
        let (mut left, mut result, mut added) = (vec![members], Refused::default(), false);
        while let Some(mut members) = left.pop() {
            if !added && result.refused.len() >= REFUSED_AT_MOST {
                result.not_tried.extend(members);
                continue;
            }
            match self.members.add(members.iter().cloned()).await {
                Ok(_) => added = true,
                Err(error) if members.len() > 1 && self.is_about_one(&error) => {
                    let second = members.split_off(members.len() / 2);
                    left.extend([second, members]);
                }
                Err(error) => result.refused.push((members, error)),
            }
        }
        result
    }

    /// Returns whether the error may be about one of the members.
    fn is_about_one(&self, error: &Error) -> bool {
        if error.outcome_unknown() {
            // The members may be in the group. What their requests return would hide that.
            return false;
        }
        match error.status().map(|status| status.as_u16()) {
            Some(400) => true,
            Some(404) => !self.is_new,
            _ => false,
        }
    }
}
