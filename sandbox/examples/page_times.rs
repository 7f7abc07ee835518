//! How long pages take with 10,000 groups and 100,000 memberships, seen from a client on the same
//! machine: `cargo run --release -p cloudflare-user-groups-sandbox --example page_times`.

#![allow(clippy::print_stdout)]

use std::error::Error;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use cloudflare_user_groups_sandbox::seed::{Access, PermissionGroup, Policy, ResourceGroup};
use cloudflare_user_groups_sandbox::{Account, AccountMember, Sandbox, Seed, UserGroup};

const GROUPS: usize = 10_000;
const MEMBERS: usize = 10_000;
/// One group is large; the others share the rest of the memberships.
const LARGE_GROUP: usize = 10_000;
const SMALL_GROUP: usize = 9;
const ROUNDS: usize = 2_000;

fn main() -> Result<(), Box<dyn Error>> {
    let seed = seed();
    let groups = &seed.accounts[0].user_groups;
    let memberships: usize = groups.iter().map(|group| group.members.len()).sum();
    println!("{} groups, {memberships} memberships", groups.len());
    let started = Instant::now();
    let sandbox = Sandbox::builder().seed(seed).start_blocking()?;
    println!("started in {:?}", started.elapsed());
    let large = sandbox.account().user_groups.swap_remove(0).id;

    println!("{:<44} {:>9} {:>9} {:>9} {:>8}", "page", "median", "p90", "p99", "bytes");
    let mut client = Client::new(&sandbox)?;
    for query in [
        "per_page=1",
        "",
        "per_page=500",
        "per_page=500&page=20",
        "page=100&direction=asc",
        "direction=desc",
        "name=group+05000",
        "fuzzyName=group+0500",
        "fuzzyName=nothing",
        "page=101",
    ] {
        client.measure(&format!("groups?{query}"), &format!("/iam/user_groups?{query}"))?;
    }
    client.measure("one group", &format!("/iam/user_groups/{large}"))?;
    for query in ["", "per_page=500", "per_page=500&page=20", "fuzzyEmail=member-0500"] {
        client.measure(
            &format!("members?{query}"),
            &format!("/iam/user_groups/{large}/members?{query}"),
        )?;
    }
    Ok(())
}

fn seed() -> Seed {
    let email = |number: usize| format!("member-{number:05}@example.com");
    let members = (0..MEMBERS)
        .map(|number| AccountMember { email: email(number), ..AccountMember::default() });
    let groups = (0..GROUPS).map(|number| {
        let size = if number == 0 { LARGE_GROUP } else { SMALL_GROUP };
        UserGroup {
            name: format!("group {number:05}"),
            policies: vec![Policy {
                id: String::new(),
                access: Access::Allow,
                permission_groups: vec!["DNS".to_owned()],
                resource_groups: vec!["Whole Account".to_owned()],
            }],
            members: (0..size).map(|it| email((number * 7 + it) % MEMBERS)).collect(),
            ..UserGroup::default()
        }
    });
    let account = Account {
        members: members.collect(),
        permission_groups: vec![PermissionGroup {
            name: "DNS".to_owned(),
            ..PermissionGroup::default()
        }],
        resource_groups: vec![ResourceGroup {
            name: "Whole Account".to_owned(),
            ..ResourceGroup::default()
        }],
        user_groups: groups.collect(),
        ..Account::default()
    };
    Seed { accounts: vec![account] }
}

/// A client that costs next to nothing, so that the sandbox is what is measured.
struct Client {
    stream: TcpStream,
    head: String,
    account: String,
    buffer: Vec<u8>,
}

impl Client {
    fn new(sandbox: &Sandbox) -> Result<Self, Box<dyn Error>> {
        let stream = TcpStream::connect(sandbox.address())?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            head: format!(
                "HTTP/1.1\r\nHost: sandbox\r\nAuthorization: Bearer {}\r\n\r\n",
                sandbox.token()
            ),
            account: format!("/client/v4/accounts/{}", sandbox.account_id()),
            buffer: vec![0; 1024 * 1024],
        })
    }

    fn measure(&mut self, label: &str, path: &str) -> Result<(), Box<dyn Error>> {
        let request = format!("GET {}{path} {}", self.account, self.head);
        let mut times = Vec::with_capacity(ROUNDS);
        let mut bytes = 0;
        for _ in 0..ROUNDS {
            let started = Instant::now();
            bytes = self.exchange(&request)?;
            times.push(started.elapsed());
        }
        times.sort();
        let at = |percent: usize| micros(times[(times.len() * percent / 100).min(times.len() - 1)]);
        println!("{label:<44} {:>9} {:>9} {:>9} {bytes:>8}", at(50), at(90), at(99));
        Ok(())
    }

    /// Sends a request and reads its answer to the end; answers with the length of the body.
    fn exchange(&mut self, request: &str) -> Result<usize, Box<dyn Error>> {
        self.stream.write_all(request.as_bytes())?;
        let mut filled = 0;
        loop {
            filled += self.stream.read(&mut self.buffer[filled..])?;
            let text = &self.buffer[..filled];
            let Some(end) = text.windows(4).position(|it| it == b"\r\n\r\n") else {
                continue;
            };
            let head = std::str::from_utf8(&text[..end])?;
            if !head.starts_with("HTTP/1.1 200") {
                return Err(head.to_owned().into());
            }
            let length = head.lines().find_map(|it| it.strip_prefix("content-length: "));
            let length: usize = length.ok_or("no length")?.parse()?;
            while filled < end + 4 + length {
                filled += self.stream.read(&mut self.buffer[filled..])?;
            }
            return Ok(length);
        }
    }
}

fn micros(time: Duration) -> String {
    format!("{} µs", time.as_micros())
}
