//! What an answer needed to be forgiven.

use crate::set::flag_set;

flag_set! {
    /// One way in which an answer differed from what the documents promise and was read all the
    /// same.
    ///
    /// An integer and a string of digits are both promised (the documents say that every leaf is a
    /// string, and show numbers), so neither is a tolerance.
    flag Tolerance;

    /// The tolerances that one answer needed. Empty for an answer exactly as documented.
    ///
    /// A program that counts them by [`Tolerance::name`] sees the platform change before it breaks.
    ///
    /// ```
    /// use yzb_proto::{Drift, Tolerance};
    /// let drift = Drift::from_iter([Tolerance::Padding, Tolerance::ByteOrderMark]);
    /// assert!(drift.contains(Tolerance::Padding));
    /// let names: Vec<_> = drift.iter().map(Tolerance::name).collect();
    /// assert_eq!(names, ["byte-order-mark", "padding"]);
    /// ```
    set Drift;

    /// A UTF-8 byte order mark stood before the JSON.
    ByteOrderMark = "byte-order-mark",
    /// White space stood around the JSON.
    Padding = "padding",
    /// The content type was missing, or not `application/json`.
    ContentType = "content-type",
    /// An error came under an HTTP status other than 200.
    HttpStatus = "http-status",
    /// The status was a float, or a string with white space around it.
    StatusForm = "status-form",
    /// A success with a number that no document names; see [`Answer::status`](crate::Answer).
    UndocumentedSuccess = "undocumented-success",
    /// A status that says "no data" came with data, which was read.
    UnexpectedData = "unexpected-data",
    /// `message` was missing or null.
    MessageMissing = "message-missing",
    /// `message` was something other than readable text; ignored.
    MessageForm = "message-form",
    /// A field that nobody needs was missing or unreadable: a user's tokens or scope at login.
    UselessField = "useless-field",
    /// "No data" was written as `{}`, `null` or nothing at all, where the documents show `[]`.
    EmptyForm = "empty-form",
    /// A number was a float, or a string with white space around it or with a float in it.
    NumberForm = "number-form",
    /// A truth value was written as a number or a string.
    BoolForm = "bool-form",
    /// A number stood where the documents show text.
    TextAsNumber = "text-as-number",
    /// `expires_in` was missing or null in a token's answer; read as due at once.
    LifetimeMissing = "lifetime-missing",
    /// `expires_in` was zero in a token's answer; due at once.
    LifetimeZero = "lifetime-zero",
    /// The answer had a field that no document names; ignored.
    UnknownField = "unknown-field",
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_holds_what_was_put_in() {
        let mut drift = Drift::NONE;
        assert!(drift.is_empty());
        for (index, &tolerance) in Tolerance::ALL.iter().enumerate() {
            assert!(!drift.contains(tolerance));
            drift.insert(tolerance);
            assert_eq!(drift.len(), index + 1);
        }
        assert_eq!(drift.iter().collect::<Vec<_>>(), Tolerance::ALL);
        assert_eq!(drift.union(Drift::NONE), drift);
        assert!(format!("{drift:?}").starts_with("{ByteOrderMark, "));
    }

    #[test]
    fn names_are_unique() {
        let names: std::collections::BTreeSet<_> =
            Tolerance::ALL.iter().map(|tolerance| tolerance.name()).collect();
        assert_eq!(names.len(), Tolerance::ALL.len());
    }
}
