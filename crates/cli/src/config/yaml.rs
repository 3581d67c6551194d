//! A YAML document as a tree of nodes that know where they stand.
//!
//! Not by serde: it ends at the first thing that is wrong, and a person with five mistakes would go
//! round five times. Nothing here knows what the keys mean.

mod build;
mod syntax;

use std::rc::Rc;

use granit_parser::{Event, Options, Parser};

use super::problem::{Place, Problem};
use build::Builder;

/// The most bytes that a configuration may have: some thousand apps.
pub(crate) const LONGEST: usize = 4 << 20;

/// How deep values may stand in each other; the deepest setting needs five.
const DEPTH: usize = 32;

/// A value and where it begins. No `Debug`: it may be a secret.
#[derive(Clone)]
pub(super) struct Node {
    pub(super) place: Place,
    pub(super) value: Rc<Value>,
}

/// What a node is.
pub(super) enum Value {
    /// `key:` with nothing behind it, `~` or `null`.
    Nothing,
    Text(Text),
    List(Vec<Node>),
    Map(Vec<(Text, Place, Node)>),
}

/// A scalar as it was written.
pub(super) struct Text {
    pub(super) text: String,
    /// Whether it stood without quotes, so that other readers may take it for a number.
    pub(super) plain: bool,
}

/// What was read, as far as it could be.
pub(super) struct Tree {
    pub(super) root: Option<Node>,
    pub(super) problems: Vec<Problem>,
    /// Whether reading ended before the file did, so that what is missing may only be unread.
    pub(super) cut: bool,
}

/// Reads the bytes of a file.
pub(super) fn read(bytes: &[u8]) -> Tree {
    if bytes.len() > LONGEST {
        let what = format!("the file has more than {LONGEST} bytes");
        return broken(Place::default(), what, "check that it is the configuration");
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => read_text(text.strip_prefix('\u{feff}').unwrap_or(text)),
        Err(error) => {
            let good = bytes.get(..error.valid_up_to()).unwrap_or_default();
            broken(place_behind(good), "this byte is not UTF-8", "save the file as UTF-8")
        }
    }
}

fn broken(
    place: Place,
    what: impl Into<std::borrow::Cow<'static, str>>,
    remedy: &'static str,
) -> Tree {
    Tree { root: None, problems: vec![Problem::error(place, "", what, remedy)], cut: true }
}

/// The place of whatever follows these bytes.
fn place_behind(good: &[u8]) -> Place {
    let text = String::from_utf8_lossy(good);
    let last = text.rsplit('\n').next().unwrap_or_default();
    Place { line: text.matches('\n').count() + 1, column: last.chars().count() + 1 }
}

fn read_text(text: &str) -> Tree {
    let options: Options = granit_parser::options! {
        flow_nesting_limit: DEPTH,
        block_nesting_limit: DEPTH,
        // Gone on with, because a name that does not exist is one problem of many.
        emit_unresolved_aliases: true,
    };
    let mut builder = Builder::default();
    for next in Parser::new_from_str_with_options(text, options) {
        match next {
            Ok((Event::DocumentStart(..), span)) if builder.has_root() => {
                let what = "a second document begins";
                builder.problem(place(&span.start), what, "keep one, without `---` behind it");
                return builder.finish(true);
            }
            Ok((event, span)) => builder.event(event, place(&span.start)),
            Err(error) => {
                let (what, remedy) = syntax::explain(error.kind());
                builder.problem(place(error.marker()), what, remedy);
                return builder.finish(true);
            }
        }
    }
    builder.finish(false)
}

fn place(marker: &granit_parser::Marker) -> Place {
    Place { line: marker.line(), column: marker.col() + 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<String> {
        read(text.as_bytes()).problems.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_mark_of_the_encoding_is_skipped_and_places_are_right() {
        let tree = read("\u{feff}a: 1\nb:\n  - 猿: x\n".as_bytes());
        let root = tree.root.unwrap();
        let Value::Map(entries) = &*root.value else { panic!("no map") };
        assert_eq!(entries[0].1, Place { line: 1, column: 1 });
        assert_eq!(entries[0].2.place, Place { line: 1, column: 4 });
        let Value::List(items) = &*entries[1].2.value else { panic!("no list") };
        assert_eq!(items[0].place, Place { line: 3, column: 5 });
    }

    #[test]
    fn what_is_wrong_with_the_syntax_is_told_by_its_place_and_not_quoted() {
        for (text, wanted) in [
            ("a: [planted", "1:"),
            ("a:\n\tplanted: 1", "2:"),
            ("a: 'planted", "1:"),
            ("a: 1\n---\nb: planted", "2:1: error: a second document"),
            ("a: &x {b: *x}", "1:11: error: an alias stands inside"),
            ("a: *planted", "1:4: error: an alias"),
            ("a: 1\nb: 2\na: planted", "3:1: error: the same key stands in line 1"),
            ("? [planted]\n: 1", "error: a key is not a text"),
            ("a: !planted 1", "error: a tag"),
            (&format!("{}planted", "[".repeat(40)), "deeper than 32"),
        ] {
            let problems = shown(text);
            assert!(problems.iter().any(|line| line.contains(wanted)), "{text}: {problems:?}");
            assert!(!problems.iter().any(|line| line.contains("planted")), "{problems:?}");
        }
        let problems = read(b"a: 1\nb: \xe7\x8c\xbf\xff");
        assert_eq!(problems.problems[0].place, Place { line: 2, column: 5 });
    }

    #[test]
    fn an_anchor_is_the_node_it_names() {
        let tree = read(b"a: &p {x: 1}\nb: *p\n");
        let root = tree.root.unwrap();
        let Value::Map(entries) = &*root.value else { panic!("no map") };
        assert!(Rc::ptr_eq(&entries[0].2.value, &entries[1].2.value));
        assert_eq!(entries[1].2.place, Place { line: 2, column: 4 });
    }

    #[test]
    fn aliases_cannot_make_a_small_file_large() {
        let mut text = "a0: &a0 [x, x, x, x, x, x, x, x]\n".to_owned();
        for at in 1..12 {
            let items = vec![format!("*a{}", at - 1); 8].join(", ");
            text += &format!("a{at}: &a{at} [{items}]\n");
        }
        assert!(shown(&text).iter().any(|line| line.contains("aliases make the file too large")));
    }
}
