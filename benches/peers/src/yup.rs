//! yup-oauth2: a map behind an asynchronous mutex.

use tokio::runtime::Runtime;
use yup_oauth2::authenticator::ApplicationDefaultCredentialsTypes;
use yup_oauth2::{
    ApplicationDefaultCredentialsAuthenticator as Authenticator,
    ApplicationDefaultCredentialsFlowOpts as Options,
};

use crate::loopback;
use crate::row::{Failure, Issues, Row, check};
use crate::versions::named;

const SCOPES: &[&str] = &["scope"];

/// Of its flows the one to a metadata server is used, which needs no key; the cache is the same.
pub(crate) fn row(runtime: &Runtime) -> Result<Row, Failure> {
    let issues = Issues::default();
    let authenticator = runtime.block_on(async {
        let address = loopback::serve(issues.clone()).await?;
        let options = Options { metadata_url: Some(format!("http://{address}/token")) };
        match Authenticator::builder(options).await {
            ApplicationDefaultCredentialsTypes::InstanceMetadata(builder) => {
                Ok::<_, Failure>(builder.build().await?)
            }
            ApplicationDefaultCredentialsTypes::ServiceAccount(_) => {
                Err("GOOGLE_APPLICATION_CREDENTIALS is set: unset it".into())
            }
        }
    })?;
    let token = runtime.block_on(authenticator.token(SCOPES))?;
    check(token.token().unwrap_or_default())?;
    let name = format!("{} token", named("yup-oauth2"));
    Ok(Row::awaited(name, &issues, runtime, async move || authenticator.token(SCOPES).await))
}
