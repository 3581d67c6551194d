//! How long a reader waits for a signed page, while nothing happens and while codes are renewed.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use yzb_emulator::Call;

use crate::process::until;
use crate::scene::{Ground, Reader, Service};

/// Enough for some seconds of renewals.
const APPS: usize = 5000;
const READERS: usize = 8;
/// Each reader asks at this rhythm, whether or not the answer before was late: together 2000 in a second.
const EVERY: Duration = Duration::from_millis(4);

pub(crate) fn measure() {
    println!("\n# Pages: {READERS} kept connections, 2000 pages a second, js-config");
    println!("  {:<44} {:>9} {:>9} {:>9}  pages", "", "p50 µs", "p99 µs", "most µs");
    let ground = Ground::new(APPS);
    let service = ground.serve();
    // The first app is ready among the first.
    until(|| ground.platform.calls(Call::JsTicket, None) > 0);
    until(|| service.get("/v1/live").is_some() && Reader::of(&service).sign());
    let issued = ground.platform.calls(Call::JsTicket, None);
    let is_over = AtomicBool::new(false);
    let while_renewing = thread::scope(|scope| {
        let reading = scope.spawn(|| read(&service, &is_over));
        ground.until_fresh(&service);
        is_over.store(true, Ordering::Relaxed);
        reading.join().unwrap()
    });
    let is_over = AtomicBool::new(false);
    let at_rest = thread::scope(|scope| {
        let reading = scope.spawn(|| read(&service, &is_over));
        thread::sleep(Duration::from_secs(5));
        is_over.store(true, Ordering::Relaxed);
        reading.join().unwrap()
    });
    tell("nothing is renewed", at_rest);
    tell(&format!("the codes of {} apps are issued", APPS - issued), while_renewing);
}

/// How long each page took, from when it was due.
fn read(service: &Service, is_over: &AtomicBool) -> Vec<Duration> {
    let one = || {
        let (mut reader, mut took) = (Reader::of(service), Vec::new());
        let mut due = Instant::now();
        while !is_over.load(Ordering::Relaxed) {
            due += EVERY;
            thread::sleep(due.saturating_duration_since(Instant::now()));
            assert!(reader.sign(), "a page was not signed");
            took.push(due.elapsed());
        }
        took
    };
    thread::scope(|scope| {
        let readers: Vec<_> = (0..READERS).map(|_| scope.spawn(one)).collect();
        readers.into_iter().flat_map(|reader| reader.join().unwrap()).collect()
    })
}

fn tell(name: &str, mut took: Vec<Duration>) {
    took.sort_unstable();
    let at = |part: f64| took[((took.len() - 1) as f64 * part) as usize].as_micros();
    let (half, most, last) = (at(0.5), at(0.99), at(1.0));
    println!("  {name:<44} {half:>9} {most:>9} {last:>9}  {}", took.len());
}
