//! The same calls written by hand, with reqwest and serde.

#![expect(dead_code, reason = "what is measured is that all fields are read")]

use std::collections::BTreeMap;
use std::net::SocketAddr;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::{Client, TOKEN};
use crate::{Result, responses};

#[derive(Deserialize)]
struct Envelope<T> {
    success: bool,
    result: T,
    result_info: Option<ResultInfo>,
}

#[derive(Deserialize)]
struct ResultInfo {
    total_pages: u64,
}

/// A user group with all its fields.
#[derive(Deserialize)]
pub struct Group {
    id: String,
    name: String,
    created_on: String,
    modified_on: String,
    policies: Vec<Policy>,
}

#[derive(Deserialize)]
struct Policy {
    id: String,
    access: Access,
    permission_groups: Vec<PermissionGroup>,
    resource_groups: Vec<ResourceGroup>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Access {
    Allow,
    Deny,
}

#[derive(Deserialize)]
struct PermissionGroup {
    id: String,
    name: Option<String>,
    meta: Option<BTreeMap<String, String>>,
}

#[derive(Deserialize)]
struct ResourceGroup {
    id: String,
    name: Option<String>,
    meta: Option<BTreeMap<String, String>>,
    scope: Scope,
}

#[derive(Deserialize)]
struct Scope {
    key: String,
    objects: Vec<Object>,
}

#[derive(Deserialize)]
struct Object {
    key: String,
}

/// A member with all its fields.
#[derive(Deserialize)]
pub struct Member {
    id: String,
    email: String,
    status: Status,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Status {
    Accepted,
    Pending,
}

#[derive(Serialize)]
struct NewGroup<'a> {
    name: &'a str,
}

/// Reqwest and serde.
pub struct Written {
    http: reqwest::Client,
    groups: String,
}

impl Written {
    async fn send<T: DeserializeOwned>(
        &self,
        request: reqwest::RequestBuilder,
    ) -> Result<Envelope<T>> {
        let response = request.bearer_auth(TOKEN).send().await?.error_for_status()?;
        let envelope: Envelope<T> = response.json().await?;
        if envelope.success { Ok(envelope) } else { Err("the API refused".into()) }
    }

    /// All pages, one after another, with what to do with each.
    async fn pages<T: DeserializeOwned>(
        &self,
        url: &str,
        mut take: impl FnMut(Vec<T>),
    ) -> Result<()> {
        for number in 1.. {
            let query = [("page", number), ("per_page", 500)];
            let response = self.send(self.http.get(url).query(&query)).await?;
            take(response.result);
            if response.result_info.is_none_or(|info| number >= info.total_pages) {
                break;
            }
        }
        Ok(())
    }
}

impl Client for Written {
    const NAME: &'static str = "reqwest + serde";

    fn new(address: SocketAddr) -> Result<Self> {
        // Built without a choice of its own, reqwest needs to be given one. Later calls change
        // nothing.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let groups =
            format!("http://{address}/client/v4/accounts/{}/iam/user_groups", responses::ACCOUNT);
        Ok(Self { http: reqwest::Client::builder().build()?, groups })
    }

    async fn get(&self, id: &str) -> Result<()> {
        let url = format!("{}/{id}", self.groups);
        self.send::<Group>(self.http.get(url)).await?;
        Ok(())
    }

    async fn create(&self, name: &str) -> Result<()> {
        self.send::<Group>(self.http.post(&self.groups).json(&NewGroup { name })).await?;
        Ok(())
    }

    async fn page(&self) -> Result<usize> {
        let request = self.http.get(&self.groups).query(&[("page", 1), ("per_page", 500)]);
        Ok(self.send::<Vec<Group>>(request).await?.result.len())
    }

    async fn list_groups(&self) -> Result<usize> {
        let mut all = Vec::new();
        self.pages(&self.groups, |page: Vec<Group>| all.extend(page)).await?;
        Ok(all.len())
    }

    async fn list_members(&self) -> Result<usize> {
        let mut count = 0;
        let url = format!("{}/{}/members", self.groups, responses::id(1));
        self.pages(&url, |page: Vec<Member>| count += page.len()).await?;
        Ok(count)
    }
}

/// Reads the body of a page of user groups from text, and counts them.
pub fn from_str(body: &str) -> Result<usize> {
    let envelope: Envelope<Vec<Group>> = serde_json::from_str(body)?;
    Ok(envelope.result.len())
}
