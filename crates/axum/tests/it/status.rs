//! The status page, parsed as a browser would, and the report behind it.
