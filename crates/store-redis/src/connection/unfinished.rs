//! A command whose answer nobody has: its caller went away, or it did not come in time.

use std::sync::atomic::{AtomicBool, Ordering};

use redis::Cmd;
use tokio::runtime::Handle;

use super::{Link, Opened};
use crate::{Failure, Problem};

/// What takes back a command of which nobody knows whether it was carried out.
pub(crate) struct Undo {
    command: Cmd,
    is_sent: AtomicBool,
}

impl Undo {
    pub(crate) const fn by(command: Cmd) -> Self {
        Self { command, is_sent: AtomicBool::new(false) }
    }

    /// Whether it follows the command on its way.
    pub(crate) fn is_sent(&self) -> bool {
        self.is_sent.load(Ordering::Relaxed)
    }
}

/// A command whose caller gives it up takes the connection with it: nobody knows whether there is
/// anybody at the other end, and the next one must not wait for that again.
pub(super) struct Unfinished<'a> {
    pub(super) link: &'a Link,
    pub(super) opened: Opened,
    pub(super) undo: Option<&'a Undo>,
    pub(super) runtime: Handle,
    pub(super) armed: bool,
}

impl Drop for Unfinished<'_> {
    fn drop(&mut self) {
        if !self.armed {
            return;
        }
        if let Some(undo) = self.undo {
            let connection = self.opened.connection.clone();
            self.link.send_on(connection, undo.command.clone(), &self.runtime);
            undo.is_sent.store(true, Ordering::Relaxed);
        }
        self.link.way.give_up(self.opened.number, &Failure::new(Problem::Silent));
    }
}
