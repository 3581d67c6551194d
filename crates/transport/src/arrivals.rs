//! How often a request arrived before it was answered.

/// Among the extensions of an answer: so many attempts before the one that it answers may have
/// arrived too, and nobody knows what they did.
///
/// [`Retry`](crate::Retry) puts it there, and so should a repeating transport of your own. Then
/// [`CallError::may_have_taken_effect`](crate::CallError::may_have_taken_effect) holds even where
/// the last attempt was refused: a ticket may have been issued, and its answer lost.
///
/// ```
/// use http::Response;
/// use yzb_transport::{Body, EarlierArrivals};
/// let mut answer = Response::new(Body::from(r#"{"status":4000,"message":"busy","data":[]}"#));
/// answer.extensions_mut().insert(EarlierArrivals::new(1));
/// assert_eq!(EarlierArrivals::of(&answer), 1);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EarlierArrivals(u32);

impl EarlierArrivals {
    /// This many.
    #[must_use]
    pub const fn new(attempts: u32) -> Self {
        Self(attempts)
    }

    /// How many there were before this answer; zero if nothing is said of them.
    #[must_use]
    pub fn of<B>(answer: &http::Response<B>) -> u32 {
        answer.extensions().get::<Self>().map_or(0, |earlier| earlier.0)
    }
}
