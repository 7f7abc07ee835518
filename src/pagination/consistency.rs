//! Consistency check of the pages of a list: whether another page is needed, and whether the pages
//! fit together.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hash};

use foldhash::quality::FixedState;

use crate::error::{Error, Kind, Result};
use crate::model::{Page, PageInfo};

/// How many empty pages in a row are requested while the totals announce more items.
const MAX_EMPTY_PAGES: u32 = 3;

/// Checks the pages of one reading of a list, in their order. Sends nothing itself.
#[derive(Debug, Default)]
pub(crate) struct PageChecker {
    /// Whether the list has a filter. The totals then count more than the list contains.
    filtered: bool,
    /// The size of a page that was requested. `None` if the server chooses it.
    requested: Option<u64>,
    /// How many pages were observed.
    pages: u64,
    pages_with_items: u64,
    empty_in_a_row: u32,
    /// How many items were received, repeats included.
    received: u64,
    /// How many of them were different.
    distinct: u64,
    /// How many items were on the page before.
    previous_length: u64,
    /// Fingerprints of the items that were received, with the page on which each came last.
    seen: HashMap<u64, u64, FixedState>,
    /// Whether a response reported anything about the list.
    informed: bool,
    /// The last size of a page, number of results and last page that were reported.
    per_page: Option<u64>,
    total: Option<u64>,
    last_page: Option<u64>,
    confirmable: bool,
}

/// The items of a page, compared with the pages before it.
struct Arrival {
    length: u64,
    /// How many of them came for the first time.
    new: u64,
    /// How many of them came on an earlier page, and how many of those on the page before.
    repeats: u64,
    repeats_of_previous: u64,
}

impl PageChecker {
    pub(crate) fn new(filtered: bool, requested: Option<u64>) -> Self {
        Self { filtered, requested, ..Self::default() }
    }

    /// The last page of the list, if the responses report it: the pages up to it can be requested
    /// without waiting for each other.
    pub(crate) fn last_page(&self) -> Option<u64> {
        self.last_page
    }

    /// How many pages were observed.
    pub(crate) fn pages(&self) -> u32 {
        u32::try_from(self.pages).unwrap_or(u32::MAX)
    }

    /// Whether items came on more than one page while no total confirms that the others came too.
    pub(crate) fn has_unexplained_repeats(&self) -> bool {
        self.received > self.distinct && (self.filtered || self.total != Some(self.distinct))
    }

    /// Whether two readings in a row returned the same items and the same total, and nothing but a
    /// second reading can show whether these are all: see [`MAX_READINGS`](super::MAX_READINGS).
    pub(crate) fn confirms(&self, before: &Self) -> bool {
        self.confirmable
            && before.confirmable
            && self.total == before.total
            && (self.received, self.distinct) == (before.received, before.distinct)
            && self.seen.len() == before.seen.len()
            && self.seen.keys().all(|item| before.seen.contains_key(item))
    }

    /// Removes from the next page the items that came before, and returns whether another page is
    /// needed. Items without an id are compared as a whole.
    pub(crate) fn observe<T: Hash, I: Hash + ?Sized>(
        &mut self,
        page: &mut Page<T>,
        id: impl Fn(&T) -> Option<&I>,
    ) -> Result<bool> {
        self.pages += 1;
        let number = self.pages;
        check_number(number, &page.info)?;
        self.check_unchanged(number, &page.info)?;
        let arrival = self.keep_new(&mut page.items, id);
        let info = &page.info;
        self.informed |= !info.is_absent();
        if arrival.length > 0 && arrival.new == 0 {
            return self.end_by_repeat(&arrival).map(|()| false);
        }
        self.per_page = info.per_page.or(self.per_page);
        self.total = info.total_count.or(self.total);
        self.last_page = self.reported_last_page();
        self.previous_length = arrival.length;
        if arrival.length > 0 {
            self.pages_with_items += 1;
            self.empty_in_a_row = 0;
        } else {
            self.empty_in_a_row += 1;
        }
        let more = self.is_more_after(number, arrival.length, info)?;
        self.confirmable = !more && self.has_unexplained_repeats();
        Ok(more)
    }

    /// A total that differs from the one before shows that the list changed between the responses.
    fn check_unchanged(&self, number: u64, info: &PageInfo) -> Result<()> {
        if let (Some(before), Some(now)) = (self.total, info.total_count)
            && now != before
        {
            return Err(inconsistent(format!(
                "the list changed while it was read: its total was {before} and is {now} on page {number}"
            )));
        }
        if let (Some(before), Some(now)) = (self.per_page, info.per_page)
            && now > before
        {
            return Err(inconsistent(format!(
                "page {number} of the list counts in pages of {now} items and the page before it in \
                 pages of {before}, so that items between them can be missing"
            )));
        }
        Ok(())
    }

    /// Removes what came before. A repeat within one page is not the sign of a change.
    fn keep_new<T: Hash, I: Hash + ?Sized>(
        &mut self,
        items: &mut Vec<T>,
        id: impl Fn(&T) -> Option<&I>,
    ) -> Arrival {
        let (number, length) = (self.pages, items.len() as u64);
        let (mut repeats, mut repeats_of_previous) = (0, 0);
        items.retain(|item| {
            let fingerprint = id(item).map_or_else(|| fingerprint(item), fingerprint);
            let before = self.seen.insert(fingerprint, number);
            repeats += u64::from(before.is_some_and(|page| page < number));
            repeats_of_previous += u64::from(before.is_some_and(|page| page + 1 == number));
            before.is_none()
        });
        let new = items.len() as u64;
        self.received += new + repeats;
        self.distinct += new;
        Arrival { length, new, repeats, repeats_of_previous }
    }

    /// A page without anything new. Servers that ignore `page` return everything with each page, or
    /// repeat the last one; this is the end of the list then, unless the page is full and can have
    /// been cut off.
    fn end_by_repeat(&mut self, arrival: &Arrival) -> Result<()> {
        let Arrival { length, repeats, repeats_of_previous, .. } = *arrival;
        let same = repeats_of_previous == length && length == self.previous_length;
        if !self.informed && same && self.requested != Some(length) {
            self.received -= repeats;
            return Ok(());
        }
        Err(inconsistent(format!(
            "page {} of the list contains only items of the pages before it, as if the server ignored \
             the page number",
            self.pages
        )))
    }

    fn reported_last_page(&self) -> Option<u64> {
        let total = self.total.filter(|_| !self.filtered)?;
        Some(total.div_ceil(self.per_page.filter(|size| *size > 0)?))
    }

    fn is_more_after(&mut self, number: u64, length: u64, info: &PageInfo) -> Result<bool> {
        match self.is_more_announced(number, info)? {
            Some(true) if self.empty_in_a_row >= MAX_EMPTY_PAGES => {
                self.confirmable = self.all_announced_pages_came();
                Err(inconsistent(format!(
                    "the list ended after {} items, and more are announced",
                    self.distinct
                )))
            }
            Some(more) => Ok(more),
            // Assumption: a list that is requested without pages comes whole if nothing is
            // reported.
            None if self.requested.is_none() && !self.informed => Ok(false),
            None => Ok(length > 0 && info.per_page.is_none_or(|size| length >= size)),
        }
    }

    /// Whether the totals announce more, if they report anything that can be true.
    fn is_more_announced(&self, number: u64, info: &PageInfo) -> Result<Option<bool>> {
        let (received, distinct) = (self.received, self.distinct);
        Ok(match (info.total_count, info.total_pages) {
            // A total that ignores the filter is never too low.
            (Some(total), _) if distinct >= total => (distinct == total).then_some(false),
            _ if self.filtered => None,
            (Some(total), _) if received >= total => {
                return Err(inconsistent(format!(
                    "{} items of the list came again and {} of {total} did not come: it changed while \
                     it was read, or has no order",
                    received - distinct,
                    total - distinct
                )));
            }
            (Some(_), _) => Some(true),
            (None, Some(pages)) if number > pages => None,
            (None, Some(pages)) => Some(number < pages),
            (None, None) => None,
        })
    }

    /// Whether each page that the total announces came with items and without repeats, so that
    /// nothing but the total itself announces more.
    fn all_announced_pages_came(&self) -> bool {
        self.received == self.distinct
            && self.reported_last_page().is_some_and(|last| self.pages_with_items >= last)
    }
}

/// A response with the number of another page shows a server that ignores `page`.
pub(super) fn check_number(number: u64, info: &PageInfo) -> Result<()> {
    match info.page {
        Some(returned) if returned != 0 && returned != number => {
            Err(Error::new(Kind::UnexpectedResponse(format!(
                "page {number} of the list was requested and page {returned} returned"
            ))))
        }
        _ => Ok(()),
    }
}

pub(super) fn inconsistent(problem: String) -> Error {
    Error::new(Kind::Inconsistent(format!(
        "{problem}; an incomplete list must not be taken for the whole"
    )))
}

/// Two different items of one list have the same fingerprint with a probability of about
/// 10<sup>-11</sup> for 10,000 of them.
fn fingerprint<I: Hash + ?Sized>(of: &I) -> u64 {
    FixedState::default().hash_one(of)
}

#[cfg(test)]
mod tests;
