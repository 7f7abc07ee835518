//! What the walk through a list makes of the number of pages.

use proptest::prelude::*;

use super::{PageInfo, Walk};

fn total_pages(pages: u64) -> PageInfo {
    PageInfo { total_pages: Some(pages), ..PageInfo::default() }
}

/// Walks through pages of these lengths, and gives how many it asked for.
fn asked(filtered: bool, lengths: &[u64], info: impl Fn(u64) -> PageInfo) -> u64 {
    let (mut walk, mut next) = (Walk::new(filtered), 0);
    loop {
        let page = u64::from(walk.pages()) + 1;
        assert!(page < 100, "the walk does not end");
        let length =
            usize::try_from(page - 1).ok().and_then(|index| lengths.get(index)).unwrap_or(&0);
        let ids: Vec<u64> = (next..next + length).collect();
        next += length;
        if !walk.goes_on(&info(page), ids.into_iter()).expect("the pages add up") {
            return page;
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_number_of_pages_tells_the_end(lengths in prop::collection::vec((0_u64..5, 1_u64..5), 1..6)) {
        // Every other page may be empty.
        let lengths: Vec<u64> = lengths.into_iter().flat_map(|(some, more)| [some, more]).collect();
        let pages = lengths.len() as u64;
        prop_assert_eq!(asked(false, &lengths, |_| total_pages(pages)), pages);
    }
}

#[test]
fn a_number_of_pages_that_is_less_than_came_says_nothing() {
    assert_eq!(asked(false, &[2, 2, 2], |_| total_pages(0)), 4);
    assert_eq!(asked(false, &[2, 2, 2], |page| total_pages(page - 1)), 4);
    assert_eq!(asked(false, &[], |_| total_pages(0)), 1);
}

#[test]
fn with_a_filter_the_number_of_pages_says_nothing() {
    assert_eq!(asked(true, &[2], |_| total_pages(9)), 2);
    let full = |_| PageInfo { per_page: Some(3), ..total_pages(9) };
    assert_eq!(asked(true, &[2], full), 1);
}

#[test]
fn the_number_of_results_counts_before_that_of_pages() {
    let info = |_| PageInfo { total_count: Some(3), ..total_pages(1) };
    assert_eq!(asked(false, &[2, 1], info), 2);
}

#[test]
fn a_page_number_of_zero_is_none() {
    assert_eq!(
        asked(false, &[1], |_| PageInfo {
            page: Some(0),
            total_count: Some(1),
            ..PageInfo::default()
        }),
        1
    );
}
