//! What hyper's errors mean.

use std::error::Error;

use http_body_util::LengthLimitError;
use hyper_util::client::legacy;

use crate::error::{find, kind_of_io};
use crate::{TransportError, TransportErrorKind, tls};

/// An exchange that failed before its answer's head was whole.
pub(super) fn of(error: &legacy::Error) -> TransportError {
    // The connector's errors are ours and know everything.
    if let Some(ours) = find::<TransportError>(error) {
        return ours.clone();
    }
    let ours = of_exchange(error);
    let unsent = error.is_connect() || find::<hyper::Error>(error).is_some_and(is_unsent);
    if unsent { ours.surely_unsent() } else { ours.perhaps_sent() }
}

/// A body that broke off, or went over the limit.
pub(super) fn of_body(error: &(dyn Error + Send + Sync + 'static)) -> TransportError {
    if error.is::<LengthLimitError>() {
        return TransportErrorKind::TooLarge.into();
    }
    of_exchange(error).perhaps_sent()
}

/// A TCP connection that could not be made.
pub(super) fn of_tcp(error: &(dyn Error + 'static)) -> TransportError {
    if let Some(ours) = find::<TransportError>(error) {
        return ours.clone();
    }
    let Some(io) = find::<std::io::Error>(error) else {
        return TransportErrorKind::Connect.into();
    };
    let kind = match kind_of_io(io) {
        Some(TransportErrorKind::Timeout) => TransportErrorKind::ConnectTimeout,
        _ => TransportErrorKind::Connect,
    };
    TransportError::new(kind).with_source(copy(io))
}

/// A TLS handshake that failed, or what came before it.
pub(super) fn of_handshake(error: &(dyn Error + 'static)) -> TransportError {
    if let Some(ours) = find::<TransportError>(error) {
        return ours.clone();
    }
    if let Some(error) = find::<rustls::Error>(error) {
        return TransportError::new(tls::kind_of(error)).with_source(error.clone());
    }
    let ours = TransportError::new(TransportErrorKind::Tls);
    match find::<std::io::Error>(error) {
        Some(io) => ours.with_source(copy(io)),
        None => ours,
    }
}

fn of_exchange(error: &(dyn Error + 'static)) -> TransportError {
    if let Some(error) = find::<rustls::Error>(error) {
        return TransportError::new(tls::kind_of(error)).with_source(error.clone());
    }
    let by_hyper = find::<hyper::Error>(error).and_then(kind_of);
    let io = find::<std::io::Error>(error);
    let kind = by_hyper
        .or_else(|| io.and_then(kind_of_io))
        // On a connection in use, "refused" and the like are odd names for its end.
        .map_or(TransportErrorKind::Other, |kind| match kind {
            TransportErrorKind::Connect => TransportErrorKind::Closed,
            kind => kind,
        });
    let ours = TransportError::new(kind);
    match (io, find::<hyper::Error>(error)) {
        (Some(io), _) => ours.with_source(copy(io)),
        (None, Some(hyper)) => ours.with_source(hyper.to_string()),
        (None, None) => ours,
    }
}

fn kind_of(error: &hyper::Error) -> Option<TransportErrorKind> {
    if error.is_parse() {
        // Only hyper's server side has a method for this, so its text must do.
        let too_large = error.to_string().contains("too large");
        Some(if too_large { TransportErrorKind::TooLarge } else { TransportErrorKind::Malformed })
    } else if error.is_incomplete_message() || error.is_closed() || error.is_canceled() {
        Some(TransportErrorKind::Closed)
    } else if error.is_timeout() {
        Some(TransportErrorKind::Timeout)
    } else if error.is_user() && error.to_string().contains("dispatch task is gone") {
        // The runtime that drove the connection ended, in the middle of the exchange.
        Some(TransportErrorKind::Closed)
    } else if error.is_user() {
        Some(TransportErrorKind::InvalidRequest)
    } else {
        None
    }
}

/// hyper cancels only a request of which it has written nothing: it hands the request back.
fn is_unsent(error: &hyper::Error) -> bool {
    error.is_canceled()
}

/// The same error without what it wraps. An `io::Error` cannot be cloned.
pub(super) fn copy(error: &std::io::Error) -> std::io::Error {
    error
        .raw_os_error()
        .map_or_else(|| std::io::Error::from(error.kind()), std::io::Error::from_raw_os_error)
}
