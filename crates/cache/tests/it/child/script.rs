//! What a child does: ask its cache for a code, and stop where it is told.

use std::fmt;
use std::fs::File;
use std::future::Future;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::str::FromStr;
use std::task::{Context, Poll, Waker};

use rustix::fs::{FlockOperation, flock};
use rustix::process::{Resource, Rlimit, setrlimit};
use yzb_cache::{
    Attempt, Event, FileStore, IssueError, Issued, Issuer, SlotKey, Store, StoreError, Stored,
    TokenCache, Turn,
};
use yzb_proto::{Lifetime, ServerAccessToken};

use super::MARK;
use crate::support::key;

/// Where a child stops, and says `at` with the step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// It does not.
    Nowhere,
    BeforeTheTurn,
    WithTheTurn,
    BeforeTheSave,
    /// The temporary file is whole, and not renamed.
    BeforeTheRename,
    AfterTheSave,
    /// The kernel ends it, or refuses, at this byte of any file.
    LongestFile(u64),
}

struct Stopping {
    inner: FileStore,
    folder: PathBuf,
    step: Step,
}

struct Remote {
    port: u16,
    name: String,
}

/// Does as it is told (`port name step`), once it may.
pub(super) fn run(folder: &Path, orders: &str, until_it_may: impl FnOnce()) {
    let mut words = orders.split(' ');
    let mut word = || words.next().unwrap().to_owned();
    let (port, name, step) = (word().parse().unwrap(), word(), word().parse().unwrap());
    let store = Stopping { inner: FileStore::open(folder).unwrap(), folder: folder.into(), step };
    let cache = TokenCache::builder(key(), Remote { port, name }).store(store).observer(tell);
    let cache = cache.build();
    say("ready");
    until_it_may();
    if let Step::LongestFile(bytes) = step {
        let limit = Some(bytes);
        setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) }).unwrap();
        setrlimit(Resource::Fsize, Rlimit { current: limit, maximum: limit }).unwrap();
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    match runtime.block_on(cache.lease()) {
        Ok(lease) => say(&format!("code {}", lease.token().expose_secret())),
        Err(error) => say(&format!("error {error}")),
    }
    assert!(cache.peek().is_some());
}

/// Not by `println`, whose lines the harness may hold back.
fn say(line: &str) {
    let mut output = std::io::stdout().lock();
    writeln!(output, "\n{MARK}{line}").unwrap();
    output.flush().unwrap();
}

fn tell(_: &SlotKey, event: &Event) {
    if let Event::StoreFailed { during, error } = event {
        say(&format!("store failed {during:?} {}", error.kind().name()));
    }
}

impl Stopping {
    /// For ever: the end comes from outside.
    fn stop_if(&self, step: Step) {
        if self.step == step {
            say(&format!("at {step}"));
            loop {
                std::thread::park();
            }
        }
    }
}

impl Store for Stopping {
    async fn load(&self, key: &SlotKey) -> Result<Option<Stored>, StoreError> {
        self.inner.load(key).await
    }

    async fn save(&self, key: &SlotKey, record: &Stored) -> Result<(), StoreError> {
        self.stop_if(Step::BeforeTheSave);
        let mut saving = pin!(self.inner.save(key, record));
        if self.step == Step::BeforeTheRename {
            // It waits for the directory's lock with the file written.
            let lock = File::create(self.folder.join(".lock")).unwrap();
            flock(&lock, FlockOperation::LockExclusive).unwrap();
            let polled = saving.as_mut().poll(&mut Context::from_waker(Waker::noop()));
            assert!(matches!(polled, Poll::Pending));
            self.stop_if(Step::BeforeTheRename);
        }
        let saved = saving.await;
        self.stop_if(Step::AfterTheSave);
        saved
    }

    async fn turn(&self, key: &SlotKey) -> Result<Turn, StoreError> {
        self.stop_if(Step::BeforeTheTurn);
        let turn = self.inner.turn(key).await?;
        if turn.is_taken() {
            say("waits");
        } else {
            self.stop_if(Step::WithTheTurn);
        }
        Ok(turn)
    }
}

impl Issuer for Remote {
    type Token = ServerAccessToken;

    async fn issue(&self, _: &Attempt) -> Result<Issued<ServerAccessToken>, IssueError> {
        // There is nothing else that this thread could do meanwhile.
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        writeln!(stream, "{}", self.name).unwrap();
        let mut answer = String::new();
        BufReader::new(stream).read_line(&mut answer).unwrap();
        let token = ServerAccessToken::new(answer.trim_end()).map_err(IssueError::later)?;
        Ok(Issued::new(token, Lifetime::DOCUMENTED))
    }
}

const NAMES: [(Step, &str); 6] = [
    (Step::Nowhere, "nowhere"),
    (Step::BeforeTheTurn, "before-the-turn"),
    (Step::WithTheTurn, "with-the-turn"),
    (Step::BeforeTheSave, "before-the-save"),
    (Step::BeforeTheRename, "before-the-rename"),
    (Step::AfterTheSave, "after-the-save"),
];

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LongestFile(bytes) => bytes.fmt(f),
            _ => f.write_str(NAMES.iter().find(|(step, _)| step == self).unwrap().1),
        }
    }
}

impl FromStr for Step {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match NAMES.iter().find(|(_, name)| *name == text) {
            Some((step, _)) => Ok(*step),
            None => text.parse().map(Self::LongestFile),
        }
    }
}
