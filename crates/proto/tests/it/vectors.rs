//! The page URLs and signatures on which the published clients agree.

use serde_json::Value;
use yzb_proto::{JsTicket, Nonce, PageUrl, Signer, UnixSeconds};

fn cases(file: &str) -> Vec<Value> {
    let file: Value = serde_json::from_str(file).unwrap();
    file["cases"].as_array().unwrap().clone()
}

fn page_cases() -> Vec<Value> {
    cases(include_str!("../../fixtures/vectors/page_urls.json"))
}

/// Userinfo survives a browser's serialisation and is never signed: only a rewrite strips it.
fn has_user_info(url: &str) -> bool {
    let authority = url.split("//").nth(1).unwrap_or_default();
    authority.split(['/', '?', '#']).next().unwrap_or_default().contains('@')
}

#[test]
fn what_a_browser_reports_is_signed_by_a_scan() {
    let mut seen = 0;
    for case in page_cases().iter().filter(|case| case["location_href_form"] == true) {
        let url = case["url"].as_str().unwrap();
        let wanted = case["rule"].as_str().filter(|_| !has_user_info(url));
        let page = PageUrl::scan(url);
        assert_eq!(page.as_ref().ok().map(PageUrl::as_str), wanted, "{url:?}");
        seen += 1;
    }
    assert!(seen > 60, "{seen}");
}

#[test]
fn anything_else_is_refused_by_the_scan() {
    let mut seen = 0;
    for case in page_cases().iter().filter(|case| case["location_href_form"] == false) {
        let url = case["url"].as_str().unwrap();
        assert!(PageUrl::scan(url).is_err(), "{url:?}");
        seen += 1;
    }
    assert!(seen > 60, "{seen}");
}

#[cfg(feature = "url")]
#[test]
fn every_url_is_rewritten_by_the_rule_and_every_change_is_named() {
    for case in page_cases() {
        let url = case["url"].as_str().unwrap();
        let rewritten = PageUrl::rewrite(url).ok();
        let page = rewritten.as_ref().map(|rewritten| rewritten.page.as_str());
        assert_eq!(page, case["rule"].as_str(), "{url:?}");
        if let Some(rewritten) = &rewritten {
            let unusual = case["location_href_form"] == false || has_user_info(url);
            assert_eq!(!rewritten.lints.is_empty(), unusual, "{url:?} {:?}", rewritten.lints);
        }
    }
}

#[cfg(feature = "url")]
#[test]
fn where_the_clients_differ_there_is_a_lint() {
    let differing = |case: &&Value| case["all_clients_agree"] == false && case["rule"].is_string();
    for case in page_cases().iter().filter(differing) {
        let url = case["url"].as_str().unwrap();
        // One client takes `;` for the end of the path, against all others and against browsers.
        let known = url == "https://yuanzhibang.com/a;b";
        assert!(known || !PageUrl::rewrite(url).unwrap().lints.is_empty(), "{url:?}");
    }
}

#[test]
fn signatures_are_those_of_the_published_clients() {
    let cases = cases(include_str!("../../fixtures/vectors/signatures.json"));
    assert_eq!(cases.len(), 8);
    for case in cases {
        let text = |name: &str| case[name].as_str().unwrap();
        let signer = Signer::new(&JsTicket::new(text("js_ticket")).unwrap());
        let timestamp = UnixSeconds::new(case["timestamp"].as_u64().unwrap());
        // The vectors' URLs go into the signed string as they are, so they are cut here only if a
        // page would be.
        let url = text("url");
        let signature = signed(&signer, text("nonce"), timestamp, url);
        assert_eq!(signature, text("signature"), "{url}");
    }
}

fn signed(signer: &Signer, nonce: &str, timestamp: UnixSeconds, url: &str) -> String {
    let page = PageUrl::scan(url).unwrap();
    signer.sign(&Nonce::new(nonce).unwrap(), timestamp, &page).to_string()
}
