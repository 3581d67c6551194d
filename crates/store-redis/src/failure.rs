//! Why Redis did not do what it was asked.

mod judge;

use core::fmt;
use std::error::Error;
use std::sync::Arc;

use yzb_cache::{StoreError, StoreErrorKind};

/// What is wrong with Redis, and what to do about it: the source of the
/// [`StoreError`]s of this store.
///
/// It holds no text of the server's, which may quote what it was sent: a code, or a password.
///
/// ```
/// use std::error::Error;
/// use yzb_cache::StoreError;
/// use yzb_store_redis::{Failure, Problem};
///
/// fn is_read_only(error: &StoreError) -> bool {
///     let failure = error.source().and_then(|source| source.downcast_ref::<Failure>());
///     failure.is_some_and(|failure| failure.problem() == Problem::ReadOnly)
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Failure {
    problem: Problem,
    note: Option<Arc<str>>,
}

/// What is wrong. Each says whether it passes by itself or whom it needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Problem {
    /// Nobody listens there, or there is no way there, or its name has no address. It passes when the
    /// server is started; otherwise check the address and the firewall.
    Unreachable,
    /// The connection broke. It passes by itself.
    Cut,
    /// There was no answer in time: the server is paused, overloaded or gone, or it speaks no TLS and
    /// waits for more of what it takes for a command. It passes by itself, or an operator looks into it.
    Silent,
    /// There is no TLS to be had: a certificate that is not trusted, is over or is of another host. An
    /// operator must mend it.
    Tls,
    /// It has been started and reads its data. It passes by itself.
    Loading,
    /// It is a replica, as after a failover. The connection is dropped and the next one may find the
    /// new master; if it stays, the address is a replica's.
    ReadOnly,
    /// It runs somebody's script for too long. It passes, or an operator kills the script.
    Busy,
    /// It has no memory left and evicts nothing. An operator must raise `maxmemory` or make room.
    OutOfMemory,
    /// It cannot write its snapshots and therefore refuses writes: most often its disk is full. An
    /// operator must look into its log.
    NotSaving,
    /// It has fewer replicas than `min-replicas-to-write` wants. It passes when they are back.
    TooFewReplicas,
    /// The user or the password is wrong, or one is wanted and none was given. An operator must mend
    /// the configuration.
    WrongPassword,
    /// The user may not do this. An operator must grant the permissions in `OPERATING.md`.
    NoPermission,
    /// It has as many clients as it takes. It passes, or an operator raises `maxclients`.
    TooManyClients,
    /// No Sentinel that answered knows a master of this name that works. It passes when a failover is
    /// over; otherwise check the name.
    NoMaster,
    /// The Cluster does not serve this key now. It passes when the Cluster is whole again.
    ClusterDown,
    /// It is no node of a Cluster. An operator must name one, or the program must be told of a server.
    NoCluster,
    /// It is a node of a Cluster that has other keys, and was named as a server. The program must be told
    /// of a Cluster.
    IsCluster,
    /// The key holds something that is no text. Find out who wrote it.
    WrongType,
    /// What it answered makes no sense: it is perhaps no Redis.
    OddAnswer,
    /// It refused for a reason that has no kind here; the code of its answer is in the text.
    Refused,
    /// There is no Tokio runtime here, with IO and time enabled. The program must call from within one.
    NoRuntime,
}

impl Failure {
    /// What is wrong.
    #[must_use]
    pub const fn problem(&self) -> Problem {
        self.problem
    }

    pub(crate) const fn new(problem: Problem) -> Self {
        Self { problem, note: None }
    }

    fn noted(problem: Problem, note: &str) -> Self {
        Self { problem, note: Some(Arc::from(note)) }
    }

    /// The same of a connection to a whole Cluster, which follows a key: for one that it could not follow.
    pub(crate) fn of_many(self) -> Self {
        if self.problem == Problem::IsCluster { Self::new(Problem::ClusterDown) } else { self }
    }

    /// Whether the same command may succeed at once on a new connection. Every command of this store
    /// comes to the same if it is carried out twice.
    pub(crate) const fn wants_other_connection(&self) -> bool {
        matches!(self.problem, Problem::Cut | Problem::ReadOnly)
    }

    /// Whether it may be that the server permits other commands but not this one: to this user, or of
    /// keys that are in different places behind it.
    pub(crate) const fn may_be_of_the_command(&self) -> bool {
        matches!(self.problem, Problem::NoPermission | Problem::Refused | Problem::ClusterDown)
    }

    /// Whether the server does not know the script of this hash, as after a start.
    pub(crate) fn is_unknown_script(&self) -> bool {
        self.problem == Problem::Refused && self.note.as_deref() == Some("NOSCRIPT")
    }
}

impl From<Failure> for StoreError {
    fn from(failure: Failure) -> Self {
        Self::new(failure.problem.store_kind()).with_source(failure)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.problem.what())?;
        match &self.note {
            Some(note) => write!(f, " ({note})"),
            None => Ok(()),
        }
    }
}

impl Error for Failure {}

impl Problem {
    /// A stable name in kebab case, for labels of metrics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::Cut => "cut",
            Self::Silent => "silent",
            Self::Tls => "tls",
            Self::Loading => "loading",
            Self::ReadOnly => "read-only",
            Self::Busy => "busy",
            Self::OutOfMemory => "out-of-memory",
            Self::NotSaving => "not-saving",
            Self::TooFewReplicas => "too-few-replicas",
            Self::WrongPassword => "wrong-password",
            Self::NoPermission => "no-permission",
            Self::TooManyClients => "too-many-clients",
            Self::NoMaster => "no-master",
            Self::ClusterDown => "cluster-down",
            Self::NoCluster => "no-cluster",
            Self::IsCluster => "is-cluster",
            Self::WrongType => "wrong-type",
            Self::OddAnswer => "odd-answer",
            Self::Refused => "refused",
            Self::NoRuntime => "no-runtime",
        }
    }

    /// The kind of the [`StoreError`] that this becomes.
    #[must_use]
    pub const fn store_kind(self) -> StoreErrorKind {
        match self {
            Self::Silent => StoreErrorKind::Timeout,
            Self::WrongPassword | Self::NoPermission => StoreErrorKind::Denied,
            Self::OutOfMemory | Self::NotSaving => StoreErrorKind::Full,
            Self::WrongType => StoreErrorKind::Corrupt,
            Self::Tls
            | Self::NoCluster
            | Self::IsCluster
            | Self::OddAnswer
            | Self::Refused
            | Self::NoRuntime => StoreErrorKind::Other,
            Self::Unreachable
            | Self::Cut
            | Self::Loading
            | Self::ReadOnly
            | Self::Busy
            | Self::TooFewReplicas
            | Self::TooManyClients
            | Self::NoMaster
            | Self::ClusterDown => StoreErrorKind::Unavailable,
        }
    }

    const fn what(self) -> &'static str {
        match self {
            Self::Unreachable => {
                "Redis cannot be reached: is it running, and is the address right?"
            }
            Self::Cut => "the connection to Redis broke",
            Self::Silent => "Redis did not answer in time: is it paused or overloaded?",
            Self::Tls => "there is no TLS with Redis: check the certificates",
            Self::Loading => "Redis is reading its data after a start",
            Self::ReadOnly => "Redis is a read-only replica: is the address the master's?",
            Self::Busy => "Redis is busy with a script: SCRIPT KILL ends it",
            Self::OutOfMemory => "Redis has no memory left: raise maxmemory or make room",
            Self::NotSaving => "Redis cannot write its snapshots and refuses writes: see its log",
            Self::TooFewReplicas => "Redis has too few replicas to accept writes",
            Self::WrongPassword => "Redis refused the user or the password: mend the configuration",
            Self::NoPermission => "Redis refused for want of a permission: grant it to the user",
            Self::TooManyClients => "Redis has too many clients: raise maxclients",
            Self::NoMaster => "no Sentinel knows a working master: is the name right?",
            Self::ClusterDown => "the Redis Cluster does not serve this key now",
            Self::NoCluster => "this Redis is no Cluster: name it as a server",
            Self::IsCluster => "this Redis is a node of a Cluster: name it as one",
            Self::WrongType => "the key holds something that is no text: find out who wrote it",
            Self::OddAnswer => "the answer makes no sense: is this a Redis?",
            Self::Refused => "Redis refused",
            Self::NoRuntime => "there is no Tokio runtime here with IO and time enabled",
        }
    }
}
