//! This crate, without its rate limit.

use std::net::SocketAddr;

use cloudflare_user_groups::{AccountId, ClientBuilder, RateLimit, UserGroupId, UserGroups};
use futures_util::stream::TryStreamExt;

use super::{Client, TOKEN};
use crate::secure::Secure;
use crate::{Result, responses};

/// This crate.
pub struct Ours(UserGroups);

impl Ours {
    /// A client of a server that speaks TLS.
    pub fn secure(server: &Secure) -> Result<Self> {
        Self::of(builder(&server.origin).root_certificates(server.certificate.as_str()))
    }

    fn of(client: ClientBuilder) -> Result<Self> {
        let client = client.build()?;
        Ok(Self(client.account(AccountId::new(responses::ACCOUNT)?).user_groups()))
    }
}

fn builder(origin: &str) -> ClientBuilder {
    cloudflare_user_groups::Client::builder()
        .api_token(TOKEN)
        .base_url(format!("{origin}/client/v4"))
        .rate_limit(RateLimit::off())
}

impl Client for Ours {
    const NAME: &'static str = "ours";

    fn new(address: SocketAddr) -> Result<Self> {
        Self::of(builder(&format!("http://{address}")))
    }

    async fn get(&self, id: &str) -> Result<()> {
        self.0.get(UserGroupId::new(id)?).await?;
        Ok(())
    }

    async fn create(&self, name: &str) -> Result<()> {
        self.0.create(name).await?;
        Ok(())
    }

    async fn page(&self) -> Result<usize> {
        Ok(self.0.list().page(1).await?.items.len())
    }

    async fn list_groups(&self) -> Result<usize> {
        Ok(self.0.list().all().await?.len())
    }

    async fn list_members(&self) -> Result<usize> {
        let members = self.0.members(UserGroupId::new(responses::id(1))?).list().stream();
        Ok(members.try_fold(0, async |count, _| Ok(count + 1)).await?)
    }
}
