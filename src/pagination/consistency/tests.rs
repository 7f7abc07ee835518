//! The consistency check on its own, without requests.

use proptest::prelude::*;

use super::{PageChecker, PageInfo};
use crate::error::Result;
use crate::model::Page;

fn total_pages(pages: u64) -> PageInfo {
    PageInfo { total_pages: Some(pages), ..PageInfo::default() }
}

fn total(total: u64) -> PageInfo {
    PageInfo { total_count: Some(total), per_page: Some(2), ..PageInfo::default() }
}

fn observe(checker: &mut PageChecker, ids: &[u64], info: PageInfo) -> Result<bool> {
    checker.observe(&mut Page { items: ids.to_vec(), info }, |id| Some(id))
}

/// Reads pages of these lengths, and returns how many were requested.
fn requested(filtered: bool, lengths: &[u64], info: impl Fn(u64) -> PageInfo) -> u64 {
    let (mut checker, mut next) = (PageChecker::new(filtered, Some(500)), 0);
    for page in 1..100 {
        let length =
            usize::try_from(page - 1).ok().and_then(|index| lengths.get(index)).unwrap_or(&0);
        let ids: Vec<u64> = (next..next + length).collect();
        next += length;
        let more = observe(&mut checker, &ids, info(page)).expect("the pages are consistent");
        assert_eq!(u64::from(checker.pages()), page);
        if !more {
            return page;
        }
    }
    panic!("the reading does not end");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn total_pages_ends_the_list(lengths in prop::collection::vec((0_u64..5, 1_u64..5), 1..6)) {
        // Every other page may be empty.
        let lengths: Vec<u64> = lengths.into_iter().flat_map(|(some, more)| [some, more]).collect();
        let pages = lengths.len() as u64;
        prop_assert_eq!(requested(false, &lengths, |_| total_pages(pages)), pages);
    }
}

#[test]
fn total_pages_below_the_pages_received_is_ignored() {
    assert_eq!(requested(false, &[2, 2, 2], |_| total_pages(0)), 4);
    assert_eq!(requested(false, &[2, 2, 2], |page| total_pages(page - 1)), 4);
    assert_eq!(requested(false, &[], |_| total_pages(0)), 1);
}

#[test]
fn total_pages_is_ignored_with_a_filter() {
    assert_eq!(requested(true, &[2], |_| total_pages(9)), 2);
    let full = |_| PageInfo { per_page: Some(3), ..total_pages(9) };
    assert_eq!(requested(true, &[2], full), 1);
}

#[test]
fn total_count_wins_over_total_pages() {
    let info = |_| PageInfo { total_count: Some(3), ..total_pages(1) };
    assert_eq!(requested(false, &[2, 1], info), 2);
}

#[test]
fn page_number_zero_is_no_page_number() {
    let info = PageInfo { page: Some(0), total_count: Some(1), ..PageInfo::default() };
    assert_eq!(requested(false, &[1], |_| info), 1);
}

#[test]
fn repeats_within_one_page_are_removed_and_the_page_counts_as_full() {
    let mut checker = PageChecker::new(true, Some(2));
    let mut page = Page { items: vec![1, 1], info: PageInfo { per_page: Some(2), ..total(9) } };
    assert!(checker.observe(&mut page, |id| Some(id)).expect("consistent"));
    assert_eq!(page.items, [1]);
    assert!(!observe(&mut checker, &[2], total(9)).expect("consistent"));
    assert!(!checker.has_unexplained_repeats());
}

#[test]
fn repeats_are_explained_by_a_total_that_the_items_reach() {
    let unexplained = |filtered, last: &[u64], info: PageInfo| {
        let mut checker = PageChecker::new(filtered, Some(2));
        assert!(observe(&mut checker, &[1, 2], info).expect("consistent"));
        let _ = observe(&mut checker, last, info);
        checker.has_unexplained_repeats()
    };
    let sizes = PageInfo { total_count: None, ..total(0) };
    assert!(!unexplained(false, &[2, 3], total(3)));
    assert!(unexplained(false, &[2, 3], total(4)));
    assert!(unexplained(true, &[2, 3], total(3)), "a total that ignores the filter");
    assert!(unexplained(false, &[2, 3], sizes), "no total");
    assert!(!unexplained(false, &[3], sizes), "no repeats");
    assert!(!unexplained(true, &[3], total(9)), "no repeats");
}

#[test]
fn page_that_comes_again_ends_a_list_of_which_nothing_is_reported() {
    let read = |requested, pages: &[(&[u64], PageInfo)]| {
        let mut checker = PageChecker::new(false, Some(requested));
        let (last, before) = pages.split_last().expect("a page");
        for (ids, info) in before {
            assert!(observe(&mut checker, ids, *info).expect("consistent"));
        }
        let more = observe(&mut checker, last.0, last.1).ok()?;
        Some(!more && !checker.has_unexplained_repeats())
    };
    let nothing = PageInfo::default();
    let ended = |requested, pages: &[&[u64]]| {
        read(requested, &pages.iter().map(|ids| (*ids, nothing)).collect::<Vec<_>>())
    };
    assert_eq!(ended(500, &[&[1, 2], &[1, 2]]), Some(true));
    assert_eq!(ended(500, &[&[1, 2], &[3, 4], &[3, 4]]), Some(true));
    assert_eq!(ended(500, &[&[1, 2], &[2, 3], &[2, 3]]), Some(false), "repeats before it count");
    assert_eq!(ended(500, &[&[1, 2], &[3, 4], &[1, 2]]), None, "not the page before");
    assert_eq!(ended(500, &[&[1, 2], &[2]]), None, "not the whole page before");
    assert_eq!(ended(2, &[&[1, 2], &[1, 2]]), None, "a full page may be cut off");
    assert_eq!(read(500, &[(&[1, 2], total_pages(9)), (&[1, 2], nothing)]), None, "announced");
    assert_eq!(read(500, &[(&[1, 2], nothing), (&[1, 2], total_pages(9))]), None, "announced");
}

#[test]
fn first_page_decides_by_what_is_reported_whether_another_is_needed() {
    let more = |requested, info| {
        let mut checker = PageChecker::new(false, requested);
        observe(&mut checker, &[1, 2], info).ok()
    };
    let size = PageInfo { per_page: Some(2), ..PageInfo::default() };
    assert_eq!(more(None, PageInfo::default()), Some(false), "the list comes whole");
    assert_eq!(more(Some(500), PageInfo::default()), Some(true));
    assert_eq!(more(None, size), Some(true));
    assert_eq!(more(None, PageInfo { per_page: Some(3), ..size }), Some(false));
    assert_eq!(more(None, PageInfo { page: Some(1), ..size }), Some(true));
    assert_eq!(more(None, PageInfo { page: Some(2), ..size }), None, "of another page");
    assert_eq!(more(None, total(1)), Some(true), "a total that is too low is not believed");
    assert_eq!(more(None, total(2)), Some(false));
}

#[test]
fn repeats_that_fill_the_total_are_an_error() {
    let mut checker = PageChecker::new(false, Some(2));
    assert!(observe(&mut checker, &[1, 2], total(4)).expect("consistent"));
    assert!(observe(&mut checker, &[2, 3], total(4)).is_err());
}

#[test]
fn pages_that_grow_while_the_list_is_read_are_an_error() {
    let second = |before, now| {
        let size = |size| PageInfo { per_page: Some(size), ..PageInfo::default() };
        let mut checker = PageChecker::new(false, Some(500));
        assert!(observe(&mut checker, &[1, 2, 3], size(before)).expect("consistent"));
        observe(&mut checker, &[4, 5, 6], size(now))
    };
    assert!(second(3, 3).expect("the size is the same"));
    assert!(second(3, 2).expect("nothing can be missing between them"));
    assert!(second(2, 3).is_err());
}

#[test]
fn last_page_is_known_from_the_total_and_the_size_of_a_page() {
    let last = |filtered, info| {
        let mut checker = PageChecker::new(filtered, Some(2));
        let _ = observe(&mut checker, &[1, 2], info);
        checker.last_page()
    };
    assert_eq!(last(false, total(4)), Some(2));
    assert_eq!(last(false, total(5)), Some(3));
    assert_eq!(last(true, total(5)), None);
    assert_eq!(last(false, PageInfo { per_page: Some(0), ..total(5) }), None);
    assert_eq!(last(false, PageInfo { per_page: None, ..total(5) }), None);
}

#[test]
fn items_without_an_id_are_compared_as_a_whole() {
    let mut checker = PageChecker::new(false, Some(2));
    for (more, items) in [(true, vec![1, 2]), (false, vec![3])] {
        let length = items.len();
        let mut page = Page { items, info: total(3) };
        assert_eq!(checker.observe(&mut page, |_: &u64| None::<&u64>).expect("consistent"), more);
        assert_eq!(page.items.len(), length);
    }
}

#[test]
fn repeated_page_ends_the_list_if_an_item_has_no_id() {
    let mut checker = PageChecker::new(false, Some(5));
    for more in [true, false] {
        let mut page = Page { items: vec![1, 2], info: PageInfo::default() };
        let observed = checker.observe(&mut page, |item| Some(item).filter(|item| **item == 1));
        assert_eq!(observed.expect("consistent"), more);
    }
}

/// Reads these pages and then empty ones, and returns the checker at the end.
fn read(pages: &[&[u64]], info: PageInfo) -> PageChecker {
    let mut checker = PageChecker::new(false, Some(2));
    for ids in pages.iter().chain([&&[][..]; 4]) {
        match observe(&mut checker, ids, info) {
            Ok(true) => {}
            Ok(false) | Err(_) => break,
        }
    }
    checker
}

#[test]
fn readings_confirm_a_total_that_is_too_high_only_if_all_announced_pages_came() {
    let confirmed = |pages: &[&[u64]], all| {
        let info = total(all);
        read(pages, info).confirms(&read(pages, info))
    };
    assert!(confirmed(&[&[1, 2], &[3]], 4));
    assert!(confirmed(&[&[1]], 2));
    assert!(!confirmed(&[&[1, 2]], 3), "page 2 is announced and never came");
    assert!(!confirmed(&[&[1, 2], &[3]], 5), "page 3 is announced and never came");
    assert!(!confirmed(&[], 1), "page 1 is announced and never came");
    assert!(!confirmed(&[&[1, 2], &[2, 3]], 4), "an item came twice");
    assert!(!confirmed(&[&[1, 2], &[3]], 3), "there is nothing to confirm");
}

#[test]
fn readings_confirm_repeats_without_a_total() {
    let sizes = PageInfo { total_count: None, ..total(0) };
    let repeats: &[&[u64]] = &[&[1, 2], &[2, 3]];
    assert!(read(repeats, sizes).confirms(&read(repeats, sizes)));
}

#[test]
fn readings_that_differ_confirm_nothing() {
    let first = read(&[&[1, 2], &[3]], total(4));
    assert!(!read(&[&[1, 2], &[4]], total(4)).confirms(&first));
    assert!(!read(&[&[1, 2], &[3], &[4]], total(5)).confirms(&first));
    assert!(!read(&[&[1, 2]], total(4)).confirms(&first));
}
