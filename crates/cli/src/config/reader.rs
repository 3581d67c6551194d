//! Reading settings from nodes, with every problem noted and none the last.

mod fields;
mod scalar;

use super::problem::{Place, Problem};
use super::yaml::{Node, Tree, Value};

pub(super) use fields::Fields;
pub(super) use scalar::parse_span;

/// The most problems that are told of one file; who has more has another file than they think.
const MOST: usize = 1000;

/// Collects the problems of one file.
pub(super) struct Reader {
    problems: Vec<Problem>,
    /// How many more there were than are kept.
    dropped: usize,
    /// Whether the file was cut short by an error of its syntax: then nothing is called missing.
    cut: bool,
}

/// A node, and the name of the setting that it is.
#[derive(Clone)]
pub(super) struct At<'a> {
    pub(super) node: &'a Node,
    pub(super) path: String,
}

impl Reader {
    /// Begins with what was wrong with the syntax.
    pub(super) fn of(tree: &mut Tree) -> Self {
        let mut reader = Self { problems: Vec::new(), dropped: 0, cut: tree.cut };
        tree.problems.drain(..).for_each(|problem| reader.push(problem));
        reader
    }

    /// The problems, in the order of the file.
    pub(super) fn finish(mut self) -> Vec<Problem> {
        if self.dropped > 0 {
            let what = format!("there are {} problems more than are told here", self.dropped);
            self.problems.push(Problem::error(Place::default(), "", what, "mend these first"));
        }
        self.problems.sort_by_key(|problem| problem.place);
        self.problems
    }

    pub(super) fn push(&mut self, problem: Problem) {
        if self.problems.len() < MOST {
            self.problems.push(problem);
        } else {
            self.dropped += 1;
        }
    }

    /// Notes what is wrong with a value.
    pub(super) fn wrong(
        &mut self,
        at: &At<'_>,
        what: impl Into<std::borrow::Cow<'static, str>>,
        remedy: impl Into<std::borrow::Cow<'static, str>>,
    ) {
        self.push(Problem::error(at.place(), at.path.as_str(), what, remedy));
    }

    /// Notes what is odd about a value.
    pub(super) fn warn(&mut self, at: &At<'_>, what: &'static str, remedy: &'static str) {
        self.push(Problem::error(at.place(), at.path.as_str(), what, remedy).warning());
    }

    /// Notes that something is not there.
    pub(super) fn missing(
        &mut self,
        place: Place,
        path: impl Into<String>,
        remedy: impl Into<std::borrow::Cow<'static, str>>,
    ) {
        if !self.cut {
            self.push(Problem::error(place, path, "is missing", remedy));
        }
    }

    /// Notes that a value lacks something.
    pub(super) fn lacking(&mut self, at: &At<'_>, what: &'static str, remedy: &'static str) {
        if !self.cut {
            self.wrong(at, what, remedy);
        }
    }

    /// The items of a list.
    pub(super) fn list<'a>(&mut self, at: &At<'a>) -> Vec<At<'a>> {
        let Value::List(items) = &*at.node.value else {
            self.wrong(at, "is not a list", "write each item in a line of its own, behind `- `");
            return Vec::new();
        };
        let item = |(index, node)| At { node, path: format!("{}[{index}]", at.path) };
        items.iter().enumerate().map(item).collect()
    }
}

impl At<'_> {
    pub(super) fn place(&self) -> Place {
        self.node.place
    }

    pub(super) fn is_nothing(&self) -> bool {
        matches!(*self.node.value, Value::Nothing)
    }

    pub(super) fn has_items(&self) -> bool {
        matches!(&*self.node.value, Value::List(items) if !items.is_empty())
    }

    pub(super) fn is_map(&self) -> bool {
        matches!(*self.node.value, Value::Map(_))
    }
}
