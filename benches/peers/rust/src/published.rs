//! The crate `cloudflare`. It has no user groups, but takes endpoints that its users describe.

use std::fmt;
use std::marker::PhantomData;
use std::net::SocketAddr;

use cloudflare::framework::Environment;
use cloudflare::framework::auth::Credentials;
use cloudflare::framework::client::ClientConfig;
use cloudflare::framework::client::async_api;
use cloudflare::framework::endpoint::spec::EndpointSpec;
use cloudflare::framework::endpoint::{Method, RequestBody};
use cloudflare::framework::response::{ApiResult, ApiSuccess};
use cloudflare_user_groups_benches::clients::{Client, Group, Member};
use cloudflare_user_groups_benches::{Result, responses};
use serde::de::DeserializeOwned;

/// Asks for pages of the largest size, or without a size, which is what comes of describing the
/// path alone.
pub(crate) struct Published<const LARGEST: bool>(async_api::Client);

struct Endpoint<T> {
    method: Method,
    path: String,
    query: Option<String>,
    body: Option<String>,
    result: PhantomData<fn() -> T>,
}

/// What such an endpoint gives.
#[derive(serde::Deserialize)]
#[serde(transparent)]
struct Read<T>(T);

impl<T: DeserializeOwned> ApiResult for Read<T> {}

/// The crate asks for it, and prints nothing.
impl<T> fmt::Debug for Read<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Read")
    }
}

impl<T: DeserializeOwned> EndpointSpec for Endpoint<T> {
    type JsonResponse = Read<T>;
    type ResponseType = ApiSuccess<Read<T>>;

    fn method(&self) -> Method {
        self.method.clone()
    }

    fn path(&self) -> String {
        self.path.clone()
    }

    fn query(&self) -> Option<String> {
        self.query.clone()
    }

    fn body(&self) -> Option<RequestBody<'_>> {
        self.body.clone().map(RequestBody::Json)
    }
}

impl<T: DeserializeOwned> Endpoint<T> {
    fn get(path: &str) -> Self {
        let path = format!("accounts/{}/iam/user_groups{path}", responses::ACCOUNT);
        Self { method: Method::GET, path, query: None, body: None, result: PhantomData }
    }
}

impl<const LARGEST: bool> Published<LARGEST> {
    async fn pages<T: DeserializeOwned>(
        &self,
        path: &str,
        mut take: impl FnMut(Vec<T>),
    ) -> Result<()> {
        for number in 1.. {
            let size = if LARGEST { "&per_page=500" } else { "" };
            let query = Some(format!("page={number}{size}"));
            let page = self.0.request(&Endpoint::<Vec<T>> { query, ..Endpoint::get(path) }).await?;
            let pages = page.result_info.as_ref().and_then(|info| info["total_pages"].as_u64());
            take(page.result.0);
            if pages.is_none_or(|pages| number >= pages) {
                break;
            }
        }
        Ok(())
    }
}

impl<const LARGEST: bool> Client for Published<LARGEST> {
    const NAME: &'static str = "crate cloudflare";

    fn new(address: SocketAddr) -> Result<Self> {
        let token = "v1_bench-token_0123456789".to_owned();
        let environment = Environment::Custom(format!("http://{address}/client/v4/"));
        let credentials = Credentials::UserAuthToken { token };
        Ok(Self(async_api::Client::new(credentials, ClientConfig::default(), environment)?))
    }

    async fn get(&self, id: &str) -> Result<()> {
        self.0.request(&Endpoint::<Group>::get(&format!("/{id}"))).await?;
        Ok(())
    }

    async fn create(&self, name: &str) -> Result<()> {
        let body = Some(format!(r#"{{"name":"{name}"}}"#));
        let endpoint = Endpoint::<Group> { method: Method::POST, body, ..Endpoint::get("") };
        self.0.request(&endpoint).await?;
        Ok(())
    }

    async fn page(&self) -> Result<usize> {
        let query = Some("page=1&per_page=500".to_owned());
        let endpoint = Endpoint::<Vec<Group>> { query, ..Endpoint::get("") };
        Ok(self.0.request(&endpoint).await?.result.0.len())
    }

    async fn list_groups(&self) -> Result<usize> {
        let mut all = Vec::new();
        self.pages("", |page: Vec<Group>| all.extend(page)).await?;
        Ok(all.len())
    }

    async fn list_members(&self) -> Result<usize> {
        let mut count = 0;
        let path = format!("/{}/members", responses::id(1));
        self.pages(&path, |page: Vec<Member>| count += page.len()).await?;
        Ok(count)
    }
}
