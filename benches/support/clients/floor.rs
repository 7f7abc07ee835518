//! The floor: bare hyper connections that throw away what they read.

use std::cell::RefCell;
use std::net::SocketAddr;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::{Request, header};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use super::{Client, TOKEN};
use crate::{Result, responses};

/// Bare hyper.
pub struct Floor {
    address: SocketAddr,
    idle: RefCell<Vec<SendRequest<Full<Bytes>>>>,
    groups: String,
}

impl Floor {
    async fn connect(&self) -> Result<SendRequest<Full<Bytes>>> {
        let stream = TcpStream::connect(self.address).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        Ok(sender)
    }

    /// Sends a request and gives the length of the response's body.
    async fn send(&self, method: &str, target: &str, body: Bytes) -> Result<usize> {
        let request = Request::builder()
            .method(method)
            .uri(target)
            .header(header::HOST, "127.0.0.1")
            .header(header::AUTHORIZATION, TOKEN)
            .body(Full::new(body))?;
        let idle = self.idle.borrow_mut().pop();
        let mut connection = match idle {
            Some(connection) => connection,
            None => self.connect().await?,
        };
        connection.ready().await?;
        let mut response = connection.send_request(request).await?.into_body();
        let mut length = 0;
        while let Some(frame) = response.frame().await {
            length += frame?.data_ref().map_or(0, Bytes::len);
        }
        self.idle.borrow_mut().push(connection);
        Ok(length)
    }

    /// All pages, one after another; how many there are is known here.
    async fn pages(&self, path: &str, total: u64) -> Result<usize> {
        for number in 1..=total / 500 {
            let target = format!("{path}?page={number}&per_page=500");
            self.send("GET", &target, Bytes::new()).await?;
        }
        Ok(total as usize)
    }
}

impl Client for Floor {
    const NAME: &'static str = "bare hyper";

    fn new(address: SocketAddr) -> Result<Self> {
        let groups = format!("/client/v4/accounts/{}/iam/user_groups", responses::ACCOUNT);
        Ok(Self { address, idle: RefCell::default(), groups })
    }

    async fn get(&self, id: &str) -> Result<()> {
        self.send("GET", &format!("{}/{id}", self.groups), Bytes::new()).await?;
        Ok(())
    }

    async fn create(&self, name: &str) -> Result<()> {
        self.send("POST", &self.groups, format!(r#"{{"name":"{name}"}}"#).into()).await?;
        Ok(())
    }

    async fn page(&self) -> Result<usize> {
        self.pages(&self.groups, 500).await
    }

    async fn list_groups(&self) -> Result<usize> {
        self.pages(&self.groups, responses::GROUPS).await
    }

    async fn list_members(&self) -> Result<usize> {
        let path = format!("{}/{}/members", self.groups, responses::id(1));
        self.pages(&path, responses::MEMBERS).await
    }
}
