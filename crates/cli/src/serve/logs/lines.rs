//! Lines on their way to where the log goes. They are written by a thread of their own: whoever reads a
//! log slowly, or not at all, must not hold up a service.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::time::Duration;

use tracing_subscriber::fmt::MakeWriter;

/// So many lines wait; those that come then are lost, and counted.
const MOST: usize = 1024;

/// So long the end of the program waits for what is still to be written.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// Takes lines. Cloning shares the queue.
#[derive(Clone)]
pub(super) struct Lines {
    queue: SyncSender<Message>,
    lost: Arc<AtomicU64>,
}

/// Dropping it waits until what was said before is written, for a second at most.
#[must_use]
pub(in crate::serve) struct Written(SyncSender<Message>);

/// One line while it is put together.
pub(super) struct Line<'a> {
    lines: &'a Lines,
    text: Vec<u8>,
}

enum Message {
    Line(Vec<u8>),
    /// Everything before is to be written, and then this be told.
    Flush(Sender<()>),
}

/// Begins to write to `output`.
///
/// # Errors
///
/// There is no thread.
pub(super) fn begin(output: impl Write + Send + 'static) -> io::Result<(Lines, Written)> {
    let (queue, messages) = sync_channel(MOST);
    let lost = Arc::<AtomicU64>::default();
    let lines = Lines { queue: queue.clone(), lost: Arc::clone(&lost) };
    let work = move || write_all(&messages, &lost, output);
    std::thread::Builder::new().name("yzb-log".to_owned()).spawn(work)?;
    Ok((lines, Written(queue)))
}

fn write_all(messages: &Receiver<Message>, lost: &AtomicU64, mut output: impl Write) {
    for message in messages {
        match message {
            // Of a full disk nobody can be told here.
            Message::Line(text) => _ = output.write_all(&text),
            Message::Flush(tell) => {
                let _ = output.flush();
                let _ = tell.send(());
            }
        }
        let lines = lost.swap(0, Relaxed);
        if lines > 0 {
            tracing::warn!(
                lines,
                "lines of the log were lost: they came faster than they were read"
            );
        }
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Line<'a>;

    fn make_writer(&'a self) -> Line<'a> {
        Line { lines: self, text: Vec::with_capacity(256) }
    }
}

impl Write for Line<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.text.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Line<'_> {
    fn drop(&mut self) {
        let text = std::mem::take(&mut self.text);
        if !text.is_empty() && self.lines.queue.try_send(Message::Line(text)).is_err() {
            self.lines.lost.fetch_add(1, Relaxed);
        }
    }
}

impl Drop for Written {
    fn drop(&mut self) {
        let (tell, told) = channel();
        // A queue that is full is one that nobody reads.
        if self.0.try_send(Message::Flush(tell)).is_ok() {
            let _ = told.recv_timeout(LAST_WORDS);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Mutex, MutexGuard};

    use super::*;

    /// What was written; while it is looked at, writing waits.
    #[derive(Clone, Default)]
    struct Page(Arc<Mutex<Vec<u8>>>);

    impl Page {
        fn look(&self) -> MutexGuard<'_, Vec<u8>> {
            self.0.lock().unwrap()
        }
    }

    impl Write for Page {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.look().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn lines_are_written_whole_and_in_their_order_before_the_end() {
        let page = Page::default();
        let (lines, written) = begin(page.clone()).unwrap();
        for text in ["one\n", "two\n"] {
            let mut line = lines.make_writer();
            line.write_all(&text.as_bytes()[..2]).unwrap();
            line.write_all(&text.as_bytes()[2..]).unwrap();
        }
        drop(written);
        assert_eq!(*page.look(), b"one\ntwo\n");
    }

    #[test]
    fn who_does_not_read_holds_up_nobody_and_what_is_lost_is_counted() {
        let page = Page::default();
        let (lines, written) = begin(page.clone()).unwrap();
        let stuck = page.look();
        for _ in 0..MOST + 10 {
            lines.make_writer().write_all(b"line\n").unwrap();
        }
        // One may be in the writer's hands.
        assert!((9..=10).contains(&lines.lost.load(Relaxed)));
        drop(stuck);
        drop(written);
    }
}
