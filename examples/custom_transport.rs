//! Puts layers of `tower` between the client and the network: one adds a header for a gateway, one
//! prints each attempt.
//!
//! `cargo run --example custom_transport`

#![allow(clippy::print_stdout, reason = "an example prints what it does")]

mod support;

use std::error::Error;

use cloudflare_user_groups::{AccountId, Client, RequestBody};
use http::{HeaderValue, Request};
use tower::ServiceBuilder;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let sandbox = support::sandbox().await?;
    let client = Client::builder()
        .api_token(sandbox.token())
        .base_url(sandbox.base_url())
        .http_service(|http| {
            ServiceBuilder::new()
                .map_request(|mut request: Request<RequestBody>| {
                    let team = HeaderValue::from_static("access");
                    request.headers_mut().insert("x-team", team);
                    println!("{} {}", request.method(), request.uri().path());
                    request
                })
                .map_response(|response: http::Response<_>| {
                    println!("  {}", response.status());
                    response
                })
                .service(http)
        })
        .build()?;

    let groups = client.account(AccountId::new(sandbox.account_id())?).user_groups();
    let group = groups.create("On call").await?;
    println!("{} groups", groups.list().all().await?.len());
    groups.delete(&group.id).await?;
    Ok(())
}
