//! Reading files, which may be pipes that nobody writes to or stand on a disk that is away.

use std::io;

use tokio::sync::oneshot;

/// What `read` gives, which is called on a thread of its own: whoever waits can be told to stop, and the
/// threads of a service go on. A thread that does not come back is left behind, and no runtime waits for
/// it at its end.
///
/// # Errors
///
/// That of `read`, or there is no thread.
pub(super) async fn aside<T: Send + 'static>(
    read: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    let (tell, told) = oneshot::channel();
    std::thread::Builder::new().name("yzb-file".to_owned()).spawn(move || {
        let _ = tell.send(read());
    })?;
    told.await.map_err(|_| io::Error::other("the reader is gone"))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_cannot_be_read_holds_up_nobody() {
        let (_silent, wait) = std::sync::mpsc::channel::<()>();
        let stuck = aside(move || wait.recv().map_err(io::Error::other));
        tokio::select! {
            biased;
            _ = stuck => panic!("there was nothing to read"),
            read = aside(|| Ok(7)) => assert_eq!(read.unwrap(), 7),
        }
    }
}
