//! The parser's events, put together to nodes.

use std::collections::HashMap;
use std::rc::Rc;

use granit_parser::{Event, ScalarStyle, Tag};

use super::super::problem::{Place, Problem};
use super::{Node, Text, Tree, Value};

/// The most values that a file may come to: without aliases it cannot have as many.
const MOST: usize = super::LONGEST;

/// Takes events one by one. What it cannot take is noted, and it goes on.
#[derive(Default)]
pub(super) struct Builder {
    open: Vec<Open>,
    root: Option<Node>,
    /// What has a name, and of how many values it consists.
    anchors: HashMap<usize, (Node, usize)>,
    /// How many values there are so far, those behind aliases as often as they are named.
    values: usize,
    problems: Vec<Problem>,
}

/// A list or map that has not ended yet.
struct Open {
    place: Place,
    anchor: usize,
    /// How many values there were before it.
    before: usize,
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
                self.values += 1;
                self.put(Node { place, value: Rc::new(value) }, anchor, 1);
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.check_tag(tag.as_deref(), place);
                self.begin(place, anchor, Content::List(Vec::new()));
            }
            Event::MappingStart(_, anchor, tag) => {
                self.check_tag(tag.as_deref(), place);
                let (entries, lines) = (Vec::new(), HashMap::new());
                let content = Content::Map { entries, lines, key: Pending::Key };
                self.begin(place, anchor, content);
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(),
            Event::Alias(anchor) => self.alias(anchor, place),
            Event::UnresolvedAlias(_) => {
                let what = "an alias names nothing that stands above it";
                self.problem(place, what, "if a value begins with `*`, put it in quotes");
                self.put(nothing(place), 0, 1);
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

    fn begin(&mut self, place: Place, anchor: usize, content: Content) {
        self.open.push(Open { place, anchor, before: self.values, content });
    }

    fn alias(&mut self, anchor: usize, place: Place) {
        let found = self.anchors.get(&anchor).map(|(node, size)| (Rc::clone(&node.value), *size));
        let (value, size) = match found {
            Some((value, size)) if self.values.saturating_add(size) <= MOST => (value, size),
            Some(_) => {
                self.problem(place, "aliases make the file too large", "write fewer of them");
                (Rc::new(Value::Nothing), 1)
            }
            None => {
                let what = "an alias stands inside what it names";
                self.problem(place, what, "write the value out");
                (Rc::new(Value::Nothing), 1)
            }
        };
        self.values += size;
        self.put(Node { place, value }, 0, size);
    }

    fn close(&mut self) {
        let Some(Open { place, anchor, before, content }) = self.open.pop() else { return };
        let value = match content {
            Content::List(items) => Value::List(items),
            Content::Map { entries, .. } => Value::Map(entries),
        };
        self.values += 1;
        let size = self.values - before;
        self.put(Node { place, value: Rc::new(value) }, anchor, size);
    }

    /// Puts a node of so many values where it belongs.
    fn put(&mut self, node: Node, anchor: usize, size: usize) {
        if anchor > 0 {
            self.anchors.insert(anchor, (node.clone(), size));
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
