//! `oauth_api` and `proxies`: where the platform is, and how it is reached.

mod route;

use std::time::Duration;

use yzb::proto::Origin;

use super::ca_file::CaFile;
use super::problem::Problem;
use super::reader::{At, Fields, Reader};

pub(crate) use route::Route;

/// The platform.
#[derive(Debug)]
pub(crate) struct Platform {
    pub(crate) origin: Origin,
    pub(crate) route: Route,
    /// Whether `http` is allowed to hosts that are not this machine.
    pub(crate) allow_plaintext: bool,
    /// The authorities to trust in place of the machine's.
    pub(crate) ca_file: Option<CaFile>,
    pub(crate) connect_timeout: Duration,
    pub(crate) total_timeout: Duration,
}

/// The keys of the published task, and the path that each URL must have.
const URLS: [(&str, &str); 4] = [
    ("get_server_access_token_url", "/OAuth2/token"),
    ("get_user_access_token_url", "/OAuth2/token"),
    ("get_js_ticket_url", "/OAuth2/ticket"),
    ("refresh_user_token_url", "/OAuth2/refreshtoken"),
];

const KEYS: [&str; 8] = [
    URLS[0].0,
    URLS[1].0,
    URLS[2].0,
    URLS[3].0,
    "allow_plaintext",
    "ca_file",
    "connect_timeout",
    "total_timeout",
];

pub(super) fn read(reader: &mut Reader, root: &Fields<'_>) -> Platform {
    let mut platform = Platform {
        origin: Origin::production(),
        route: Route::Environment,
        allow_plaintext: false,
        ca_file: None,
        connect_timeout: Duration::from_secs(3),
        total_timeout: Duration::from_secs(10),
    };
    if let Some(fields) = root.find("oauth_api").and_then(|at| reader.map(&at, &KEYS)) {
        let plaintext = fields.find("allow_plaintext").and_then(|at| reader.flag(&at));
        platform.allow_plaintext = plaintext.unwrap_or_default();
        platform.ca_file = CaFile::read(reader, &fields);
        timeouts(reader, &fields, &mut platform);
        if let Some(origin) = origin(reader, &fields, platform.allow_plaintext) {
            platform.origin = origin;
        }
    }
    if let Some(at) = root.find("proxies") {
        platform.route = route::read(reader, &at, &platform.origin);
    }
    platform
}

fn timeouts(reader: &mut Reader, fields: &Fields<'_>, platform: &mut Platform) {
    let longest = Duration::from_secs(300);
    for (name, limit) in [
        ("connect_timeout", &mut platform.connect_timeout),
        ("total_timeout", &mut platform.total_timeout),
    ] {
        let Some(at) = fields.find(name) else { continue };
        match reader.span(&at) {
            Some(span) if span.is_zero() || span > longest => {
                reader.wrong(&at, "is zero or longer than 5 minutes", "write it like `10s`");
            }
            Some(span) => *limit = span,
            None => {}
        }
    }
    if platform.connect_timeout > platform.total_timeout {
        let what = "`connect_timeout` is longer than `total_timeout`, so that it is never reached";
        let path = fields.path_of("connect_timeout");
        reader.push(Problem::error(fields.place(), path, what, "make it the shorter one"));
    }
}

/// The origin of all URLs that are there.
fn origin(reader: &mut Reader, fields: &Fields<'_>, allow_plaintext: bool) -> Option<Origin> {
    let mut known: Option<(Origin, usize)> = None;
    for (name, path) in URLS {
        let Some(at) = fields.find(name) else { continue };
        let Some(origin) = url(reader, &at, path, allow_plaintext) else { continue };
        match &known {
            Some((first, line)) if *first != origin => {
                let what = format!("is at another origin than the URL in line {line}");
                reader.wrong(&at, what, "all calls go to one scheme, host and port");
            }
            Some(_) => {}
            None => known = Some((origin, at.place().line)),
        }
    }
    known.map(|(origin, _)| origin)
}

fn url(
    reader: &mut Reader,
    at: &At<'_>,
    path: &'static str,
    allow_plaintext: bool,
) -> Option<Origin> {
    let text = reader.text(at)?;
    let Some(origin) = text.strip_suffix(path) else {
        let what = format!("does not end in `{path}`, where this call is");
        reader.wrong(at, what, format!("write https://oauth.yuanzhibang.com{path}"));
        return None;
    };
    let read = if allow_plaintext { Origin::allowing_plaintext(origin) } else { origin.parse() };
    match read {
        Ok(origin) => Some(origin),
        Err(error) => {
            let remedy = "for an emulator next door there is `allow_plaintext: true`";
            let remedy = if error == yzb::proto::InvalidOrigin::Plaintext { remedy } else { "" };
            reader.wrong(at, format!("is at no origin that can be called: {error}"), remedy);
            None
        }
    }
}
