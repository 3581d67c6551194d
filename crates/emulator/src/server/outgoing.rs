//! The body of an answer on its way out: whole, or in pieces that become chunks.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};

use crate::emulator::Shared;
use crate::in_flight::Flight;

/// What hyper sends.
pub(super) struct Outgoing {
    pieces: VecDeque<Bytes>,
    /// Whether the length is told beforehand.
    measured: bool,
    _landing: Option<Landing>,
}

/// Notes, when dropped, that a request is no longer on its way.
pub(super) struct Landing {
    pub(super) shared: Arc<Shared>,
    pub(super) flight: Flight,
}

impl Drop for Landing {
    fn drop(&mut self) {
        self.shared.platform().land(self.flight);
    }
}

impl Outgoing {
    pub(super) fn whole(body: Vec<u8>, landing: Option<Landing>) -> Self {
        Self { pieces: VecDeque::from([body.into()]), measured: true, _landing: landing }
    }

    /// Two chunks, so that a reader who stops at the first is found out.
    pub(super) fn chunked(body: Vec<u8>, landing: Option<Landing>) -> Self {
        let mut first = Bytes::from(body);
        let second = first.split_off(first.len() / 2);
        let pieces = [first, second].into_iter().filter(|piece| !piece.is_empty());
        Self { pieces: pieces.collect(), measured: false, _landing: landing }
    }
}

impl Body for Outgoing {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.pieces.pop_front().map(|piece| Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.pieces.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        if !self.measured {
            return SizeHint::default();
        }
        let length = self.pieces.iter().map(Bytes::len).sum::<usize>();
        SizeHint::with_exact(u64::try_from(length).unwrap_or(u64::MAX))
    }
}
