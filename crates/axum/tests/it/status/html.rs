//! A parser of HTML that forgives nothing: what it takes, a browser understands in the same way.

/// An element, or with an empty name the whole document.
#[derive(Debug, Default)]
pub(super) struct Element {
    pub(super) name: String,
    pub(super) attributes: Vec<(String, String)>,
    children: Vec<Node>,
}

#[derive(Debug)]
enum Node {
    Element(Element),
    Text(String),
}

const VOID: &[&str] = &["meta", "br", "hr"];

impl Element {
    /// All text inside, in order.
    pub(super) fn text(&self) -> String {
        let texts = self.children.iter().map(|child| match child {
            Node::Text(text) => text.clone(),
            Node::Element(element) => element.text(),
        });
        texts.collect()
    }

    /// All elements inside.
    pub(super) fn everything(&self) -> Vec<&Self> {
        let mut all = Vec::new();
        for child in &self.children {
            if let Node::Element(element) = child {
                all.push(element);
                all.extend(element.everything());
            }
        }
        all
    }

    /// All elements of this name inside.
    pub(super) fn all(&self, name: &str) -> impl Iterator<Item = &Self> {
        self.everything().into_iter().filter(move |element| element.name == name)
    }
}

/// Parses a document, and panics at whatever is not closed, quoted or escaped.
pub(super) fn parse(html: &str) -> Element {
    let mut rest = html.strip_prefix("<!DOCTYPE html>").expect("a doctype");
    let mut open = vec![Element::default()];
    while !rest.is_empty() {
        let (text, after) = rest.split_at(rest.find('<').unwrap_or(rest.len()));
        if !text.is_empty() {
            let is_raw = open.last().is_some_and(|element| element.name == "style");
            let text = if is_raw { text.to_owned() } else { unescaped(text) };
            open.last_mut().unwrap().children.push(Node::Text(text));
        }
        let Some(tag) = after.strip_prefix('<') else { break };
        let (tag, after) = tag.split_once('>').expect("an open tag");
        rest = after;
        if let Some(name) = tag.strip_prefix('/') {
            let closed = open.pop().unwrap();
            assert_eq!(closed.name, name, "what is closed is what was opened last");
            open.last_mut().unwrap().children.push(Node::Element(closed));
            continue;
        }
        let element = begin(tag);
        if VOID.contains(&&*element.name) {
            open.last_mut().unwrap().children.push(Node::Element(element));
        } else {
            open.push(element);
        }
    }
    assert_eq!(open.len(), 1, "everything is closed");
    open.pop().unwrap()
}

fn begin(tag: &str) -> Element {
    let (name, mut rest) = tag.split_once(' ').unwrap_or((tag, ""));
    assert!(!name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{tag}");
    let mut attributes = Vec::new();
    while !rest.is_empty() {
        let (name, value) = rest.split_once("=\"").expect("a quoted attribute");
        let (value, after) = value.split_once('"').expect("the end of an attribute");
        assert!(name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'), "{name}");
        attributes.push((name.to_owned(), unescaped(value)));
        rest = after.strip_prefix(' ').unwrap_or(after);
    }
    Element { name: name.to_owned(), attributes, children: Vec::new() }
}

fn unescaped(text: &str) -> String {
    assert!(!text.contains(['<', '>']), "{text}");
    for after in text.split('&').skip(1) {
        let known = ["amp;", "lt;", "gt;", "quot;", "#39;"];
        assert!(known.iter().any(|known| after.starts_with(known)), "{text}");
    }
    let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"");
    text.replace("&#39;", "'").replace("&amp;", "&")
}
