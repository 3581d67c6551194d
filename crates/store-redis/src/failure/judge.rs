//! What an answer of the server's means. Its text is looked at here and goes no further.

use std::error::Error;
use std::io;
use std::sync::Arc;

use super::{Failure, Problem};

impl Failure {
    fn of_io(error: &io::Error) -> Self {
        use io::ErrorKind as Kind;
        let is_tls = error.get_ref().is_some_and(is_tls);
        let problem = match error.kind() {
            _ if is_tls => Problem::Tls,
            Kind::TimedOut | Kind::WouldBlock => Problem::Silent,
            Kind::BrokenPipe
            | Kind::ConnectionReset
            | Kind::ConnectionAborted
            | Kind::UnexpectedEof
            | Kind::NotConnected => Problem::Cut,
            _ => Problem::Unreachable,
        };
        // The system's and the TLS library's words, which know nothing of commands.
        Self::noted(problem, &error.to_string())
    }

    /// What the client library says. Not a `From`, which would be a part of this crate's interface.
    #[expect(clippy::needless_pass_by_value, reason = "for `map_err`")]
    pub(crate) fn of(error: redis::RedisError) -> Self {
        use redis::ErrorKind as Kind;
        if let Some(io) = io_error(&error) {
            return Self::of_io(io);
        }
        match error.kind() {
            Kind::ClusterConnectionNotFound => Self::new(Problem::Unreachable),
            Kind::Io => Self::new(wrapped(error.detail().unwrap_or_default())),
            Kind::Client if error.source().is_some() => Self::new(Problem::Tls),
            Kind::InvalidClientConfig => Self::new(Problem::Tls),
            Kind::AuthenticationFailed => Self::new(Problem::WrongPassword),
            Kind::Parse | Kind::UnexpectedReturnType => Self::new(Problem::OddAnswer),
            _ => {
                let code = error.code().unwrap_or_default();
                let problem = answer(code, error.detail().unwrap_or_default());
                match problem {
                    Problem::Refused => Self::noted(problem, printable(code)),
                    _ => Self::new(problem),
                }
            }
        }
    }
}

/// What an error with this code and this text means.
///
/// Since Redis 7 a script fails with the code of the command that failed in it; before, the code is
/// `ERR` and the other one stands somewhere in the text.
fn answer(code: &str, text: &str) -> Problem {
    let by_code = match code {
        "LOADING" => Some(Problem::Loading),
        "READONLY" => Some(Problem::ReadOnly),
        "BUSY" => Some(Problem::Busy),
        "OOM" => Some(Problem::OutOfMemory),
        "MISCONF" => Some(Problem::NotSaving),
        "NOREPLICAS" => Some(Problem::TooFewReplicas),
        "MASTERDOWN" => Some(Problem::ReadOnly),
        "WRONGPASS" | "NOAUTH" => Some(Problem::WrongPassword),
        "NOPERM" => Some(Problem::NoPermission),
        "WRONGTYPE" => Some(Problem::WrongType),
        "CLUSTERDOWN" | "TRYAGAIN" | "CROSSSLOT" => Some(Problem::ClusterDown),
        "MOVED" | "ASK" => Some(Problem::IsCluster),
        _ => None,
    };
    if let Some(problem) = by_code {
        return problem;
    }
    let in_text = [
        ("max number of clients", Problem::TooManyClients),
        ("READONLY ", Problem::ReadOnly),
        ("OOM ", Problem::OutOfMemory),
        ("MISCONF ", Problem::NotSaving),
        ("NOREPLICAS ", Problem::TooFewReplicas),
        ("WRONGTYPE ", Problem::WrongType),
        ("NOPERM ", Problem::NoPermission),
        ("can't run this command", Problem::NoPermission),
        ("invalid password", Problem::WrongPassword),
        ("no password is set", Problem::WrongPassword),
        ("without any password configured", Problem::WrongPassword),
        // A server before 6.0 that is told a user.
        ("for 'auth' command", Problem::WrongPassword),
        ("cluster support disabled", Problem::NoCluster),
    ];
    let found = in_text.iter().find(|(part, _)| text.contains(part));
    found.map_or(Problem::Refused, |(_, problem)| *problem)
}

/// What an error that a Cluster's connection wraps means: the library gives its text only, in which
/// codes that it knows have names of its own.
fn wrapped(text: &str) -> Problem {
    let in_text = [
        ("WRONGPASS", Problem::WrongPassword),
        ("NOAUTH", Problem::WrongPassword),
        ("AuthenticationFailed", Problem::WrongPassword),
        ("NoPerm", Problem::NoPermission),
        ("BusyLoading", Problem::Loading),
        ("ClusterDown", Problem::ClusterDown),
        ("invalid peer certificate", Problem::Tls),
        ("fatal alert", Problem::Tls),
        ("timed out", Problem::Silent),
        ("cluster support disabled", Problem::NoCluster),
    ];
    let found = in_text.iter().find(|(part, _)| text.contains(part));
    match found.map_or_else(|| answer("", text), |(_, problem)| *problem) {
        Problem::Refused => Problem::Unreachable,
        problem => problem,
    }
}

/// A code is a word of capitals; anything else is not repeated.
fn printable(code: &str) -> &str {
    let is_code = code.len() <= 20 && code.bytes().all(|byte| byte.is_ascii_uppercase());
    if is_code && !code.is_empty() { code } else { "an unknown code" }
}

/// The system's error within the client's.
fn io_error(error: &redis::RedisError) -> Option<&io::Error> {
    let source = error.source()?;
    let shared = source.downcast_ref::<Arc<dyn Error + Send + Sync>>();
    match shared {
        Some(shared) => shared.downcast_ref(),
        None => source.downcast_ref(),
    }
}

/// Whether an error inside of the system's is one of TLS.
#[cfg(feature = "tls")]
fn is_tls(inner: &(dyn Error + Send + Sync + 'static)) -> bool {
    inner.is::<rustls::Error>()
}

#[cfg(not(feature = "tls"))]
fn is_tls(_: &(dyn Error + Send + Sync + 'static)) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_command_in_a_script_met_is_told_by_old_and_new_servers_alike() {
        for (code, text, problem) in [
            ("READONLY", "You can't write against a read only replica.", Problem::ReadOnly),
            // These are the words of Redis 5.0.6.
            (
                "ERR",
                "Error running script (call to f_9da4): @user_script:1: @user_script: 1: -READONLY \
                 You can't write against a read only replica.",
                Problem::ReadOnly,
            ),
            (
                "ERR",
                "Error running script (call to f_9da4): @user_script:1: @user_script: 1: -OOM \
                 command not allowed when used memory > 'maxmemory'.",
                Problem::OutOfMemory,
            ),
            (
                "ERR",
                "Error running script (call to f_d3c2): @user_script:1: WRONGTYPE Operation against \
                 a key holding the wrong kind of value",
                Problem::WrongType,
            ),
            ("ERR", "Client sent AUTH, but no password is set", Problem::WrongPassword),
            ("ERR", "wrong number of arguments for 'auth' command", Problem::WrongPassword),
            ("ERR", "max number of clients reached", Problem::TooManyClients),
            ("ERR", "The user executing the script can't run this command", Problem::NoPermission),
            ("ERR", "invalid password", Problem::WrongPassword),
            ("ERR", "AUTH <password> called without any password configured", {
                Problem::WrongPassword
            }),
            ("ERR", "unknown command", Problem::Refused),
        ] {
            assert_eq!(answer(code, text), problem, "{code} {text}");
        }
    }

    #[test]
    fn what_a_cluster_s_connection_wraps_is_told_apart() {
        for (text, problem) in [
            ("\"WRONGPASS\": invalid username-password pair", Problem::WrongPassword),
            ("NoPerm: User yzb has no permissions to run the 'cluster|slots' command", {
                Problem::NoPermission
            }),
            ("ResponseError: max number of clients reached", Problem::TooManyClients),
            ("ResponseError: This instance has cluster support disabled", Problem::NoCluster),
            ("invalid peer certificate: UnknownIssuer", Problem::Tls),
            ("Connection refused (os error 111)", Problem::Unreachable),
        ] {
            assert_eq!(wrapped(text), problem, "{text}");
        }
    }

    #[test]
    fn what_the_server_says_is_not_repeated() {
        let quoting = "unknown command 'EVALSHA', with args beginning with: 'planted' ";
        let error = redis::make_extension_error("ERR".into(), Some(quoting.into()));
        let failure = Failure::of(error);
        let shown = format!("{failure} {failure:?}");
        assert!(shown.contains("refused (ERR)") && !shown.contains("planted"), "{shown}");
        let error = redis::make_extension_error("planted".into(), None);
        assert!(!Failure::of(error).to_string().contains("planted"));
    }
}
