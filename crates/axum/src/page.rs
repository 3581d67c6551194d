//! The status page: one file of HTML, without scripts, that refreshes itself.

mod html;
mod span;
mod style;
mod words;

use html::Html;
use span::span;
pub(crate) use words::Language;
use words::Words;

use crate::report::{AppReport, CodeReport, EventReport, FailureReport, Issued, StatusReport};
use crate::time::moment;

/// How often it refreshes itself, in seconds.
const REFRESH: u32 = 10;

/// The most apps on the page, those that are not ready first.
pub(crate) const MOST_APPS: usize = 200;

/// The most events of each app on the page.
const MOST_EVENTS: usize = 8;

/// How long a code lives as far as its bar shows, in seconds.
const WHOLE_LIFE: u64 = 7200;

/// The page. Whatever came from elsewhere is escaped; `nonce` is what the policy lets the style have.
pub(crate) fn render(report: &StatusReport, language: Language, nonce: &str) -> String {
    let words = language.words();
    let (all, missing) = (report.count, report.not_ready);
    let state = match (all, missing) {
        (0, _) => words.no_apps.to_owned(),
        (all, 0) => words.all_ready.replace("{all}", &all.to_string()),
        (all, missing) => words
            .some_missing
            .replace("{missing}", &missing.to_string())
            .replace("{all}", &all.to_string()),
    };
    let mut html = Html::default();
    html.raw("<!DOCTYPE html>\n<html lang=\"").raw(language.tag()).raw("\">\n<head>\n");
    html.raw("<meta charset=\"utf-8\">\n");
    html.raw("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    html.raw("<meta name=\"color-scheme\" content=\"light dark\">\n");
    html.raw("<meta http-equiv=\"refresh\" content=\"").raw(&REFRESH.to_string()).raw("\">\n");
    html.element("title", "", &format!("{state} · yzb")).raw("\n");
    html.raw("<style nonce=\"").text(nonce).raw("\">").raw(style::STYLE).raw("</style>\n");
    html.raw("</head>\n<body>\n<header>\n");
    html.element("h1", "", "yzb");
    html.element("p", if missing == 0 { "state good" } else { "state bad" }, &state);
    html.raw("<nav>");
    for other in Language::ALL {
        let current = if other == language { " aria-current=\"true\"" } else { "" };
        html.raw("<a href=\"?lang=").raw(other.name()).raw("\"").raw(current).raw(" lang=\"");
        html.raw(other.tag()).raw("\">").text(other.own_name()).raw("</a> ");
    }
    html.raw("</nav>\n</header>\n<main>\n");
    for report_of_app in &report.apps {
        app(&mut html, report_of_app, report.now, words);
    }
    let left_out = report.count.saturating_sub(report.apps.len() as u64);
    if left_out > 0 {
        html.element("p", "more", &words.more_apps.replace("{more}", &left_out.to_string()));
    }
    html.raw("</main>\n<footer><p>").text(words.as_of).raw(" ").text(&moment(report.now));
    html.raw(" · ").text(&words.refreshes.replace("{seconds}", &REFRESH.to_string()));
    html.raw("</p></footer>\n</body>\n</html>\n");
    html.into_string()
}

fn app(html: &mut Html, app: &AppReport, now: u64, words: &Words) {
    html.raw("<section class=\"app\">\n<h2>");
    if let Some(name) = &app.name {
        html.element("span", "name", name).raw(" ");
    }
    html.element("span", "id", &app.app_id).raw(" ");
    let (class, word) = if app.ready { ("good", words.ready) } else { ("bad", words.not_ready) };
    html.element("span", &format!("badge {class}"), word).raw("</h2>\n<div class=\"codes\">\n");
    code(html, words.server_token, &app.server_token, now, words);
    code(html, words.js_ticket, &app.js_ticket, now, words);
    html.raw("</div>\n");
    if !app.events.is_empty() {
        events(html, &app.events, words);
    }
    html.raw("</section>\n");
}

fn code(html: &mut Html, title: &str, code: &CodeReport, now: u64, words: &Words) {
    html.raw("<div class=\"code\">\n").element("h3", "", title);
    match (&code.fingerprint, code.left) {
        (Some(fingerprint), Some(left)) => {
            let value = left.min(WHOLE_LIFE).to_string();
            html.raw("<progress max=\"").raw(&WHOLE_LIFE.to_string()).raw("\" value=\"");
            html.raw(&value).raw("\" aria-label=\"").text(words.left).raw("\"></progress>\n<dl>");
            row(html, words.left, &span(left, words));
            row(html, words.fingerprint, fingerprint);
            let age = code.age.map_or_else(|| words.unknown.to_owned(), |age| span(age, words));
            row(html, words.age, &age);
            let issuer = match code.issued {
                Some(Issued::Here) => words.here,
                Some(Issued::Elsewhere) => words.elsewhere,
                None => words.unknown,
            };
            row(html, words.issued, issuer);
        }
        _ => {
            html.element("p", "missing", words.none_held).raw("\n<dl>");
        }
    }
    let next = match code.next_look_in {
        None => words.under_way.to_owned(),
        Some(0) => words.due_now.to_owned(),
        Some(seconds) => words.within.replace("{span}", &span(seconds, words)),
    };
    row(html, words.next_look, &next);
    html.raw("</dl>\n");
    if let Some(failure) = &code.last_error {
        last_error(html, failure, now, words);
    }
    html.raw("</div>\n");
}

fn row(html: &mut Html, name: &str, value: &str) {
    html.raw("<div>").element("dt", "", name).element("dd", "", value).raw("</div>");
}

fn last_error(html: &mut Html, failure: &FailureReport, now: u64, words: &Words) {
    let class = if failure.recovered { "error over" } else { "error" };
    html.raw("<div class=\"").raw(class).raw("\">");
    let ago = words.ago.replace("{span}", &span(now.saturating_sub(failure.at), words));
    let over = if failure.recovered { words.recovered } else { "" };
    html.element("p", "when", &format!("{} {ago}{over}", words.last_error));
    html.element("p", "", &failure.detail);
    let remedy = words.advice(&failure.retry).unwrap_or(&failure.remedy);
    html.element("p", "remedy", &format!("{} {remedy}", words.remedy)).raw("</div>\n");
}

fn events(html: &mut Html, events: &[EventReport], words: &Words) {
    html.raw("<h3>").text(words.events).raw("</h3>\n<ol class=\"events\">\n");
    for event in events.iter().take(MOST_EVENTS) {
        html.raw(if event.attention { "<li class=\"attention\">" } else { "<li>" });
        html.element("time", "", &moment(event.at)).raw(" ");
        html.element("span", "which", words.code(event.code)).raw(" ");
        html.element("b", "", words.event(&event.name).unwrap_or(&event.name)).raw(" ");
        html.element("span", "detail", &event.detail).raw("</li>\n");
    }
    html.raw("</ol>\n");
    if events.len() > MOST_EVENTS {
        html.element("p", "more", words.more_events);
    }
}
