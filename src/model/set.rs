//! Lists that are sets: compared and hashed without order and repetition.

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};

/// Hashes the items; order and repetition make no difference.
pub(super) fn hash_set<T: Hash, H: Hasher>(items: &[T], state: &mut H) {
    let hash = |item: &T| {
        let mut hasher = DefaultHasher::new();
        item.hash(&mut hasher);
        hasher.finish()
    };
    items.iter().map(hash).collect::<BTreeSet<u64>>().hash(state);
}

/// Whether each item of one list has an equal in the other; order and repetition make no
/// difference.
pub(crate) fn same_set<A, B>(some: &[A], others: &[B], is_same: impl Fn(&A, &B) -> bool) -> bool {
    some.iter().all(|one| others.iter().any(|other| is_same(one, other)))
        && others.iter().all(|other| some.iter().any(|one| is_same(one, other)))
}
