//! Faults together, one after the other, by chance, and while others are on their way.

use std::io::{ErrorKind, Write};

use yzb_emulator::{Call, Fault, FaultKind, FaultPlan, Platform, World, demo};

use super::{ask_token, asked, body_of, rest, token_form, with};
use crate::raw::{connect, exchange, read};
use crate::scene::TOKEN;

#[test]
fn faults_go_together_and_are_replaced_while_it_runs() {
    let error = Fault::new(FaultKind::ServerError).http_status(503).acts(true);
    let plan = FaultPlan { seed: 0, faults: vec![error, Fault::new(FaultKind::Truncated)] };
    let emulator = with(plan);
    let (length, body, end) = body_of(&mut asked(&emulator));
    assert_eq!((body.len(), end), (length / 2, Ok(())));
    emulator.set_faults(FaultPlan::none());
    assert_eq!(ask_token(&emulator).status(), "2000");
}

#[test]
fn one_connection_carries_on_after_a_fault_that_does_not_concern_it() {
    let emulator = with(Fault::new(FaultKind::TooManyRequests).seconds(7).nth(2));
    let mut stream = connect(&emulator);
    let mut ask = || {
        let head = format!("POST {TOKEN} HTTP/1.1\nhost: x");
        exchange(&mut stream, &head, token_form().as_bytes())
    };
    assert_eq!(ask().http(), 200);
    let refused = ask();
    assert_eq!((refused.http(), refused.header("retry-after")), (429, Some("7")));
    assert_eq!(ask().http(), 200);
}

#[test]
fn what_was_answered_before_a_reset_still_arrives() {
    let emulator = with(Fault::new(FaultKind::ResetBefore).nth(2));
    let mut stream = connect(&emulator);
    let body = token_form();
    let length = body.len();
    let one = format!("POST {TOKEN} HTTP/1.1\r\nhost: x\r\ncontent-length: {length}\r\n\r\n{body}");
    stream.write_all(one.repeat(2).as_bytes()).unwrap();
    assert_eq!(read(&mut stream).status(), "2000");
    assert_eq!(rest(&mut stream), (Vec::new(), Err(ErrorKind::ConnectionReset)));
}

#[test]
fn a_random_plan_strikes_with_every_kind_and_repeats_by_its_seed() {
    let run = |seed| {
        let mut platform = Platform::new(World::demo());
        platform.set_faults(0, FaultPlan::random(seed, 0.2));
        let mut struck = Vec::new();
        for now in 0..300 {
            let request = http::Request::post(TOKEN).body(token_form()).unwrap();
            drop(platform.answer(now, &request));
            struck.push(platform.journal(now).next_back().unwrap().faults);
        }
        struck
    };
    let struck = run(7);
    assert_eq!(struck, run(7));
    assert_ne!(struck, run(8));
    for kind in FaultKind::ALL {
        assert!(struck.iter().flatten().any(|one| one == kind), "{kind}");
    }
}

#[test]
fn requests_in_flight_are_counted_until_their_answers_are_sent() {
    let emulator = with(Fault::new(FaultKind::Silence).on(Call::ServerToken).first(3));
    let silent: Vec<_> = (0..3).map(|_| asked(&emulator)).collect();
    // The answer to this one comes after the others were read.
    while emulator.requests(TOKEN) < 3 {
        std::thread::yield_now();
    }
    assert_eq!(ask_token(&emulator).status(), "2000");
    assert_eq!(emulator.most_in_flight(Call::ServerToken, demo::APP_ID), 4);
    assert_eq!(emulator.most_in_flight(Call::ServerToken, demo::EMPTY_APP_ID), 0);
    assert_eq!(emulator.most_in_flight(Call::JsTicket, demo::APP_ID), 0);
    assert_eq!(emulator.calls(Call::ServerToken, None), 4);
    drop(silent);
}

#[test]
fn a_large_answer_arrives_whole_before_the_reset_however_late_it_is_read() {
    let faults = [FaultKind::Oversized, FaultKind::ResetAfter].map(Fault::new);
    let emulator = with(FaultPlan::from_iter(faults));
    let mut stream = asked(&emulator);
    // The answer is on its way before the first byte of it is read.
    while emulator.requests(TOKEN) < 1 {
        std::thread::yield_now();
    }
    let (length, body, end) = body_of(&mut stream);
    assert!(body.len() == length && length > 32 * 1024, "{} of {length}", body.len());
    assert_eq!(end, Err(ErrorKind::ConnectionReset));
}
