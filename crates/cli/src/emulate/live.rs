//! The journal on standard output, as it is written.
//!
//! Who prints may have to wait for whoever reads, for ever if nobody does. So it is a thread's only
//! work: neither the platform nor the end of the program waits for it.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

/// Lines that wait for a slow terminal. Beyond that they are counted and not shown: clients do not
/// wait for people.
const WAITING: usize = 4096;

/// Where lines are handed in; never waits.
pub(super) struct Tell {
    lines: SyncSender<String>,
    missed: Arc<AtomicU64>,
}

/// Where lines are shown.
pub(super) struct Lines {
    lines: Receiver<String>,
    missed: Arc<AtomicU64>,
}

/// Both ends.
pub(super) fn journal() -> (Tell, Lines) {
    let (sender, lines) = sync_channel(WAITING);
    let missed = Arc::new(AtomicU64::new(0));
    (Tell { lines: sender, missed: Arc::clone(&missed) }, Lines { lines, missed })
}

impl Tell {
    /// Hands in a line, or counts it as missed if too many wait.
    pub(super) fn tell(&self, line: String) {
        if self.lines.try_send(line).is_err() {
            self.missed.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl Lines {
    /// Prints until nobody can read it any more.
    pub(super) fn show(self) {
        self.write(&mut io::stdout());
    }

    fn write(self, out: &mut impl Write) {
        for line in self.lines {
            if writeln!(out, "{line}").is_err() {
                return;
            }
            let missed = self.missed.swap(0, Ordering::Relaxed);
            if missed > 0 && writeln!(out, "(not shown: {missed})").is_err() {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_reads_in_time_is_counted() {
        let (tell, lines) = journal();
        for n in 0..WAITING + 7 {
            tell.tell(n.to_string());
        }
        drop(tell);
        let mut out = Vec::new();
        lines.write(&mut out);
        let text = String::from_utf8(out).unwrap();
        assert_eq!(text.lines().count(), WAITING + 1);
        assert!(text.contains("(not shown: 7)\n"), "the seven are told");
    }
}
