//! The control API without a socket.

use serde_json::Value;
use yzb_emulator::{ClockMode, DEFAULT_NOW, Emulator, World, control};

#[test]
fn it_is_there_in_process_too() {
    let emulator = Emulator::start(World::demo()).unwrap();
    let request = http::Request::get("/__control/state").header(control::HEADER, "1").body("");
    let response = emulator.call(&request.unwrap());
    assert_eq!(response.status(), 200);
    let state: Value = serde_json::from_slice(response.body()).unwrap();
    assert_eq!(state["now"], DEFAULT_NOW);
    emulator.step(-5);
    emulator.set_clock(ClockMode::Frozen);
    assert_eq!(emulator.now(), DEFAULT_NOW - 5);
    emulator.set_now(7);
    assert_eq!(emulator.now(), 7);
}
