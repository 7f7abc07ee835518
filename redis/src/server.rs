//! The connection to the server, and the scripts that run there.

use std::fmt;
use std::sync::LazyLock;
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, RedisResult, Script, ToRedisArgs};

use crate::error::Unavailable;
use crate::url::RedisUrl;

/// A server that is slower than this is away.
const TIMEOUT: Duration = Duration::from_secs(2);

static LIMIT: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("limit.lua")));
static LOCK: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("lock.lua")));

/// A server, and an open connection to it.
#[derive(Clone)]
pub(crate) struct Connection {
    url: RedisUrl,
    connection: MultiplexedConnection,
    /// Distinguishes it from other connections.
    pub(crate) number: u64,
    /// The run of the server, which is another one after a restart.
    pub(crate) run: String,
    /// When the server was started, by its clock, in milliseconds.
    pub(crate) start: u64,
    /// For how long it had been running when the connection was opened.
    pub(crate) uptime: Duration,
}

impl Connection {
    pub(crate) async fn open(url: &RedisUrl) -> Result<Self, Unavailable> {
        let result = async {
            let config = AsyncConnectionConfig::new()
                .set_connection_timeout(Some(TIMEOUT))
                .set_response_timeout(Some(TIMEOUT));
            let client = url.client();
            let mut connection =
                client.get_multiplexed_async_connection_with_config(&config).await?;
            let (info, (seconds, micros)): (String, (u64, u64)) = redis::pipe()
                .cmd("INFO")
                .arg("server")
                .cmd("TIME")
                .query_async(&mut connection)
                .await?;
            let field =
                |name: &str| info.lines().find_map(|it| it.strip_prefix(name)?.strip_prefix(':'));
            // A server that hides it counts as one that was just started.
            let uptime = field("uptime_in_seconds").and_then(|it| it.trim().parse().ok());
            // Both moments that it is the difference of are rounded to seconds.
            let uptime = Duration::from_secs(uptime.unwrap_or(0_u64).saturating_sub(1));
            let run = field("run_id").unwrap_or_default().trim().to_owned();
            let now = seconds * 1000 + micros / 1000;
            let start = now.saturating_sub(u64::try_from(uptime.as_millis()).unwrap_or(u64::MAX));
            let number = fastrand::u64(..);
            Ok(Self { url: url.clone(), connection, number, run, start, uptime })
        };
        result.await.map_err(|error| url.unavailable(&error))
    }

    /// Runs the script of the limit.
    pub(crate) async fn limit(
        &mut self,
        keys: &[String],
        arguments: &[String],
    ) -> Result<Reply, Unavailable> {
        let reply = invoke(&LIMIT, &mut self.connection, keys, arguments).await;
        let reply: RedisResult<(String, u64, u64, Vec<u64>)> = reply;
        match reply {
            Ok((code, ms, ticket, used)) => {
                Ok(Reply { code, wait: Duration::from_millis(ms), ticket, used })
            }
            Err(error) => Err(self.url.unavailable(&error)),
        }
    }

    /// Runs the script of the lock.
    pub(crate) async fn lock(
        &mut self,
        key: &str,
        arguments: &[&str],
    ) -> Result<String, Unavailable> {
        let owner = invoke(&LOCK, &mut self.connection, &[key], arguments).await;
        owner.map_err(|error| self.url.unavailable(&error))
    }
}

async fn invoke<T: redis::FromRedisValue>(
    script: &Script,
    connection: &mut MultiplexedConnection,
    keys: &[impl ToRedisArgs],
    arguments: &[impl ToRedisArgs],
) -> RedisResult<T> {
    let mut invocation = script.prepare_invoke();
    keys.iter().for_each(|key| {
        invocation.key(key);
    });
    arguments.iter().for_each(|argument| {
        invocation.arg(argument);
    });
    invocation.invoke_async(connection).await
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Connection({})", self.url)
    }
}

/// The reply of the script of the limit.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) code: String,
    pub(crate) wait: Duration,
    pub(crate) ticket: u64,
    /// How many requests each window holds.
    pub(crate) used: Vec<u64>,
}
