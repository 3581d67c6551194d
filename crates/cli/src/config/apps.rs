//! `app_info`: the apps, and the pages that may be signed for each.

use std::collections::{HashMap, HashSet};

use yzb::proto::{AppId, PageUrl};

use super::reader::{At, Fields, Reader};
use super::secret::{Secret, SecretKind};

/// One app.
#[derive(Debug)]
pub(crate) struct App {
    pub(crate) id: AppId,
    pub(crate) secret: Secret,
    /// What people call it; the published task prints it.
    pub(crate) name: Option<String>,
    /// The origins, such as `https://www.example.com`, of which pages are signed over HTTP. None by
    /// default: whoever reaches the service must not get signatures for any page they like.
    pub(crate) page_origins: Vec<String>,
}

const KEYS: [&str; 4] = ["app_id", "app_secret", "app_name", "page_origins"];

/// The apps without those that had a problem.
pub(super) fn read(reader: &mut Reader, root: &Fields<'_>) -> Vec<App> {
    let remedy = "list your apps: `app_id` and `app_secret` of each";
    let Some(list) = reader.required(root, "app_info", remedy) else { return Vec::new() };
    let items = reader.list(&list);
    if items.is_empty() && !list.is_map() {
        reader.lacking(&list, "has no app in it", remedy);
    }
    let mut lines = HashMap::new();
    items.iter().filter_map(|item| app(reader, item, &mut lines)).collect()
}

fn app(reader: &mut Reader, at: &At<'_>, lines: &mut HashMap<AppId, usize>) -> Option<App> {
    let fields = reader.map(at, &KEYS)?;
    let console = "copy it from the app's page in the open platform's console";
    let id = reader.required(&fields, "app_id", console);
    let id = id.and_then(|at| app_id(reader, &at, lines));
    let secret = reader.required(&fields, "app_secret", console);
    let secret = secret.and_then(|at| Secret::read(reader, &at, SecretKind::App));
    let name = fields.find("app_name").and_then(|at| reader.text(&at).map(str::to_owned));
    let page_origins = fields.find("page_origins").map(|at| origins(reader, &at));
    Some(App { id: id?, secret: secret?, name, page_origins: page_origins.unwrap_or_default() })
}

fn app_id(reader: &mut Reader, at: &At<'_>, lines: &mut HashMap<AppId, usize>) -> Option<AppId> {
    let text = reader.text(at)?;
    if text == "your_app_id" {
        let what = "is still the placeholder of the published template";
        reader.warn(at, what, "replace it by your own");
    }
    match AppId::new(text) {
        Err(error) => {
            let what = format!("is no app id: {}", error.problem());
            reader.wrong(at, what, "copy it from the open platform's console");
            None
        }
        Ok(id) => match lines.insert(id.clone(), at.place().line) {
            None => Some(id),
            Some(first) => {
                let what = format!("is the id of the app in line {first} already");
                reader.wrong(at, what, "keep one of the two");
                None
            }
        },
    }
}

fn origins(reader: &mut Reader, at: &At<'_>) -> Vec<String> {
    let (mut origins, mut known) = (Vec::new(), HashSet::new());
    for item in reader.list(at) {
        let Some(text) = reader.text(&item) else { continue };
        match origin(text) {
            Ok(origin) if known.insert(origin.clone()) => origins.push(origin),
            Ok(_) => reader.warn(&item, "is listed already", "keep one of the two"),
            Err(what) => reader.wrong(&item, what, "write it like https://www.example.com"),
        }
    }
    origins
}

/// The origin as the signed page of a URL there begins.
fn origin(text: &str) -> Result<String, &'static str> {
    const FORM: &str = "is no origin of a web page: scheme and host, and the port if it is unusual";
    let rewritten = PageUrl::rewrite(text).map_err(|_| FORM)?;
    let origin = rewritten.page.as_str();
    let host = origin.split_once("://").map_or("", |(_, rest)| rest);
    if host.contains('/') || text.contains(['?', '#']) {
        return Err("has a path, a query or a fragment");
    }
    let as_written = text.strip_suffix('/').unwrap_or(text);
    if as_written != origin {
        return Err("is not written as a browser reports it: lower case, no user, no usual port");
    }
    Ok(origin.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_written_as_a_browser_reports_it() {
        for good in ["https://www.example.com", "https://www.example.com/", "http://127.0.0.1:8080"]
        {
            assert_eq!(origin(good).unwrap(), good.trim_end_matches('/'));
        }
        for (bad, why) in [
            ("www.example.com", "no origin"),
            ("ftp://www.example.com", "no origin"),
            ("*", "no origin"),
            ("https://*.example.com/a", "path"),
            ("https://www.example.com/a", "path"),
            ("https://www.example.com//", "path"),
            ("https://www.example.com?planted", "query"),
            ("https://WWW.example.com", "browser"),
            ("https://www.example.com:443", "browser"),
            ("https://u:planted@www.example.com", "browser"),
            ("https://猿之棒.com", "browser"),
        ] {
            let what = origin(bad).unwrap_err();
            assert!(what.contains(why), "{bad}: {what}");
        }
    }
}
