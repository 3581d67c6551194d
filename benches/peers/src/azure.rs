//! azure_identity: a map of lists of scopes behind an asynchronous lock.

use std::sync::Arc;

use azure_core::credentials::{Secret, TokenCredential};
use azure_core::http::headers::Headers;
use azure_core::http::{
    AsyncRawResponse, ClientOptions, HttpClient, Request, StatusCode, Transport,
};
use azure_identity::{ClientSecretCredential, ClientSecretCredentialOptions};
use tokio::runtime::Runtime;

use crate::loopback;
use crate::row::{Failure, Issues, Row, check};
use crate::versions::named;

const SCOPES: &[&str] = &["scope"];
const TENANT: &str = "00000000-0000-0000-0000-000000000000";

/// Its HTTP client is replaced by one that answers at once.
pub(crate) fn row(runtime: &Runtime) -> Result<Row, Failure> {
    let issues = Issues::default();
    let transport = Transport::new(Arc::new(Fixed(issues.clone())));
    let credential = ClientSecretCredential::new(
        TENANT,
        "a-client".to_owned(),
        Secret::new("a-secret"),
        Some(ClientSecretCredentialOptions {
            client_options: ClientOptions { transport: Some(transport), ..Default::default() },
        }),
    )?;
    check(runtime.block_on(credential.get_token(SCOPES, None))?.token.secret())?;
    let name = format!("{} get_token", named("azure_identity"));
    Ok(Row::awaited(name, &issues, runtime, async move || credential.get_token(SCOPES, None).await))
}

#[derive(Debug)]
struct Fixed(Issues);

#[async_trait::async_trait]
impl HttpClient for Fixed {
    async fn execute_request(&self, _: &Request) -> azure_core::Result<AsyncRawResponse> {
        self.0.count();
        Ok(AsyncRawResponse::from_bytes(StatusCode::Ok, Headers::default(), loopback::body()))
    }
}
