//! Reading files, which may be pipes that nobody writes to or stand on a disk that is away.

use std::io;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::timeout;

/// So long a file is waited for. What stands behind a pipe may ask a person for a password first.
const LIMIT: Duration = Duration::from_secs(60);

/// What `read` gives, which is called on a thread of its own: whoever waits can be told to stop, and the
/// threads of a service go on. A thread that does not come back is left behind, and not waited for.
///
/// # Errors
///
/// That of `read`, or it is not done in a minute.
pub(super) async fn aside<T: Send + 'static>(
    read: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    let (tell, told) = oneshot::channel();
    std::thread::Builder::new().name("yzb-file".to_owned()).spawn(move || {
        let _ = tell.send(read());
    })?;
    match timeout(LIMIT, told).await {
        Ok(Ok(read)) => read,
        Ok(Err(_)) => Err(io::Error::other("the reader is gone")),
        Err(_) => Err(io::ErrorKind::TimedOut.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_cannot_be_read_is_given_up_and_holds_up_nobody() {
        let (_never, wait) = std::sync::mpsc::channel::<()>();
        let stuck = aside(move || wait.recv().map_err(io::Error::other));
        assert_eq!(stuck.await.unwrap_err().kind(), io::ErrorKind::TimedOut);
        assert_eq!(aside(|| Ok(7)).await.unwrap(), 7);
    }
}
