//! A `redis-server` of one test.

use std::io::Write;
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, Once, PoisonError, Weak};
use std::time::{Duration, Instant};

use cloudflare_user_groups_redis::RedisUrl;

/// Longer than anything here takes.
pub(crate) const DEADLINE: Duration = Duration::from_secs(60);

/// A server without persistence on a free port. It is killed when it is dropped.
pub(crate) struct RedisServer {
    port: u16,
    arguments: Vec<String>,
    directory: tempfile::TempDir,
    child: Child,
}

impl RedisServer {
    /// `None` if there is no `redis-server`, which is said once.
    pub(crate) fn start() -> Option<Self> {
        Self::start_with(&[])
    }

    /// One with further arguments.
    pub(crate) fn start_with(arguments: &[&str]) -> Option<Self> {
        let missing = Command::new("redis-server").arg("--version").stdout(Stdio::null()).status();
        if missing.is_err() {
            static SAID: Once = Once::new();
            // Not captured, unlike what the macros print.
            let say =
                || drop(writeln!(std::io::stderr(), "skipped: there is no redis-server on PATH"));
            SAID.call_once(say);
            return None;
        }
        let (port, directory) = (free_port(), tempfile::tempdir().unwrap());
        let arguments: Vec<String> = arguments.iter().map(|it| (*it).to_owned()).collect();
        let child = spawn(port, &arguments, &directory);
        let server = Self { port, arguments, directory, child };
        server.wait(Duration::ZERO);
        Some(server)
    }

    /// One that has been running for longer than this, so that it has forgotten nothing.
    pub(crate) fn warm(window: Duration) -> Option<Self> {
        let server = Self::start()?;
        server.wait(window);
        Some(server)
    }

    /// A warm one that tests share which neither kill it nor empty it: each uses names of its own.
    pub(crate) fn shared() -> Option<Arc<Self>> {
        static SHARED: Mutex<Weak<RedisServer>> = Mutex::new(Weak::new());
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(server) = shared.upgrade() {
            return Some(server);
        }
        let server = Arc::new(Self::warm(Duration::from_secs(2))?);
        *shared = Arc::downgrade(&server);
        Some(server)
    }

    pub(crate) fn url(&self) -> RedisUrl {
        self.text().parse().unwrap()
    }

    pub(crate) fn text(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    pub(crate) fn connection(&self) -> redis::Connection {
        redis::Client::open(self.text()).unwrap().get_connection().unwrap()
    }

    /// Kills the server, which forgets everything.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// From now on the server accepts connections and does not respond.
    pub(crate) fn hang(&self) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-STOP", &pid]).status().unwrap().success());
    }

    pub(crate) fn restart(&mut self) {
        self.child = spawn(self.port, &self.arguments, &self.directory);
        self.wait(Duration::ZERO);
    }

    /// Waits until the server has been running for this time.
    fn wait(&self, uptime: Duration) {
        let deadline = Instant::now() + DEADLINE;
        // Of both moments that the uptime is the difference of, the seconds alone are known.
        let least = if uptime.is_zero() { 0 } else { uptime.as_secs() + 1 };
        while self.uptime().is_none_or(|seconds| seconds < least) {
            assert!(Instant::now() < deadline, "the server does not start");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn uptime(&self) -> Option<u64> {
        let mut connection = redis::Client::open(self.text()).ok()?.get_connection().ok()?;
        let info: String = redis::cmd("INFO").arg("server").query(&mut connection).ok()?;
        info.lines().find_map(|line| line.strip_prefix("uptime_in_seconds:"))?.trim().parse().ok()
    }
}

pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn spawn(port: u16, arguments: &[String], directory: &tempfile::TempDir) -> Child {
    Command::new("redis-server")
        .args(["--port", &port.to_string(), "--bind", "127.0.0.1"])
        .args(["--save", "", "--appendonly", "no"])
        .args(arguments)
        .current_dir(directory.path())
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
