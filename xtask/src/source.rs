//! Rust source as a row of tokens, for checks that look for a path or a constant.
//!
//! Comments and test code are left out; a string is one token. This is not a parser: it knows
//! just enough of the grammar not to mistake a comment or a string for code.

/// One identifier, number, string (with its quotes) or punctuation mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Token<'a> {
    /// Counted from one.
    pub(crate) line: usize,
    pub(crate) text: &'a str,
}

/// The tokens of `source` without comments and without anything under `#[cfg(test)]`.
pub(crate) fn tokens(source: &str) -> Vec<Token<'_>> {
    without_tests(&all_tokens(source))
}

/// Whether the tokens from `at` on read exactly so.
pub(crate) fn reads(tokens: &[Token<'_>], at: usize, wanted: &[&str]) -> bool {
    tokens
        .get(at..at + wanted.len())
        .is_some_and(|found| found.iter().zip(wanted).all(|(token, wanted)| token.text == *wanted))
}

fn all_tokens(source: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let (mut rest, mut line) = (source, 1);
    while let Some(first) = rest.chars().next() {
        let length = token_length(rest, first);
        let (text, after) = rest.split_at(length);
        if !first.is_whitespace() && !text.starts_with("//") && !text.starts_with("/*") {
            tokens.push(Token { line, text });
        }
        line += text.matches('\n').count();
        rest = after;
    }
    tokens
}

/// How many bytes the token, comment or blank at the start of `rest` takes.
fn token_length(rest: &str, first: char) -> usize {
    if rest.starts_with("//") {
        return rest.find('\n').unwrap_or(rest.len());
    }
    if rest.starts_with("/*") {
        return block_comment_length(rest);
    }
    if let Some(length) = string_length(rest) {
        return length;
    }
    if first.is_alphanumeric() || first == '_' {
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        return rest.find(|c| !is_word(c)).unwrap_or(rest.len());
    }
    first.len_utf8()
}

/// Block comments nest.
fn block_comment_length(rest: &str) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while at < rest.len() {
        if rest[at..].starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest[at..].starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += rest[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    rest.len()
}

/// The length of a string or character literal with its prefix, if one starts here.
fn string_length(rest: &str) -> Option<usize> {
    let prefix = ["br", "cr", "b", "c", "r", ""].into_iter().find(|prefix| {
        rest.strip_prefix(prefix).is_some_and(|after| {
            let hashes = if prefix.ends_with('r') { "#" } else { "" };
            after.trim_start_matches(|c: char| hashes.contains(c)).starts_with('"')
        })
    });
    let Some(prefix) = prefix else { return character_length(rest) };
    if prefix.ends_with('r') {
        let hashes = rest[prefix.len()..].bytes().take_while(|byte| *byte == b'#').count();
        let body = prefix.len() + hashes + 1;
        let end = format!("\"{}", "#".repeat(hashes));
        return Some(rest[body..].find(&end).map_or(rest.len(), |at| body + at + end.len()));
    }
    let body = prefix.len() + 1;
    Some(closing_quote(&rest[body..], '"').map_or(rest.len(), |at| body + at))
}

/// `'a'` and `'\n'` are characters, `'a` is a lifetime.
fn character_length(rest: &str) -> Option<usize> {
    let body = rest.strip_prefix('\'')?;
    let mut chars = body.chars();
    let is_character = match chars.next()? {
        '\\' => true,
        _ => chars.next() == Some('\''),
    };
    is_character.then(|| closing_quote(body, '\'').map_or(rest.len(), |at| 1 + at))
}

/// Where the text goes on after the next unescaped `quote`.
fn closing_quote(body: &str, quote: char) -> Option<usize> {
    let mut escaped = false;
    for (at, c) in body.char_indices() {
        if !escaped && c == quote {
            return Some(at + quote.len_utf8());
        }
        escaped = !escaped && c == '\\';
    }
    None
}

/// Drops each item that stands under `#[cfg(test)]`.
fn without_tests<'a>(tokens: &[Token<'a>]) -> Vec<Token<'a>> {
    let mut kept = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        if reads(tokens, at, &["#", "[", "cfg", "(", "test", ")", "]"]) {
            at = end_of_item(tokens, at + 7);
        } else {
            kept.push(tokens[at]);
            at += 1;
        }
    }
    kept
}

/// The item that starts at `at` ends with a `;` or a closing brace outside all other brackets.
fn end_of_item(tokens: &[Token<'_>], mut at: usize) -> usize {
    let mut depth = 0_usize;
    while let Some(token) = tokens.get(at) {
        at += 1;
        match token.text {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 && matches!(token.text, ";" | "}") {
            break;
        }
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(source: &str) -> Vec<&str> {
        tokens(source).iter().map(|token| token.text).collect()
    }

    #[test]
    fn comments_are_left_out() {
        assert_eq!(texts("a // b\n/* c /* d */ e */ f"), ["a", "f"]);
        assert_eq!(texts("//! std::fs\n/// std::net\nx"), ["x"]);
    }

    #[test]
    fn a_string_is_one_token_whatever_it_holds() {
        assert_eq!(texts(r#"f("a // b \" c")"#), ["f", "(", r#""a // b \" c""#, ")"]);
        assert_eq!(texts("r#\"a \" b\"# c"), ["r#\"a \" b\"#", "c"]);
        assert_eq!(texts("b\"x\" br\"y\\\" z"), ["b\"x\"", "br\"y\\\"", "z"]);
    }

    #[test]
    fn characters_lifetimes_and_raw_names_are_told_apart() {
        assert_eq!(texts("'\"' 'a x"), ["'\"'", "'", "a", "x"]);
        assert_eq!(texts(r"'\'' b"), [r"'\''", "b"]);
        assert_eq!(texts("r#type b"), ["r", "#", "type", "b"]);
        assert_eq!(texts("&'static str"), ["&", "'", "static", "str"]);
    }

    #[test]
    fn lines_are_counted_through_comments_and_strings() {
        let found = tokens("/* 1\n2 */ \"3\n4\"\nlast");
        assert_eq!(found.last(), Some(&Token { line: 4, text: "last" }));
    }

    #[test]
    fn test_code_is_left_out_and_what_follows_it_is_not() {
        let source = "a; #[cfg(test)] #[expect(x)] mod tests { fn f() { g([1; 2]) } } b";
        assert_eq!(texts(source), ["a", ";", "b"]);
        assert_eq!(texts("#[cfg(test)] mod tests; b"), ["b"]);
        assert_eq!(texts("#[cfg(test)] use {a, b}; c"), [";", "c"]);
    }

    #[test]
    fn unfinished_source_ends_the_scan_without_a_panic() {
        for source in ["\"abc", "/* abc", "'\\", "r##\"a\"#", "#[cfg(test)]", "é'é", "b", "'"] {
            let _ = tokens(source);
        }
    }
}
