//! Responses with bodies of the size and shape that the API gives, made once and kept.

use std::fmt::Write;
use std::sync::OnceLock;

use bytes::Bytes;

/// The account that everything happens in.
pub const ACCOUNT: &str = "eb78d65290b24279ba6f44721b3ea3c4";
/// How many user groups the account has.
pub const GROUPS: u64 = 20_000;
/// How many members each user group has.
pub const MEMBERS: u64 = 50_000;
/// The largest page of the API, which this crate requests, and the page for a request without a
/// size.
const LARGE_PAGE: u64 = 500;
const SMALL_PAGE: u64 = 100;

/// An id of the form that the API gives.
pub fn id(number: u64) -> String {
    format!("{number:032x}")
}

/// One user group, about as long as one that has a policy with names.
fn group(number: u64) -> String {
    let (group, policy) = (id(number), id(number + 1_000_000));
    format!(
        r#"{{"id":"{group}","name":"Team {number} of the platform","created_on":"2024-03-01T12:21:02.0000Z","modified_on":"2024-03-01T12:21:02.0000Z","policies":[{{"id":"{policy}","access":"allow","permission_groups":[{{"id":"c8fed203ed3043cba015a93ad1616f1f","name":"Load Balancer Administrator","meta":{{"label":"load_balancer_admin","scopes":"com.cloudflare.api.account"}}}},{{"id":"82e64a83756745bbbb1c9c2701bf816b","name":"Domain Name System Read","meta":{{"label":"dns_read","scopes":"com.cloudflare.api.account"}}}}],"resource_groups":[{{"id":"6d7f2f5f5b1d4a0e9081fdc98d432fd1","name":"com.cloudflare.api.account.{ACCOUNT}","meta":{{"editable":"false"}},"scope":{{"key":"com.cloudflare.api.account.{ACCOUNT}","objects":[{{"key":"com.cloudflare.api.account.zone.{group}"}}]}}}}]}}]}}"#
    )
}

fn member(number: u64) -> String {
    let member = id(number);
    format!(r#"{{"id":"{member}","email":"member.{number}@example.com","status":"accepted"}}"#)
}

fn response(result: &str, result_info: &str) -> Bytes {
    let body =
        format!(r#"{{"result":{result},"success":true,"errors":[],"messages":[]{result_info}}}"#);
    let mut response = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncf-ray: 8f2c1d0e9a7b6c5d-AMS\r\n\
         ratelimit: \"default\";r=1150;t=240\r\nratelimit-policy: \"default\";q=1200;w=300\r\n\
         content-length: {}\r\n\r\n",
        body.len()
    );
    response.push_str(&body);
    response.into()
}

/// The response with one group.
pub fn one() -> &'static Bytes {
    static ONE: OnceLock<Bytes> = OnceLock::new();
    ONE.get_or_init(|| response(&group(1), ""))
}

/// The name of the group of [`created`].
pub const CREATED: &str = "Team 1 of the platform";

/// The response to a creation, which shows what was sent: a name, and no policies.
pub fn created() -> &'static Bytes {
    static CREATED_GROUP: OnceLock<Bytes> = OnceLock::new();
    CREATED_GROUP.get_or_init(|| {
        let (id, time) = (id(1), "2024-03-01T12:21:02.0000Z");
        let group = format!(
            r#"{{"id":"{id}","name":"{CREATED}","created_on":"{time}","modified_on":"{time}","policies":[]}}"#
        );
        response(&group, "")
    })
}

/// A list, as the pages that it is served in.
struct Pages {
    total: u64,
    item: fn(u64) -> String,
    large: OnceLock<Vec<Bytes>>,
    small: OnceLock<Vec<Bytes>>,
}

static GROUP_PAGES: Pages = Pages::new(GROUPS, group);
static MEMBER_PAGES: Pages = Pages::new(MEMBERS, member);

/// The response with one page of the user groups.
pub fn groups_page(number: u64, per_page: Option<u64>) -> &'static Bytes {
    GROUP_PAGES.page(number, per_page)
}

/// The response with one page of the members.
pub fn members_page(number: u64, per_page: Option<u64>) -> &'static Bytes {
    MEMBER_PAGES.page(number, per_page)
}

impl Pages {
    const fn new(total: u64, item: fn(u64) -> String) -> Self {
        Self { total, item, large: OnceLock::new(), small: OnceLock::new() }
    }

    /// The last of the pages is empty and stands for all that are past the end.
    fn page(&self, number: u64, per_page: Option<u64>) -> &Bytes {
        let (pages, per_page) = match per_page {
            Some(LARGE_PAGE) => (&self.large, LARGE_PAGE),
            _ => (&self.small, SMALL_PAGE),
        };
        let pages = pages.get_or_init(|| self.all(per_page));
        let last = self.total / per_page + 1;
        &pages[number.clamp(1, last) as usize - 1]
    }

    fn all(&self, per_page: u64) -> Vec<Bytes> {
        let page = |number| self.make(number, per_page);
        (1..=self.total / per_page + 1).map(page).collect()
    }

    fn make(&self, number: u64, per_page: u64) -> Bytes {
        let first = (number - 1) * per_page;
        let items: Vec<_> = (first..self.total.min(first + per_page)).map(self.item).collect();
        let mut info = String::new();
        // Writing to a string does not fail.
        let _ = write!(
            info,
            r#","result_info":{{"count":{},"page":{number},"per_page":{per_page},"total_count":{},"total_pages":{}}}"#,
            items.len(),
            self.total,
            self.total / per_page,
        );
        response(&format!("[{}]", items.join(",")), &info)
    }
}
