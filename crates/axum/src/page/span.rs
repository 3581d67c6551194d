//! Spans for people.

use super::words::Words;

/// A span in its two largest units.
pub(super) fn span(seconds: u64, words: &Words) -> String {
    let Words { day, hour, minute, second, .. } = words;
    match seconds {
        0..60 => format!("{seconds} {second}"),
        60..3600 => format!("{} {minute} {} {second}", seconds / 60, seconds % 60),
        3600..86_400 => format!("{} {hour} {} {minute}", seconds / 3600, seconds / 60 % 60),
        _ => format!("{} {day} {} {hour}", seconds / 86_400, seconds / 3600 % 24),
    }
}

#[cfg(test)]
mod tests {
    use super::super::words::Language;
    use super::*;

    #[test]
    fn spans_have_two_units() {
        let words = Language::English.words();
        assert_eq!(span(59, words), "59 s");
        assert_eq!(span(61, words), "1 min 1 s");
        assert_eq!(span(7199, words), "1 h 59 min");
        assert_eq!(span(90_000, words), "1 d 1 h");
    }
}
