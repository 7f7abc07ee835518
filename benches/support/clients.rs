//! The clients that are compared, each as its user would write it.

mod floor;
mod ours;
mod written;

use std::future::Future;

use futures_util::stream::{self, StreamExt, TryStreamExt};

pub use self::floor::Floor;
pub use self::ours::Ours;
pub use self::written::{Group, Written};
use crate::{Result, answers};

const TOKEN: &str = "v1_bench-token_0123456789";

/// A client under measurement. Each call gives what it takes to see that it did the work.
pub trait Client: Sized {
    /// What it is called in tables.
    const NAME: &'static str;

    /// A client of the server at this address.
    fn new(address: std::net::SocketAddr) -> Result<Self>;

    /// Reads one user group.
    fn get(&self, id: &str) -> impl Future<Output = Result<()>>;

    /// Creates a user group.
    fn create(&self, name: &str) -> impl Future<Output = Result<()>>;

    /// Reads one page with the given number of user groups.
    fn page(&self) -> impl Future<Output = Result<usize>>;

    /// Lists all user groups.
    fn list_groups(&self) -> impl Future<Output = Result<usize>>;

    /// Goes through all members of a user group.
    fn list_members(&self) -> impl Future<Output = Result<usize>>;
}

/// So many reads, one after another.
pub async fn get(client: &impl Client, times: u64) -> Result<()> {
    let id = answers::id(1);
    for _ in 0..times {
        client.get(&id).await?;
    }
    Ok(())
}

/// So many reads, 64 at a time.
pub async fn get_64(client: &impl Client, times: u64) -> Result<()> {
    let id = &*answers::id(1);
    let calls = stream::iter(0..times).map(|_| client.get(id)).buffer_unordered(64);
    calls.try_collect().await
}

/// So many groups, one after another.
pub async fn create(client: &impl Client, times: u64) -> Result<()> {
    for number in 0..times {
        client.create(&format!("Team {number} of the platform")).await?;
    }
    Ok(())
}

/// Lists the groups, and sees that all are there.
pub async fn list_groups(client: &impl Client) -> Result<()> {
    all_there(client.list_groups().await?, answers::GROUPS)
}

/// Goes through the members, and sees that all were there.
pub async fn list_members(client: &impl Client) -> Result<()> {
    all_there(client.list_members().await?, answers::MEMBERS)
}

fn all_there(came: usize, expected: u64) -> Result<()> {
    if came as u64 == expected { Ok(()) } else { Err(format!("{came} of {expected} came").into()) }
}
