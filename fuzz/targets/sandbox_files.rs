//! The files of the sandbox.

use cloudflare_user_groups_sandbox::fault::FaultPlan;
use cloudflare_user_groups_sandbox::{DEFAULT_ACCOUNT_ID, Seed};

/// The text of an error is there and short.
fn check(error: &dyn std::error::Error) {
    let text = error.to_string();
    assert!(!text.is_empty() && text.len() < 10_000, "{} bytes of error", text.len());
}

/// A seed: what is accepted is written as it was read, and accepted again.
pub fn seed_file(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let seed = match Seed::from_json(text) {
        Ok(seed) => seed,
        Err(error) => return check(&error),
    };
    let Ok(written) = serde_json::to_string(&seed) else { panic!("a seed cannot be written") };
    assert_eq!(Seed::from_json(&written).ok().as_ref(), Some(&seed));
    if let Err(error) = seed.check(DEFAULT_ACCOUNT_ID) {
        check(&error);
    }
}

/// A fault plan: what is accepted is written as it was read, and accepted again.
pub fn fault_file(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let plan = match FaultPlan::from_json(text) {
        Ok(plan) => plan,
        Err(error) => return check(&error),
    };
    let Ok(written) = serde_json::to_string(&plan) else { panic!("a plan cannot be written") };
    assert_eq!(FaultPlan::from_json(&written).ok().as_ref(), Some(&plan));
}
