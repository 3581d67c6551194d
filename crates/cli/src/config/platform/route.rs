//! `proxies`: which way the platform is reached.

use http::uri::Scheme;
use yzb::proto::Origin;

use super::super::problem::Problem;
use super::super::reader::{At, Fields, Reader};
use super::super::secret::{Secret, SecretKind};

/// Which way the platform is reached.
#[derive(Debug)]
pub(crate) enum Route {
    /// Through this proxy, with its password.
    Proxy(Secret),
    /// Through the proxy that the environment names, if it names one. So does the published task,
    /// whose HTTP library asks the environment where the file has no proxy.
    Environment,
    /// Through none.
    Direct,
}

const KEYS: [&str; 3] = ["http", "https", "from_environment"];

/// The proxy that the published task would take: the one of the origin's scheme.
pub(super) fn read(reader: &mut Reader, at: &At<'_>, origin: &Origin) -> Route {
    let Some(fields) = reader.map(at, &KEYS) else { return Route::Direct };
    let http = proxy(reader, &fields, "http");
    let https = proxy(reader, &fields, "https");
    let (used, other) =
        if origin.scheme() == &Scheme::HTTPS { (https, http) } else { (http, https) };
    let flag = fields.find("from_environment");
    let from_environment = flag.as_ref().and_then(|at| reader.flag(at));
    if let (Some(at), Some(true), Some(_)) =
        (&flag, from_environment, used.as_ref().or(other.as_ref()))
    {
        let what = "stands beside a proxy that is named, and which one is meant is not known";
        reader.wrong(at, what, "keep one of the two");
    }
    if let (None, Some(other)) = (&used, other) {
        let what = "is for the other scheme, so that the platform is reached without it";
        let remedy = "write the same under the scheme of the `oauth_api` URLs";
        reader.push(Problem::error(other.place, other.path, what, remedy).warning());
    }
    match used {
        Some(proxy) => Route::Proxy(proxy),
        None if from_environment.unwrap_or(true) => Route::Environment,
        None => Route::Direct,
    }
}

fn proxy(reader: &mut Reader, fields: &Fields<'_>, name: &str) -> Option<Secret> {
    let at = fields.find(name)?;
    let is_empty = !at.is_map() && reader.text(&at).is_some_and(str::is_empty);
    if is_empty { None } else { Secret::read(reader, &at, SecretKind::Proxy) }
}

impl Route {
    /// The secret that it needs.
    pub(crate) fn secret(&self) -> Option<&Secret> {
        match self {
            Self::Proxy(proxy) => Some(proxy),
            Self::Environment | Self::Direct => None,
        }
    }
}
