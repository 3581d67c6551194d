//! Signatures judged by the tickets that work at the moment.

use sha1::{Digest, Sha1};
use yzb_emulator::{Verdict, demo};

use crate::scene::Scene;

const NONCE: &str = "nonce-0001";
const TIME: u64 = 1_654_569_700;

/// As a page's server would: by hand.
fn sign(ticket: &str, page: &str) -> String {
    let text = format!("js_ticket={ticket}&nonce_str={NONCE}&timestamp={TIME}&url={page}");
    Sha1::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn judge(scene: &Scene, url: &str, signature: &str) -> Verdict {
    scene.platform.verify_signature(scene.now, demo::APP_ID, NONCE, TIME, url, signature)
}

#[test]
fn the_current_ticket_and_the_one_before_are_accepted() {
    let mut scene = Scene::new();
    let page = "https://shop.example/a/b";
    assert_eq!(judge(&scene, page, &sign("none yet", page)), Verdict::NoLiveTicket);
    let token = scene.server_token();
    let old = sign(&scene.ticket(&token), page);
    assert_eq!(judge(&scene, page, &old), Verdict::ByCurrentTicket);

    let new = sign(&scene.ticket(&token), page);
    assert_eq!(judge(&scene, page, &new), Verdict::ByCurrentTicket);
    assert_eq!(judge(&scene, page, &old), Verdict::ByReplacedTicket);
    scene.wait(600);
    assert_eq!(judge(&scene, page, &old), Verdict::Mismatch);
    assert_eq!(judge(&scene, page, &new), Verdict::ByCurrentTicket);
    scene.wait(6600);
    assert_eq!(judge(&scene, page, &new), Verdict::NoLiveTicket);
}

#[test]
fn the_url_is_what_the_browser_shows_and_every_signed_part_counts() {
    let mut scene = Scene::new();
    let token = scene.server_token();
    let signature = sign(&scene.ticket(&token), "https://shop.example/a/b");
    for url in [
        "https://shop.example/a/b",
        "https://shop.example/a/b/",
        "https://shop.example/a/b/?x=1&v=x#12",
        "https://shop.example/a/b#/route?x",
    ] {
        assert!(judge(&scene, url, &signature).is_accepted(), "{url}");
    }
    for url in ["https://shop.example/a", "http://shop.example/a/b", "https://shop.example/a/b//"] {
        assert_eq!(judge(&scene, url, &signature), Verdict::Mismatch, "{url}");
    }
    let url = "https://shop.example/a/b";
    let upper = signature.to_uppercase();
    assert_eq!(judge(&scene, url, &upper), Verdict::Mismatch);
    let ask = |app, nonce, time| {
        scene.platform.verify_signature(scene.now, app, nonce, time, url, &signature)
    };
    assert_eq!(ask(demo::APP_ID, NONCE, TIME), Verdict::ByCurrentTicket);
    assert_eq!(ask(demo::APP_ID, NONCE, TIME + 1), Verdict::Mismatch);
    assert_eq!(ask(demo::APP_ID, "nonce-0002", TIME), Verdict::Mismatch);
    assert_eq!(ask(demo::APP_ID, "n=1&x", TIME), Verdict::NonceNotAllowed);
    assert_eq!(ask(demo::EMPTY_APP_ID, NONCE, TIME), Verdict::NoLiveTicket);
    assert_eq!(ask("no such app", NONCE, TIME), Verdict::UnknownApp);
}
