//! The way to the platform.

use yzb::{HyperTransport, Proxy, TransportError};

use crate::config::{Loaded, Route};
use crate::environment::Environment;

/// The transport, which repeats nothing yet.
///
/// # Errors
///
/// A proxy or an authority of the configuration or of the environment cannot be used.
pub(crate) fn http(
    loaded: &Loaded,
    environment: &Environment,
) -> Result<HyperTransport, TransportError> {
    let platform = &loaded.config.platform;
    let mut builder = HyperTransport::builder()
        .connect_timeout(platform.connect_timeout)
        .total_timeout(platform.total_timeout)
        .allow_plaintext(platform.allow_plaintext);
    if let Some(file) = &platform.ca_file {
        builder = builder.ca_file(loaded.folder.join(&file.file));
    }
    let builder = match &platform.route {
        Route::Direct => builder,
        Route::Environment => {
            builder.proxy_from_env(|name| environment.text(name).map(str::to_owned))
        }
        Route::Proxy(proxy) => builder.proxy(Proxy::parse(loaded.secret(proxy))?),
    };
    builder.build()
}

/// The host and port of the configuration's proxy, if it has one.
pub(crate) fn proxy_host(loaded: &Loaded) -> Option<String> {
    let Route::Proxy(proxy) = &loaded.config.platform.route else { return None };
    let shown = format!("{:?}", Proxy::parse(loaded.secret(proxy)).ok()?);
    let inner = shown.strip_prefix("Proxy(")?;
    let (authority, _) = inner.split_once(',')?;
    let has_port = authority.rsplit_once(':').is_some_and(|(_, port)| !port.ends_with(']'));
    Some(if has_port { authority.to_owned() } else { format!("{authority}:80") })
}
