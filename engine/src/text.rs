//! Text of messages.

/// Returns a count and its noun: `1 member`, `2 members`.
pub fn counted(count: usize, one: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {one}s") }
}
