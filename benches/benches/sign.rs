//! Signing pages. The floor has nothing left to put together: it hashes the finished message and
//! writes the digits.
#![expect(clippy::unwrap_used, reason = "a benchmark whose input is refused should stop")]

use std::hint::black_box;
use std::process::ExitCode;

use sha1::{Digest, Sha1};
use url::Url;
use yzb_bench::Bench;
use yzb_proto::{AppId, JsTicket, Nonce, PageUrl, Signature, Signer, UnixSeconds};

const TICKET: &str = "36bd5645fbadaf5e3ef4a889f0ac26ee14fa7ab0578e8e0108519a4706f2ab4c";
const NONCE: &str = "9f86d081884c7d659a2feaa0c55ad015";
const TIME: u64 = 1_654_850_924;
const HREF: &str = "https://mini.yuanzhibang.com/apps/100027/orders/?from=list&page=2#item-7";
const UNUSUAL: &str = "https://Mini.Yuanzhibang.com:443/apps/./100027/orders/?from=list&page=2#7";

/// What is hashed: 190 bytes.
const MESSAGE: &str = "js_ticket=36bd5645fbadaf5e3ef4a889f0ac26ee14fa7ab0578e8e0108519a4706f2ab4c&nonce_str=9f86d081884c7d659a2feaa0c55ad015&timestamp=1654850924&url=https://mini.yuanzhibang.com/apps/100027/orders";

fn main() -> ExitCode {
    let mut bench = Bench::from_args("Signing");
    let ticket = JsTicket::new(TICKET).unwrap();
    let signer = Signer::new(&ticket);
    let app_id = AppId::new("100027").unwrap();
    assert_eq!(sign(&signer).as_str(), hash_by_hand(MESSAGE), "the rows do the same job");
    assert_eq!(ordinary(), hash_by_hand(MESSAGE), "the rows do the same job");

    let mut group = bench.group("a page whose URL is what a browser reports, 72 bytes");
    group.floor("floor: SHA-1 and digits of the finished message", || hex_of(black_box(MESSAGE)));
    group
        .row("PageUrl::scan, Nonce::new, Signer::sign", || sign(black_box(&signer)))
        .at_most(1.2)
        .allocates(0);
    group
        .row("the same with a new Signer", || sign(&Signer::new(black_box(&ticket))))
        .at_most(1.2)
        .allocates(0);
    group
        .row("the whole core.config payload", || {
            config(black_box(&signer), black_box(&app_id)).signature
        })
        .at_most(2.0)
        .allocates(0);
    group
        .row("the same, written as JSON", || {
            config(black_box(&signer), black_box(&app_id)).to_json()
        })
        .at_most(2.0)
        .allocates(1);
    group.row("the ordinary way: Url, format!, hex", ordinary);
    group.row("PageUrl::rewrite of an unusual URL", || {
        PageUrl::rewrite(black_box(UNUSUAL)).unwrap()
    });
    group.row("PageUrl::scan alone", || PageUrl::scan(black_box(HREF)).unwrap());
    group.run();

    bench.two_threads(
        "what two threads do in the time of one",
        ("floor: SHA-1 and digits, nothing shared", || hex_of(black_box(MESSAGE))),
        ("scan and sign with one Signer", || sign(black_box(&signer))),
        1.9,
    );
    bench.finish()
}

fn sign(signer: &Signer) -> Signature {
    let page = PageUrl::scan(black_box(HREF)).unwrap();
    let nonce = Nonce::new(black_box(NONCE)).unwrap();
    signer.sign(&nonce, UnixSeconds::new(black_box(TIME)), &page)
}

fn config<'a>(signer: &Signer, app_id: &'a AppId) -> yzb_proto::CoreConfig<'a> {
    let page = PageUrl::scan(black_box(HREF)).unwrap();
    let nonce = Nonce::new(black_box(NONCE)).unwrap();
    signer.core_config(app_id, nonce, UnixSeconds::new(black_box(TIME)), page).unwrap()
}

/// Forty digits on the stack.
fn hex_of(message: &str) -> [u8; 40] {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digest: [u8; 20] = Sha1::digest(message).into();
    let mut digits = [0; 40];
    for (pair, byte) in digits.chunks_exact_mut(2).zip(digest) {
        pair[0] = DIGITS[usize::from(byte >> 4)];
        pair[1] = DIGITS[usize::from(byte & 15)];
    }
    digits
}

fn hash_by_hand(message: &str) -> String {
    String::from_utf8(hex_of(message).to_vec()).unwrap()
}

/// What one writes first.
fn ordinary() -> String {
    let mut url = Url::parse(black_box(HREF)).unwrap();
    url.set_query(None);
    url.set_fragment(None);
    let page = url.as_str().strip_suffix('/').unwrap_or(url.as_str());
    let (ticket, nonce, time) = (black_box(TICKET), black_box(NONCE), black_box(TIME));
    let message = format!("js_ticket={ticket}&nonce_str={nonce}&timestamp={time}&url={page}");
    let digest: [u8; 20] = Sha1::digest(message).into();
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}
