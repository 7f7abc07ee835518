//! The server is away.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use cloudflare_user_groups::RateLimiter;
use cloudflare_user_groups_redis::{Lock, SharedRateLimit};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tracing::field::{Field, Visit};
use tracing::subscriber::DefaultGuard;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

use crate::server::{DEADLINE, RedisServer};

const SECOND: Duration = Duration::from_secs(1);

/// The events of level info and above.
#[derive(Clone, Default)]
struct Events(Arc<Mutex<Vec<String>>>);

impl Events {
    fn listen(&self) -> DefaultGuard {
        tracing::subscriber::set_default(tracing_subscriber::registry().with(self.clone()))
    }

    fn taken(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

impl<S: tracing::Subscriber> Layer<S> for Events {
    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        struct Text(String);
        impl Visit for Text {
            fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
                self.0 += &format!(" {field}={value:?}");
            }
        }
        if *event.metadata().level() <= tracing::Level::INFO {
            let mut text = Text(event.metadata().level().to_string());
            event.record(&mut text);
            self.0.lock().unwrap().push(text.0);
        }
    }
}

#[tokio::test]
async fn outage_is_one_warning_and_its_end_one_event() {
    let Some(mut server) = RedisServer::warm(SECOND) else { return };
    let events = Events::default();
    let _listening = events.listen();
    let limit =
        SharedRateLimit::builder(server.url(), "token").quota(100, SECOND).share(0.5).build();
    let acquire = async || limit.acquire(DEADLINE).await.unwrap();
    drop(acquire().await);
    assert_eq!(events.taken(), [""; 0]);
    server.kill();
    for _ in 0..5 {
        drop(acquire().await);
    }
    let one = events.taken();
    assert!(matches!(one.as_slice(), [only] if only.starts_with("WARN")), "{one:?}");
    server.restart();
    let deadline = Instant::now() + DEADLINE;
    while events.taken().len() < 2 {
        assert!(Instant::now() < deadline, "the end of the outage is not noticed");
        drop(acquire().await);
    }
    let two = events.taken();
    assert!(two.len() == 2 && two[1].starts_with("INFO"), "{two:?}");
}

/// A response is waited for twice for two seconds: the connection could be what is broken.
#[tokio::test]
async fn server_that_does_not_respond_is_left_after_four_seconds() {
    let Some(server) = RedisServer::warm(SECOND) else { return };
    let events = Events::default();
    let _listening = events.listen();
    let limit = SharedRateLimit::builder(server.url(), "token").quota(100, SECOND).build();
    drop(limit.acquire(DEADLINE).await.unwrap());
    server.hang();
    let start = Instant::now();
    drop(limit.acquire(DEADLINE).await.unwrap());
    let noticed = start.elapsed();
    assert!(noticed < 6 * SECOND, "{noticed:?}");
    assert_eq!(events.taken().len(), 1);
}

#[tokio::test]
async fn share_of_the_quota_is_left_without_a_server() {
    let unused = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("redis://{}", unused.local_addr().unwrap()).parse().unwrap();
    drop(unused);
    let limit = SharedRateLimit::builder(url, "token").quota(40, 60 * SECOND).share(0.1).build();
    let mut sent = 0;
    while let Ok(permit) = limit.acquire(Duration::from_millis(1)).await {
        drop(permit);
        sent += 1;
    }
    assert!((3..=4).contains(&sent), "{sent}");
}

/// A server that repeats what it does not understand, as Redis does.
async fn echoing() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut bytes = [0; 4096];
                while let Ok(count @ 1..) = stream.read(&mut bytes).await {
                    let text = String::from_utf8_lossy(&bytes[..count]).replace(['\r', '\n'], " ");
                    let commands = text.matches('*').count().max(1);
                    let error =
                        format!("-ERR unknown command, with args beginning with: {text}\r\n");
                    if stream.write_all(error.repeat(commands).as_bytes()).await.is_err() {
                        break;
                    }
                }
            });
        }
    });
    address.to_string()
}

#[tokio::test]
async fn password_is_in_no_event_and_in_no_error() {
    let events = Events::default();
    let _listening = events.listen();
    let address = echoing().await;
    let url: cloudflare_user_groups_redis::RedisUrl =
        format!("redis://deploy:correct-horse@{address}").parse().unwrap();
    let limit = SharedRateLimit::builder(url.clone(), "token").build();
    drop(limit.acquire(SECOND).await.unwrap());
    let error = Lock::acquire(&url, "account", "test", SECOND, SECOND).await.unwrap_err();
    let shown = format!("{limit:?} {url:?} {url} {error} {error:?} {:?}", events.taken());
    assert!(shown.contains(&address) && shown.contains("WARN"), "{shown}");
    assert!(!shown.contains("horse") && !shown.contains("deploy"), "{shown}");
}
