//! An operation: what the router routes and what the document describes are made from the same value.

use axum::handler::Handler;
use axum::routing::{MethodFilter, MethodRouter, on};
use serde_json::{Map, Value};

use crate::ProblemKind;
use crate::service::Shared;
use crate::shape::{Shape, reference};

/// One method of one path.
pub(crate) struct Operation {
    pub(crate) verb: Verb,
    /// As axum and the document both write it: `/v1/apps/{app_id}/…`.
    pub(crate) path: &'static str,
    /// Its name in the document.
    pub(crate) id: &'static str,
    pub(crate) summary: &'static str,
    pub(crate) about: &'static str,
    pub(crate) access: Access,
    pub(crate) query: &'static [Parameter],
    pub(crate) body: Option<Described>,
    pub(crate) answer: Answer,
    /// What can go wrong here, beside what its access, path, query and body bring along.
    pub(crate) problems: &'static [ProblemKind],
}

/// An operation and who answers it.
pub(crate) struct Route {
    pub(crate) operation: Operation,
    pub(crate) handler: MethodRouter<Shared>,
}

impl Route {
    pub(crate) fn new<T: 'static>(operation: Operation, handler: impl Handler<T, Shared>) -> Self {
        let handler = on(operation.verb.filter(), handler);
        Self { operation, handler }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verb {
    Get,
    Post,
}

/// Who may ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// Anybody.
    Public,
    /// Who has a bearer token, if there are any.
    Token,
    /// The same; a browser's password does too.
    Browser,
}

/// A parameter of the query.
pub(crate) struct Parameter {
    pub(crate) name: &'static str,
    pub(crate) required: bool,
    pub(crate) about: &'static str,
    pub(crate) schema: fn() -> Value,
}

/// What comes back if all goes well.
pub(crate) struct Answer {
    pub(crate) about: &'static str,
    pub(crate) media_type: &'static str,
    pub(crate) described: Described,
    /// Headers beside those that every answer has, and what they say.
    pub(crate) headers: &'static [(&'static str, &'static str)],
}

/// A schema, and the named schemas that it needs.
#[derive(Clone, Copy)]
pub(crate) struct Described {
    pub(crate) schema: fn() -> Value,
    pub(crate) parts: fn(&mut Map<String, Value>),
}

impl Described {
    pub(crate) const fn of<T: Shape>() -> Self {
        Self { schema: reference::<T>, parts: T::parts }
    }
}

impl Answer {
    /// An object of this shape.
    pub(crate) const fn json<T: Shape>(about: &'static str) -> Self {
        let described = Described::of::<T>();
        Self { about, media_type: "application/json", described, headers: &[] }
    }
}

impl Verb {
    /// As the document writes it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::Post => "post",
        }
    }

    fn filter(self) -> MethodFilter {
        match self {
            Self::Get => MethodFilter::GET,
            Self::Post => MethodFilter::POST,
        }
    }
}

impl Operation {
    /// The names in its path.
    pub(crate) fn path_parameters(&self) -> impl Iterator<Item = &'static str> {
        self.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
    }

    /// Whether it waits for anything: a body, or the platform.
    fn waits(&self) -> bool {
        use ProblemKind as P;
        let for_platform = |kind: &P| matches!(kind, P::Exchange | P::NoServerToken | P::NoTicket);
        self.body.is_some() || self.problems.iter().any(for_platform)
    }

    /// Everything that can go wrong here.
    pub(crate) fn all_problems(&self) -> Vec<ProblemKind> {
        use ProblemKind as P;
        // The guard looks at these before anybody else does.
        let mut all = vec![P::UriTooLong, P::HeadersTooLarge, P::WrongHost, P::ForeignOrigin];
        if self.waits() {
            all.push(P::DeadlineExceeded);
        }
        if self.access != Access::Public {
            all.extend([P::Unauthorized, P::TooManyAttempts]);
        }
        if self.path_parameters().next().is_some() {
            all.extend([P::MalformedPath, P::NoSuchApp]);
        }
        // Whoever takes no parameter refuses all.
        all.push(P::MalformedQuery);
        if self.body.is_some() {
            all.extend([
                P::MalformedBody,
                P::BodyTimeout,
                P::BodyTooLarge,
                P::UnsupportedMediaType,
            ]);
        }
        all.extend(self.problems);
        all.sort_unstable();
        all.dedup();
        all
    }
}
