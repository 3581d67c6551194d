//! Something in the middle, that sees each message go by and can keep it.

use std::collections::VecDeque;
use std::io::Write as _;
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread::spawn;
use std::time::Duration;

use super::wire::{Reader, Wire, is_among};

/// An address in front of another one.
pub(super) struct Gate {
    pub(super) port: u16,
    shared: Arc<Shared>,
}

/// Which way a message goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    Question,
    Answer,
}

struct Shared {
    wire: Wire,
    target: AtomicU16,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// Names of the questions that came by, and of those that were answered.
    asked: Vec<String>,
    answered: Vec<String>,
    /// What to hold: its name, which way it goes, and how many of them to let by before.
    rule: Option<(String, Way, usize)>,
    is_held: bool,
    /// Given in answer to everything, in place of whoever is behind.
    reply: Option<&'static str>,
    /// Given so to the next question of this name.
    refusal: Option<(String, &'static str)>,
    is_rough: bool,
}

/// The longest that anything is waited for.
const PATIENCE: Duration = Duration::from_secs(60);

impl Gate {
    pub(super) fn to(target: u16, wire: Wire) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let target = AtomicU16::new(target);
        let (state, changed) = (Mutex::default(), Condvar::new());
        let shared = Arc::new(Shared { wire, target, state, changed });
        let accepting = Arc::clone(&shared);
        spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                join(client, &accepting);
            }
        });
        Self { port, shared }
    }

    /// Holds the next message of this name, and what comes behind it on its connection.
    pub(super) fn hold(&self, name: &str, way: Way) {
        self.hold_after(name, way, 0);
    }

    /// The same, after so many of them.
    pub(super) fn hold_after(&self, name: &str, way: Way, count: usize) {
        self.shared.lock().rule = Some((name.to_owned(), way, count));
    }

    /// Waits until it is held.
    pub(super) fn until_held(&self) {
        self.shared.until("something is held", |state| state.is_held);
    }

    /// Waits until it is held, but for no longer than this.
    pub(super) fn is_held_within(&self, long: Duration) -> bool {
        let (state, changed) = (self.shared.lock(), &self.shared.changed);
        let waited = changed.wait_timeout_while(state, long, |state| !state.is_held);
        waited.unwrap().0.is_held
    }

    /// Hands on what is held, whether or not its sender still lives.
    pub(super) fn let_go(&self) {
        self.shared.change(|state| state.is_held = false);
    }

    /// Waits until so many questions of this name came by.
    pub(super) fn until_asked(&self, name: &str, count: usize) {
        self.shared.until(name, |state| times(&state.asked, name) >= count);
    }

    /// Waits until so many were answered.
    pub(super) fn until_answered(&self, name: &str, count: usize) {
        self.shared.until(name, |state| times(&state.answered, name) >= count);
    }

    /// How many questions of this name came by.
    pub(super) fn asked(&self, name: &str) -> usize {
        times(&self.shared.lock().asked, name)
    }

    /// Answers everything with this from now on, or lets it through again.
    pub(super) fn reply(&self, text: Option<&'static str>) {
        self.shared.change(|state| state.reply = text);
    }

    /// Answers the next question of this name with this.
    pub(super) fn refuse(&self, name: &str, text: &'static str) {
        self.shared.change(|state| state.refusal = Some((name.to_owned(), text)));
    }

    /// Whether a question was refused.
    pub(super) fn until_refused(&self) {
        self.shared.until("a refusal", |state| state.refusal.is_none());
    }

    /// From now on messages take their time, and connections break with some of them.
    pub(super) fn be_rough(&self, is_rough: bool) {
        self.shared.change(|state| state.is_rough = is_rough);
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.lock());
        self.changed.notify_all();
    }

    fn until(&self, what: &str, is_so: impl Fn(&State) -> bool) {
        let waited = self.changed.wait_timeout_while(self.lock(), PATIENCE, |state| !is_so(state));
        let (state, timed_out) = waited.unwrap();
        assert!(!timed_out.timed_out(), "not seen: {what}; asked: {:?}", state.asked);
    }

    /// What is answered in place of whoever is behind.
    fn reply_to(&self, name: &str) -> Option<&'static str> {
        let mut state = self.lock();
        let refusal = state.refusal.take_if(|(refused, _)| is_among(name, refused));
        self.changed.notify_all();
        refusal.map(|(_, text)| text).or(state.reply)
    }

    /// Returns once this message may go on.
    fn pass(&self, name: &str, going: Way) {
        let mut state = self.lock();
        let Some((wanted, way, count)) = &mut state.rule else { return };
        if !is_among(name, wanted) || *way != going {
            return;
        }
        if *count > 0 {
            *count -= 1;
            return;
        }
        (state.rule, state.is_held) = (None, true);
        self.changed.notify_all();
        drop(self.changed.wait_while(state, |state| state.is_held).unwrap());
    }

    /// What becomes of the message with this number, where the way is rough: after how long it goes on,
    /// and whether the connection breaks before or behind it.
    fn roughness(&self) -> (Duration, bool, bool) {
        let state = self.lock();
        if !state.is_rough {
            return (Duration::ZERO, false, false);
        }
        let number = state.asked.len() as u64;
        (Duration::from_millis(number * 37 % 120), number % 10 == 4, number % 10 == 9)
    }

    /// Waits for so long, whatever happens.
    fn wait(&self, long: Duration) {
        if !long.is_zero() {
            drop(self.changed.wait_timeout_while(self.lock(), long, |_| true).unwrap());
        }
    }
}

fn times(names: &[String], name: &str) -> usize {
    names.iter().filter(|names| is_among(names, name)).count()
}

/// The names of questions of one connection that are not answered yet.
type Open = Arc<Mutex<VecDeque<String>>>;

/// Between a client and whoever is behind now; nobody, and it is closed.
fn join(client: TcpStream, shared: &Arc<Shared>) -> Option<()> {
    let server = TcpStream::connect(("127.0.0.1", shared.target.load(Ordering::SeqCst))).ok()?;
    let _ = (client.set_nodelay(true), server.set_nodelay(true));
    let (back_client, back_server) = (client.try_clone().ok()?, server.try_clone().ok()?);
    let open = Open::default();
    let (there, back) = (Arc::clone(shared), Arc::clone(shared));
    let answering = Arc::clone(&open);
    spawn(move || {
        let _ = ask(client, &server, &there, &open);
        // It has said all; what is behind sees that, and may still answer.
        let _ = server.shutdown(Shutdown::Write);
    });
    spawn(move || {
        let _ = answer(&back_client, back_server, &back, &answering);
        let _ = back_client.shutdown(Shutdown::Both);
    });
    Some(())
}

fn ask(
    client: TcpStream,
    mut server: &TcpStream,
    shared: &Shared,
    open: &Open,
) -> std::io::Result<()> {
    let mut back = client.try_clone()?;
    let mut reader = Reader::new(client);
    loop {
        let (bytes, name) = shared.wire.question(&mut reader)?;
        shared.change(|state| state.asked.push(name.clone()));
        shared.pass(&name, Way::Question);
        if let Some(reply) = shared.reply_to(&name) {
            back.write_all(reply.as_bytes())?;
            continue;
        }
        let (late, breaks_before, breaks_behind) = shared.roughness();
        shared.wait(late);
        if !breaks_before {
            open.lock().unwrap().push_back(name);
            server.write_all(&bytes)?;
        }
        if breaks_before || breaks_behind {
            return back.shutdown(Shutdown::Both);
        }
    }
}

fn answer(
    mut client: &TcpStream,
    server: TcpStream,
    shared: &Shared,
    open: &Open,
) -> std::io::Result<()> {
    let mut reader = Reader::new(server);
    loop {
        let bytes = shared.wire.answer(&mut reader)?;
        let name = open.lock().unwrap().pop_front().unwrap_or_default();
        // The server did nothing, and is asked again with the whole script.
        if !bytes.starts_with(b"-NOSCRIPT") {
            shared.pass(&name, Way::Answer);
            shared.change(|state| state.answered.push(name));
        }
        client.write_all(&bytes)?;
    }
}
