//! tame-oauth: a sorted list behind a lock, found by a hash of the scopes.

use std::sync::Arc;

use tame_oauth::gcp::MetadataServerProvider;
use tame_oauth::gcp::{TokenOrRequest, TokenProvider};

use crate::loopback;
use crate::row::{Failure, Issues, Row, check};
use crate::versions::named;

const SCOPES: &[&str] = &["scope"];

/// It does no input and output of its own: the answer is handed to it.
pub(crate) fn row() -> Result<Row, Failure> {
    let provider = Arc::new(MetadataServerProvider::new(None));
    let issues = Issues::default();
    let TokenOrRequest::Request { scope_hash, .. } = provider.get_token(SCOPES)? else {
        return Err("it has a token that nobody gave to it".into());
    };
    issues.count();
    provider.parse_token_response(scope_hash, http::Response::new(loopback::body()))?;
    match provider.get_token(SCOPES)? {
        TokenOrRequest::Token(token) => check(&token.access_token)?,
        TokenOrRequest::Request { .. } => return Err("it did not keep the token".into()),
    }
    let name = format!("{} get_token", named("tame-oauth"));
    Ok(Row::plain(name, &issues, move || provider.get_token(SCOPES)))
}
