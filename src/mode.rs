//! How requests are sent.

use std::fmt;

/// How the requests of a handle are sent: [`Async`], or `Blocking` of the module `blocking`.
pub trait Mode: Clone + fmt::Debug + Send + Sync + 'static {}

/// Requests are awaited, and lists can be read as streams.
#[derive(Clone, Copy, Debug)]
pub struct Async;

impl Mode for Async {}
