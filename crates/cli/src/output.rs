//! Writing to somebody who may leave.

use std::io;

/// Takes it for done when whoever reads our output has seen enough, such as `head`: that is no failure
/// of ours, and must not change the exit code.
///
/// # Errors
///
/// It could not be written for another reason, such as a full disk.
pub(crate) fn while_read(written: io::Result<()>) -> io::Result<()> {
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}
