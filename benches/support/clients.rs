//! The clients that are compared, each as its user would write it.

mod floor;
mod ours;
mod written;

use std::future::Future;

use futures_util::stream::{self, StreamExt, TryStreamExt};

pub use self::floor::Floor;
pub use self::ours::Ours;
pub use self::written::{Group, Member, Written, from_str};
use crate::{Result, responses};

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

    /// Reads the first page of user groups, of the largest size.
    fn page(&self) -> impl Future<Output = Result<usize>>;

    /// Lists all user groups.
    fn list_groups(&self) -> impl Future<Output = Result<usize>>;

    /// Goes through all members of a user group.
    fn list_members(&self) -> impl Future<Output = Result<usize>>;
}

/// Does the work of this name `times` times: 64 at a time if it says so, otherwise one after
/// another.
pub async fn work(client: &impl Client, name: &str, times: u64) -> Result<()> {
    let id = &*responses::id(1);
    match name {
        "get" => {
            for _ in 0..times {
                client.get(id).await?;
            }
            Ok(())
        }
        "get 64" => {
            let calls = stream::iter(0..times).map(|_| client.get(id)).buffer_unordered(64);
            calls.try_collect().await
        }
        "create" => {
            for _ in 0..times {
                client.create(responses::CREATED).await?;
            }
            Ok(())
        }
        "page" => repeat(times, 500, || client.page()).await,
        "groups" => repeat(times, responses::GROUPS, || client.list_groups()).await,
        "members" => repeat(times, responses::MEMBERS, || client.list_members()).await,
        other => Err(format!("there is no work {other}").into()),
    }
}

/// Reads a list `times` times; all of it must be there.
async fn repeat<F: Future<Output = Result<usize>>>(
    times: u64,
    expected: u64,
    list: impl Fn() -> F,
) -> Result<()> {
    for _ in 0..times {
        let came = list().await?;
        if came as u64 != expected {
            return Err(format!("{came} of {expected} came").into());
        }
    }
    Ok(())
}
