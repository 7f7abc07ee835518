//! Looks up account members by email address in the list that is sorted by address.
//!
//! An account of 5,000 members has 100 pages. A binary search reads 7 of them to find one address.

use std::collections::{BTreeMap, BTreeSet};

use cloudflare_user_groups::{Account, AccountMember, Result};

use crate::engine::Engine;
use crate::error::Error;

/// The largest page of the list.
const PAGE: u64 = 50;

/// The sorted list, as far as it was read.
struct SortedMembers<'a> {
    account: &'a Account,
    pages: BTreeMap<u64, Vec<(String, AccountMember)>>,
    total: u64,
}

/// Returns the members with these addresses, and others whom it read. `None` if that would not save
/// requests, an address is not found, or the list is not sorted or changes: then all must be read.
pub(crate) async fn find_members(
    account: &Account,
    emails: &BTreeSet<String>,
) -> Result<Option<Vec<AccountMember>>> {
    let mut list = SortedMembers { account, pages: BTreeMap::new(), total: 0 };
    let first = list.page(1).await?.is_some();
    // One page is the whole list.
    let search = list.last_page() > 1;
    if !first || (search && !list.saves_requests(emails.len())) {
        return Ok(None);
    }
    for email in emails.iter().filter(|_| search) {
        if list.find(email).await?.is_none() {
            return Ok(None);
        }
    }
    let members = list.pages.into_values().flatten().map(|(_, member)| member);
    Ok(Some(members.collect()))
}

impl Engine {
    /// Returns email addresses of account members that begin with this text. Reads a few pages of
    /// the list of members that is sorted by address, so some can be missing if there are many.
    ///
    /// # Errors
    ///
    /// If the account cannot be read.
    pub async fn addresses(&self, beginning: &str) -> std::result::Result<Vec<String>, Error> {
        let found = addresses(&self.account(), &beginning.to_lowercase()).await;
        found.map_err(Error::reading("the account members"))
    }
}

/// Returns addresses that begin with a text in lower case, as far as a few requests show them.
async fn addresses(account: &Account, beginning: &str) -> Result<Vec<String>> {
    let mut list = SortedMembers { account, pages: BTreeMap::new(), total: 0 };
    list.page(1).await?;
    let (mut low, mut high) = (1, list.last_page());
    while low < high {
        let middle = low.midpoint(high);
        match list.page(middle).await?.and_then(<[_]>::last) {
            Some((last, _)) if last.as_str() < beginning => low = middle + 1,
            _ => high = middle,
        }
    }
    for page in low..=list.last_page().min(low + 1) {
        list.page(page).await?;
    }
    let known = list.pages.into_values().flatten().map(|(email, _)| email);
    Ok(known.filter(|email| email.starts_with(beginning)).collect())
}

impl SortedMembers<'_> {
    fn last_page(&self) -> u64 {
        self.total.div_ceil(PAGE)
    }

    fn saves_requests(&self, addresses: usize) -> bool {
        let each = u64::from(self.last_page().checked_ilog2().unwrap_or_default()) + 1;
        each * (addresses as u64) < self.last_page()
    }

    /// Searches an address, and reads all who have it. `None` if there is none.
    async fn find(&mut self, email: &str) -> Result<Option<()>> {
        let (mut low, mut high) = (1, self.last_page());
        while low <= high {
            let middle = low.midpoint(high);
            let Some(page) = self.page(middle).await? else { return Ok(None) };
            let (Some((first, _)), Some((last, _))) = (page.first(), page.last()) else {
                return Ok(None);
            };
            let (first, last) = (first.as_str(), last.as_str());
            if email < first {
                high = middle - 1;
            } else if email > last {
                low = middle + 1;
            } else {
                let found = page.iter().any(|(it, _)| it == email);
                // Another member of the same address may be on the next page.
                let (before, after) = (email == first, email == last);
                if before && middle > 1 && self.page(middle - 1).await?.is_none() {
                    return Ok(None);
                }
                if after && middle < self.last_page() && self.page(middle + 1).await?.is_none() {
                    return Ok(None);
                }
                return Ok(found.then_some(()));
            }
        }
        Ok(None)
    }

    /// Returns a page. `None` if it is not sorted or not consistent with the pages before.
    async fn page(&mut self, number: u64) -> Result<Option<&[(String, AccountMember)]>> {
        if !self.pages.contains_key(&number) {
            let request = self.account.list_members().sort_by_email().per_page(50);
            let page = request.page(number).await?;
            let items: Option<Vec<_>> =
                page.items.into_iter().map(|member| Some((email(&member)?, member))).collect();
            let (Some(items), Some(total)) = (items, page.info.total_count) else {
                return Ok(None);
            };
            if self.pages.is_empty() {
                self.total = total;
            }
            let size = PAGE.min(self.total.saturating_sub((number - 1) * PAGE));
            if total != self.total || items.len() as u64 != size {
                return Ok(None);
            }
            self.pages.insert(number, items);
        }
        let sorted = self.pages.values().flatten().is_sorted_by_key(|(email, _)| email);
        Ok(self.pages.get(&number).map(Vec::as_slice).filter(|_| sorted))
    }
}

/// Returns the address as it is compared.
fn email(member: &AccountMember) -> Option<String> {
    let user = member.user.as_ref();
    let email = member.email.as_ref().or_else(|| user.and_then(|user| user.email.as_ref()));
    email.map(|email| email.to_lowercase())
}
