//! What the benches have in common: responses, a server that gives them, and the clients compared.

pub mod clients;
pub mod responses;
pub mod rounds;
pub mod secure;
pub mod server;
pub mod wire;

/// What goes wrong ends the bench.
pub type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// The most memory that this process has used, in kB.
pub fn peak() -> Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    Ok(line.and_then(|line| line.split_whitespace().next()).ok_or("no VmHWM")?.parse()?)
}
