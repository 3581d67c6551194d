//! The parser's events, put together to nodes.

use std::collections::HashMap;
use std::rc::Rc;

use granit_parser::{Event, ScalarStyle, Tag};

use super::super::problem::{Place, Problem};
use super::{Node, Text, Tree, Value};

/// Takes events one by one. What it cannot take is noted, and it goes on.
#[derive(Default)]
pub(super) struct Builder {
    open: Vec<Open>,
    root: Option<Node>,
    anchors: HashMap<usize, Node>,
    problems: Vec<Problem>,
}

/// A list or map that has not ended yet.
struct Open {
    place: Place,
    anchor: usize,
    content: Content,
}

enum Content {
    List(Vec<Node>),
    Map { entries: Vec<(Text, Place, Node)>, lines: HashMap<String, usize>, key: Pending },
}

/// Where a map stands between its keys and values.
enum Pending {
    Key,
    Value(Text, Place),
    /// The key was refused, so its value is dropped.
    Dropped,
}

impl Builder {
    pub(super) fn has_root(&self) -> bool {
        self.root.is_some()
    }

    pub(super) fn problem(&mut self, place: Place, what: &'static str, remedy: &'static str) {
        self.problems.push(Problem::error(place, "", what, remedy));
    }

    pub(super) fn event(&mut self, event: Event<'_>, place: Place) {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let plain = style == ScalarStyle::Plain && tag.is_none();
                self.check_tag(tag.as_deref(), place);
                let value = scalar(text.into_owned(), plain);
                self.put(Node { place, value: Rc::new(value) }, anchor);
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.check_tag(tag.as_deref(), place);
                self.open.push(Open { place, anchor, content: Content::List(Vec::new()) });
            }
            Event::MappingStart(_, anchor, tag) => {
                self.check_tag(tag.as_deref(), place);
                let (entries, lines) = (Vec::new(), HashMap::new());
                let content = Content::Map { entries, lines, key: Pending::Key };
                self.open.push(Open { place, anchor, content });
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(),
            Event::Alias(anchor) => match self.anchors.get(&anchor) {
                Some(node) => {
                    let value = Rc::clone(&node.value);
                    self.put(Node { place, value }, 0);
                }
                None => {
                    let what = "an alias stands inside what it names";
                    self.problem(place, what, "write the value out");
                    self.put(nothing(place), 0);
                }
            },
            Event::UnresolvedAlias(_) => {
                let what = "an alias names nothing that stands above it";
                self.problem(place, what, "if a value begins with `*`, put it in quotes");
                self.put(nothing(place), 0);
            }
            _ => {}
        }
    }

    /// Ends whatever is still open, so that what was read of a broken file can be looked at.
    pub(super) fn finish(mut self, cut: bool) -> Tree {
        while !self.open.is_empty() {
            self.close();
        }
        Tree { root: self.root, problems: self.problems, cut }
    }

    fn close(&mut self) {
        let Some(Open { place, anchor, content }) = self.open.pop() else { return };
        let value = match content {
            Content::List(items) => Value::List(items),
            Content::Map { entries, .. } => Value::Map(entries),
        };
        self.put(Node { place, value: Rc::new(value) }, anchor);
    }

    fn put(&mut self, node: Node, anchor: usize) {
        if anchor > 0 {
            self.anchors.insert(anchor, node.clone());
        }
        let problem = match self.open.last_mut() {
            None => {
                self.root = Some(node);
                None
            }
            Some(Open { content: Content::List(items), .. }) => {
                items.push(node);
                None
            }
            Some(Open { content: Content::Map { entries, lines, key }, .. }) => {
                match std::mem::replace(key, Pending::Key) {
                    Pending::Key => {
                        let (pending, problem) = take_key(&node, lines);
                        *key = pending;
                        problem
                    }
                    Pending::Value(text, place) => {
                        entries.push((text, place, node));
                        None
                    }
                    Pending::Dropped => None,
                }
            }
        };
        self.problems.extend(problem);
    }

    /// `!!str` and its kin say what is so anyway; others ask for something we do not do.
    fn check_tag(&mut self, tag: Option<&Tag>, place: Place) {
        if tag.is_some_and(Tag::is_custom) {
            self.problem(place, "a tag (`!…`) has no meaning here", "take it out");
        }
    }
}

fn scalar(text: String, plain: bool) -> Value {
    match text.as_str() {
        "" | "~" | "null" | "Null" | "NULL" if plain => Value::Nothing,
        _ => Value::Text(Text { text, plain }),
    }
}

fn nothing(place: Place) -> Node {
    Node { place, value: Rc::new(Value::Nothing) }
}

/// `lines` has where the keys so far stand.
fn take_key(node: &Node, lines: &mut HashMap<String, usize>) -> (Pending, Option<Problem>) {
    let place = node.place;
    let Value::Text(key) = &*node.value else {
        let what = "a key is not a text";
        return (Pending::Dropped, Some(Problem::error(place, "", what, "write `key: value`")));
    };
    if key.text == "<<" && key.plain {
        let what = "merge keys (`<<`) are not supported";
        let remedy = "write the keys out where they belong";
        return (Pending::Dropped, Some(Problem::error(place, "", what, remedy)));
    }
    if let Some(first) = lines.get(&key.text) {
        let what = format!("the same key stands in line {first} already");
        let remedy = "keep one of the two";
        return (Pending::Dropped, Some(Problem::error(place, "", what, remedy)));
    }
    lines.insert(key.text.clone(), place.line);
    let text = Text { text: key.text.clone(), plain: key.plain };
    (Pending::Value(text, place), None)
}
