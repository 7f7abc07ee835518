//! The network between the client and the sandbox.

use std::io;
use std::ops::RangeInclusive;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use cloudflare_user_groups::RequestBody;
use fastrand::Rng;
use futures_util::stream;
use http::{Request, Response, StatusCode, header};
use http_body::Frame;
use http_body_util::{BodyExt, Full, StreamBody};
use tokio::sync::oneshot;
use tokio::time::sleep;

use crate::invariants::LimitWatch;
use crate::world::{Body, By, World};

tokio::task_local! {
    /// The operation of our program that sends.
    pub(crate) static OPERATION: u32;
}

/// What happens to a request.
#[derive(Clone, Copy, Debug)]
enum Fate {
    Delivered,
    NotConnected,
    LostBefore,
    LostAfter,
    /// The connection is lost, and the request is applied later.
    LostAndLate,
    /// A failure of the server, before or after it applied the request.
    Refused(u16),
    FailedAfter(u16),
    Throttled,
    /// There is no response, whether or not the request is applied.
    Silent {
        applied: bool,
    },
    /// The connection is lost in the middle of the response.
    Cut,
}

const TROUBLES: [Fate; 13] = [
    Fate::NotConnected,
    Fate::LostBefore,
    Fate::LostAfter,
    Fate::LostAndLate,
    Fate::Refused(500),
    Fate::Refused(503),
    Fate::Refused(530),
    Fate::FailedAfter(502),
    Fate::FailedAfter(504),
    Fate::Throttled,
    Fate::Silent { applied: false },
    Fate::Silent { applied: true },
    Fate::Cut,
];

/// How late a request can be applied after its connection was lost, in milliseconds.
const LATE: u64 = 2000;

#[derive(Clone)]
pub(crate) struct Network(Arc<Shared>);

struct Shared {
    world: Arc<World>,
    rng: Mutex<Rng>,
    /// How long a request and a response take, in milliseconds.
    latency: RangeInclusive<u64>,
    /// The failures that there are, and the probability of one.
    failures: Mutex<(Vec<Fate>, f64)>,
}

impl Network {
    pub(crate) fn new(world: &Arc<World>, mut rng: Rng) -> Self {
        let least = rng.u64(1..100);
        let latency = least..=least + [0, 10, 300, 1400][rng.usize(..4)];
        let failures = TROUBLES.into_iter().filter(|_| rng.bool()).collect();
        let often = [0.0, 0.05, 0.2, 0.4][rng.usize(..4)];
        let (world, rng) = (Arc::clone(world), Mutex::new(rng));
        Self(Arc::new(Shared { world, rng, latency, failures: Mutex::new((failures, often)) }))
    }

    /// From now on nothing is lost or refused.
    pub(crate) fn calm(&self) {
        self.0.failures.lock().unwrap().1 = 0.0;
    }

    /// How much sooner or later a request can arrive.
    pub(crate) fn jitter(&self) -> Duration {
        Duration::from_millis(self.0.latency.end() - self.0.latency.start())
    }

    fn draw(&self) -> (Fate, Duration, Duration) {
        let mut rng = self.0.rng.lock().unwrap();
        let mut time = || Duration::from_millis(rng.u64(self.0.latency.clone()));
        let (there, back) = (time(), time());
        let (failures, often) = &*self.0.failures.lock().unwrap();
        let fails = rng.f64() < *often && !failures.is_empty();
        let fate = if fails { failures[rng.usize(..failures.len())] } else { Fate::Delivered };
        (fate, there, back)
    }

    fn below(&self, limit: u64) -> u64 {
        self.0.rng.lock().unwrap().u64(..limit)
    }

    /// Sends a request of our program. It is on its way even if the program no longer waits for it.
    pub(crate) async fn send(
        self,
        watch: Arc<LimitWatch>,
        request: Request<RequestBody>,
    ) -> io::Result<Response<Body>> {
        let by = OPERATION.try_with(|it| *it).ok();
        let (fate, there, back) = self.draw();
        if matches!(fate, Fate::NotConnected) {
            sleep(there).await;
            return Err(io::ErrorKind::ConnectionRefused.into());
        }
        watch.sent(&self.0.world);
        self.0.world.note(|| {
            format!("{by:?} sends {} {}: {fate:?}", request.method(), request.uri().path())
        });
        let request = request.map(|body| Full::new(body.into_bytes()));
        let (sender, receiver) = oneshot::channel();
        tokio::spawn(async move {
            sleep(there).await;
            watch.arrived(&self.0.world);
            let response = self.carry_out(by, fate, request).await;
            sleep(back).await;
            if let Ok(response) = &response
                && !sender.is_closed()
            {
                watch.received(response.status(), response.headers());
            }
            sender.send(response).ok();
        });
        receiver.await.unwrap_or_else(|_| Err(lost()))
    }

    async fn carry_out(
        &self,
        by: By,
        fate: Fate,
        request: Request<Full<Bytes>>,
    ) -> io::Result<Response<Body>> {
        let world = Arc::clone(&self.0.world);
        let request = match fate {
            Fate::NotConnected | Fate::LostBefore => return Err(lost()),
            Fate::Refused(status) => return Ok(failure(status)),
            Fate::Throttled => return Ok(too_many_requests(self.below(10))),
            Fate::Silent { applied: false } => return std::future::pending().await,
            Fate::LostAndLate => {
                let late = Duration::from_millis(self.below(LATE));
                tokio::spawn(async move {
                    sleep(late).await;
                    world.apply(by, request).await;
                });
                return Err(lost());
            }
            _ => request,
        };
        let response = world.apply(by, request).await.ok_or_else(lost)?;
        match fate {
            Fate::LostAfter => Err(lost()),
            Fate::FailedAfter(status) => Ok(failure(status)),
            Fate::Silent { .. } => std::future::pending().await,
            Fate::Cut => {
                let (parts, body) = response.into_parts();
                let body = body.collect().await?.to_bytes();
                let half = Frame::data(body.slice(..body.len() / 2));
                let body = StreamBody::new(stream::iter([Ok(half), Err(lost())]));
                Ok(Response::from_parts(parts, BodyExt::boxed_unsync(body)))
            }
            _ => Ok(response),
        }
    }
}

fn lost() -> io::Error {
    io::ErrorKind::ConnectionReset.into()
}

fn failure(status: u16) -> Response<Body> {
    let page = Full::new(Bytes::from_static(b"<html>a failure of the edge</html>"));
    let mut response = Response::new(page.map_err(|never| match never {}).boxed_unsync());
    *response.status_mut() = StatusCode::from_u16(status).unwrap();
    response
}

fn too_many_requests(seconds: u64) -> Response<Body> {
    let mut response = failure(429);
    response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    response
}
