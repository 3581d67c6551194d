//! The floors: the same exchange over the same HTTP client, written by hand.

use std::time::Duration;

use bytes::Bytes;
use form_urlencoded::Serializer;
use http::header::{ACCEPT, CONTENT_TYPE, HeaderValue, USER_AGENT};
use http::{Method, Request, Uri};
use http_body_util::{BodyExt, Full, Limited};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use serde::Deserialize;

use crate::{APP_ID, SECRET};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
const TOTAL_TIMEOUT: Duration = Duration::from_secs(10);
const ANSWER_LIMIT: usize = 64 * 1024;
const AGENT: &str = "yzb/0.1.0";
const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";

#[derive(Deserialize)]
#[expect(dead_code, reason = "it is read, not looked at")]
pub(crate) struct Envelope {
    status: u16,
    message: String,
    data: Token,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "it is read, not looked at")]
struct Token {
    access_token: String,
    expires_in: u64,
}

fn form() -> String {
    Serializer::new(String::new())
        .append_pair("app_id", APP_ID)
        .append_pair("secret", SECRET)
        .append_pair("grant_type", "client_credential")
        .finish()
}

/// hyper-util's client, a pool, both deadlines and the limit; plain TCP, no proxy.
pub(crate) struct ByHyper {
    client: Client<HttpConnector, Full<Bytes>>,
    target: Uri,
}

impl ByHyper {
    pub(crate) fn new(url: &str) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        connector.set_connect_timeout(Some(CONNECT_TIMEOUT));
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(Duration::from_secs(20))
            .pool_max_idle_per_host(32)
            .http1_max_buf_size(64 * 1024)
            .build(connector);
        Self { client, target: url.parse().unwrap() }
    }

    /// Everything that the answer to a call needs.
    pub(crate) async fn token(&self) -> Envelope {
        let answer = self.exchange(form().into()).await;
        serde_json::from_slice(&answer).unwrap()
    }

    /// Bytes to bytes, with deadline and limit.
    pub(crate) async fn exchange(&self, form: Bytes) -> Bytes {
        let mut request = Request::new(Full::new(form));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.target.clone();
        request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(FORM));
        request.headers_mut().insert(ACCEPT, HeaderValue::from_static(JSON));
        request.headers_mut().insert(USER_AGENT, HeaderValue::from_static(AGENT));
        let exchange = async {
            let answer = self.client.request(request).await.unwrap();
            Limited::new(answer.into_body(), ANSWER_LIMIT).collect().await.unwrap().to_bytes()
        };
        tokio::time::timeout(TOTAL_TIMEOUT, exchange).await.unwrap()
    }
}

/// A reqwest client as one sets it up for an API: no redirects, no proxy, both deadlines. Its TLS
/// trusts nobody and is not used.
pub(crate) fn reqwest_client_builder() -> reqwest::ClientBuilder {
    let provider = rustls::crypto::ring::default_provider().into();
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .connect_timeout(CONNECT_TIMEOUT)
        .user_agent(AGENT)
}

/// No limit to the answer: reqwest has none.
pub(crate) async fn token_by_reqwest(client: &reqwest::Client, url: &str) -> Envelope {
    let request = client.post(url).timeout(TOTAL_TIMEOUT);
    let request = request.header(CONTENT_TYPE, FORM).header(ACCEPT, JSON).body(form());
    let answer = request.send().await.unwrap().bytes().await.unwrap();
    serde_json::from_slice(&answer).unwrap()
}

/// The same for ureq.
pub(crate) fn ureq_agent() -> ureq::Agent {
    let config = ureq::Agent::config_builder()
        .proxy(None)
        .max_redirects(0)
        .timeout_connect(Some(CONNECT_TIMEOUT))
        .timeout_global(Some(TOTAL_TIMEOUT))
        .user_agent(AGENT);
    config.build().new_agent()
}

pub(crate) fn token_by_ureq(agent: &ureq::Agent, url: &str) -> Envelope {
    let request = agent.post(url).header(CONTENT_TYPE, FORM).header(ACCEPT, JSON);
    let mut answer = request.send(form()).unwrap();
    let limited = answer.body_mut().with_config().limit(ANSWER_LIMIT as u64);
    serde_json::from_slice(&limited.read_to_vec().unwrap()).unwrap()
}
