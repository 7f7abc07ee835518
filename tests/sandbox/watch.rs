//! A proxy between client and sandbox that checks each exchange against the spec.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::{Arc, Mutex};

use crate::server::{Reply, Request, Server};
use crate::spec_check::{Contract, Exchange};

/// Runs until it is dropped.
pub(crate) struct Watch {
    contract: Contract,
    server: Server,
    exchanges: Arc<Mutex<Vec<Exchange>>>,
}

impl Watch {
    pub(crate) async fn over(contract: Contract, target: SocketAddr) -> Self {
        let exchanges = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&exchanges);
        let server = Server::start(move |request| {
            let (status, headers, response) = forward(target, request).unwrap();
            log.lock().unwrap().push(Exchange {
                method: request.method.clone(),
                path: request.path.clone(),
                query: request.query.clone(),
                request: request.body.clone(),
                status,
                response: response.clone(),
            });
            Reply::Response { status, headers, body: response }
        })
        .await;
        Self { contract, server, exchanges }
    }

    pub(crate) fn base_url(&self) -> String {
        self.server.base_url()
    }

    /// Returns the number of exchanges since the last time. Each of them keeps the contract.
    #[track_caller]
    pub(crate) fn assert_kept(&self) -> usize {
        let exchanges = std::mem::take(&mut *self.exchanges.lock().unwrap());
        let check = |exchange| self.contract.check(exchange).err();
        let problems: Vec<String> = exchanges.iter().filter_map(check).flatten().collect();
        assert!(problems.is_empty(), "the contract was broken:\n{}", problems.join("\n"));
        exchanges.len()
    }
}

/// The status, the headers and the body of the response of the server at this address.
type Forwarded = (u16, Vec<(String, String)>, Vec<u8>);

/// Sends the request to the sandbox, whose threads are its own.
fn forward(target: SocketAddr, request: &Request) -> std::io::Result<Forwarded> {
    let Request { method, path, query, headers, body } = request;
    let mut head = format!("{method} {path}?{query} HTTP/1.1\r\nconnection: close\r\n");
    // A compressed body could not be checked.
    for (name, value) in headers.iter().filter(|(name, _)| name != "accept-encoding") {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    let mut stream = TcpStream::connect(target)?;
    stream.write_all(&[head.as_bytes(), b"\r\n", body].concat())?;
    let mut response = Vec::new();
    stream.read_to_end(&mut response)?;

    let end = response.windows(4).position(|four| four == b"\r\n\r\n").expect("a head");
    let head = String::from_utf8_lossy(&response[..end]);
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok());
    let of_connection = ["connection", "content-length"];
    let headers = lines
        .filter_map(|line| line.split_once(": "))
        .filter(|(name, _)| !of_connection.contains(name))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    Ok((status.expect("a status"), headers, response[end + 4..].to_vec()))
}
