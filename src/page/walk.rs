//! The walk through a list: whether another page is needed, and whether the pages add up.

use std::collections::HashSet;
use std::collections::hash_map::DefaultHasher;
use std::hash::{BuildHasherDefault, Hash, Hasher};

use super::PageInfo;
use crate::error::{Error, Kind, Result};

/// How many empty pages in a row are believed while more is announced.
const MOST_EMPTY_PAGES: u32 = 3;

/// Where the walk through a list stands. Knows no network: it is told of each page, and says whether
/// another is needed.
#[derive(Debug)]
pub(crate) struct Walk {
    /// The page to ask for next.
    next: u64,
    /// With a filter the totals of the answers count more than the list holds.
    filtered: bool,
    /// How many results came, those that came again included.
    gathered: u64,
    /// The results that came, each once.
    seen: HashSet<u64, BuildHasherDefault<Fingerprinted>>,
    empty_in_a_row: u32,
    /// What the last answer that told it said of the size of a page.
    size: Option<u64>,
    /// What the last answer said of how many results there are.
    total: Option<u64>,
    /// The last page of the list, as long as answers agree on it.
    last: Option<u64>,
}

impl Walk {
    pub(crate) fn new(filtered: bool) -> Self {
        Self {
            next: 1,
            filtered,
            gathered: 0,
            seen: HashSet::default(),
            empty_in_a_row: 0,
            size: None,
            total: None,
            last: None,
        }
    }

    /// The last page of the list, if answers say so and agree: then the pages before it can be asked
    /// for without waiting for one another.
    pub(crate) fn last(&self) -> Option<u64> {
        self.last
    }

    /// How many pages were asked for.
    pub(crate) fn pages(&self) -> u32 {
        u32::try_from(self.next - 1).unwrap_or(u32::MAX)
    }

    /// Takes note of the page that was asked for, and tells whether the list goes on.
    pub(crate) fn goes_on<I: Hash>(
        &mut self,
        info: &PageInfo,
        ids: impl ExactSizeIterator<Item = I>,
    ) -> Result<bool> {
        let (asked, length, known) = (self.next, ids.len() as u64, self.seen.len());
        self.next += 1;
        self.gathered += length;
        self.seen.extend(ids.map(fingerprint));
        if let Some(page) = info.page.filter(|page| *page != 0 && *page != asked) {
            return Err(inconsistent(format!(
                "page {asked} of the list was asked for, and page {page} was answered"
            )));
        }
        if length > 0 && self.seen.len() == known {
            return Err(inconsistent(format!(
                "page {asked} of the list repeats what came before, as if the page number were ignored"
            )));
        }
        if let (Some(before), Some(now)) = (self.size, info.per_page)
            && now > before
        {
            return Err(inconsistent(format!(
                "page {asked} of the list is counted in pages of {now} results, and not of {before} \
                 as before, so that some may lie between"
            )));
        }
        self.size = info.per_page.or(self.size);
        self.last = self.agreed_last(asked, info);
        self.total = info.total_count;
        self.empty_in_a_row = if length == 0 { self.empty_in_a_row + 1 } else { 0 };
        self.more_after(asked, length, info)
    }

    fn agreed_last(&self, asked: u64, info: &PageInfo) -> Option<u64> {
        let agreed = asked == 1 || self.total == info.total_count;
        let total = info.total_count.filter(|_| agreed && !self.filtered)?;
        Some(total.div_ceil(self.size.filter(|size| *size > 0)?))
    }

    fn more_after(&self, asked: u64, length: u64, info: &PageInfo) -> Result<bool> {
        match self.announced(asked, length, info)? {
            Some(true) if self.empty_in_a_row >= MOST_EMPTY_PAGES => Err(inconsistent(format!(
                "more of the list is announced than the {} results that came before it ended",
                self.gathered
            ))),
            Some(more) => Ok(more),
            None => {
                let short = info.per_page.is_some_and(|most| length < most);
                Ok(length > 0 && !short)
            }
        }
    }

    /// Whether the totals say that there is more, if they say anything that can be true.
    fn announced(&self, asked: u64, length: u64, info: &PageInfo) -> Result<Option<bool>> {
        let came = self.seen.len() as u64;
        let too_few = |total: u64| came < total && self.gathered >= total;
        Ok(match (info.total_count, info.total_pages) {
            // A total that a filter does not touch is never too low.
            (Some(total), _) if came == total => Some(false),
            (Some(total), _) if came > total => None,
            _ if self.filtered => None,
            (Some(total), _) if too_few(total) => {
                return Err(inconsistent(format!(
                    "{} results of the list came again and {} of {total} did not come: it was changed \
                     while it was read, or has no order",
                    self.gathered - came,
                    total - came
                )));
            }
            (Some(_), _) => Some(true),
            (None, Some(pages)) if asked > pages && length > 0 => None,
            (None, Some(pages)) => Some(asked < pages),
            (None, None) => None,
        })
    }
}

pub(crate) fn inconsistent(problem: String) -> Error {
    Error::new(Kind::Inconsistent(format!(
        "{problem}; nothing of it should be taken for the whole"
    )))
}

fn fingerprint(id: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    id.hash(&mut hasher);
    hasher.finish()
}

/// Takes a fingerprint for its own hash.
#[derive(Default)]
struct Fingerprinted(u64);

impl Hasher for Fingerprinted {
    fn write(&mut self, bytes: &[u8]) {
        self.0 = bytes.iter().fold(self.0, |all, byte| all << 8 | u64::from(*byte));
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
#[path = "../../tests/unit/walk.rs"]
mod tests;
