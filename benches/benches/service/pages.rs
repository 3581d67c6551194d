//! How long a reader waits for a signed page, while nothing happens and while codes are issued.

use std::net::TcpStream;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use yzb_emulator::Call;

use crate::bare;
use crate::process::{Process, free_port, until};
use crate::scene::{Ground, Reader};

/// Enough for some seconds of renewals.
const APPS: usize = 5000;
/// For each of the two servers.
const READERS: usize = 4;
/// Each reader asks at this rhythm, whether or not the answer before was late: 1000 in a second of each.
const EVERY: Duration = Duration::from_millis(4);
/// How long it is asked while nothing happens.
const AT_REST: Duration = Duration::from_secs(10);

/// What pages took of the floor, and of the service.
struct Took {
    floor: Vec<Duration>,
    ours: Vec<Duration>,
}

pub(crate) fn measure() {
    println!(
        "\n# Pages: js-config over {READERS} kept connections, 1000 a second, and the floor alike"
    );
    println!("  {:<44} {:>9} {:>9} {:>9}  pages", "", "p50 µs", "p99 µs", "p99.9 µs");
    let plain = format!("127.0.0.1:{}", free_port());
    let mut command = Command::new(std::env::current_exe().unwrap());
    let _plain = Process::start(command.args([bare::NAME, &plain]));
    until(|| TcpStream::connect(&plain).is_ok());
    let ground = Ground::new(APPS);
    let service = ground.serve();
    // The first app is not the last that gets its codes.
    until(|| service.get("/v1/live").is_some() && Reader::on(&service.address).sign());
    let issued = ground.platform.calls(Call::JsTicket, None);
    let issuing = read(&plain, &service.address, || ground.until_fresh(&service));
    let resting = read(&plain, &service.address, || thread::sleep(AT_REST));
    tell("nothing happens", resting);
    tell(&format!("the codes of {} apps are issued", APPS - issued), issuing);
}

/// Reads from both for as long as this takes.
fn read(plain: &str, service: &str, lasting: impl FnOnce()) -> Took {
    let is_over = AtomicBool::new(false);
    let one = |address: &str| {
        let (mut reader, mut took) = (Reader::on(address), Vec::new());
        let mut due = Instant::now();
        while !is_over.load(Ordering::Relaxed) {
            due += EVERY;
            thread::sleep(due.saturating_duration_since(Instant::now()));
            assert!(reader.sign(), "a page was not signed");
            // From when it was due: what makes others wait counts for them too.
            took.push(due.elapsed());
        }
        took
    };
    thread::scope(|scope| {
        let one = &one;
        let begin = |address| {
            let begin = |_| scope.spawn(move || one(address));
            (0..READERS).map(begin).collect::<Vec<_>>()
        };
        let (floor, ours) = (begin(plain), begin(service));
        lasting();
        is_over.store(true, Ordering::Relaxed);
        let end = |readers: Vec<thread::ScopedJoinHandle<'_, Vec<Duration>>>| {
            readers.into_iter().flat_map(|reader| reader.join().unwrap()).collect()
        };
        Took { floor: end(floor), ours: end(ours) }
    })
}

fn tell(meanwhile: &str, took: Took) {
    println!("  while {meanwhile}");
    for (name, mut took) in [("floor: a constant by hyper", took.floor), ("js-config", took.ours)] {
        took.sort_unstable();
        let at = |part: f64| took[((took.len() - 1) as f64 * part) as usize].as_micros();
        let (half, most, last) = (at(0.5), at(0.99), at(0.999));
        println!("    {name:<42} {half:>9} {most:>9} {last:>9}  {}", took.len());
    }
}
