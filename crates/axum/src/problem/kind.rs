//! The kinds of problems, with everything about each that does not change: status, title, remedy.

use axum::http::StatusCode;

macro_rules! kinds {
    ($($(#[$doc:meta])+ $Kind:ident = $status:ident, $name:literal, $title:literal, $remedy:literal;)+) => {
        /// What kind of problem it is. Programs go by this, people by the title and the detail.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum ProblemKind {
            $($(#[$doc])+ $Kind,)+
        }

        impl ProblemKind {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$Kind,)+];

            /// A stable name in kebab case: `kind` in the answer, and the end of its `type`.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$Kind => $name,)+ }
            }

            /// The HTTP status that it is answered with.
            #[must_use]
            pub const fn status(self) -> StatusCode {
                match self { $(Self::$Kind => StatusCode::$status,)+ }
            }

            /// What is wrong, in a few words that are the same each time.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self { $(Self::$Kind => $title,)+ }
            }

            /// What to do about it, unless the problem at hand knows better.
            #[must_use]
            pub const fn remedy(self) -> &'static str {
                match self { $(Self::$Kind => $remedy,)+ }
            }
        }
    };
}

kinds! {
    /// The path has bytes that are no UTF-8.
    MalformedPath = BAD_REQUEST, "malformed-path", "the path cannot be read",
        "write ids as percent-encoded UTF-8";
    /// A query has an unknown, repeated, missing or unreadable parameter.
    MalformedQuery = BAD_REQUEST, "malformed-query", "the query cannot be read",
        "pass the parameters that the document at /v1/openapi.json names, once each, percent-encoded";
    /// The body is not the JSON that is wanted.
    MalformedBody = BAD_REQUEST, "malformed-body", "the body cannot be read",
        "send the JSON object that the document at /v1/openapi.json describes";
    /// An id or a code cannot be one.
    InvalidArgument = BAD_REQUEST, "invalid-argument", "what was passed in cannot be one",
        "pass the value as the platform or the page gave it";
    /// The page's URL cannot be signed.
    InvalidPage = BAD_REQUEST, "invalid-page", "the page's URL cannot be signed",
        "pass what the page's location.href reports";
    /// There is no bearer token, or none that is known.
    Unauthorized = UNAUTHORIZED, "unauthorized", "a bearer token is needed",
        "send Authorization: Bearer with a token from the service's configuration";
    /// The page is not of an origin that the app's configuration lists.
    PageNotListed = FORBIDDEN, "page-not-listed", "pages of this origin are not signed",
        "list the page's origin for this app in the service's configuration";
    /// A web page made a browser send this.
    ForeignOrigin = FORBIDDEN, "foreign-origin", "requests of web pages are refused",
        "call the service from a server, not from a page";
    /// The user has to add the app, or to grant something.
    UserMustAct = FORBIDDEN, "user-must-act", "the user has not added the app or granted this",
        "the user must add the app or grant the permission first";
    /// There is nothing at this path.
    NoSuchRoute = NOT_FOUND, "no-such-route", "there is nothing at this path",
        "see the document at /v1/openapi.json";
    /// No app of this id is served.
    NoSuchApp = NOT_FOUND, "no-such-app", "no app of this id is served",
        "add the app to the service's configuration, or correct the id";
    /// The path is right, the method is not.
    MethodNotAllowed = METHOD_NOT_ALLOWED, "method-not-allowed", "not by this method",
        "use a method that the header Allow names";
    /// The body did not arrive in time.
    BodyTimeout = REQUEST_TIMEOUT, "body-timeout", "the body did not arrive in time",
        "send the body right behind the head";
    /// The body is longer than is read.
    BodyTooLarge = PAYLOAD_TOO_LARGE, "body-too-large", "the body is too large",
        "send the JSON object alone";
    /// The URI is longer than is looked at.
    UriTooLong = URI_TOO_LONG, "uri-too-long", "the URI is too long",
        "leave out the page's query and fragment: they are not signed";
    /// The body is not labelled as JSON.
    UnsupportedMediaType = UNSUPPORTED_MEDIA_TYPE, "unsupported-media-type", "the body must be JSON",
        "send Content-Type: application/json and no Content-Encoding";
    /// The request is for another host.
    WrongHost = MISDIRECTED_REQUEST, "wrong-host", "this host is not served here",
        "use a loopback name, or list the host in the service's configuration";
    /// The login's code is spent, stale, or of another app.
    AuthCodeRefused = UNPROCESSABLE_ENTITY, "auth-code-refused", "the login's code is no longer good",
        "ask the page for a new auth code";
    /// Too many wrong tokens came from this peer.
    TooManyAttempts = TOO_MANY_REQUESTS, "too-many-attempts", "too many wrong tokens from this peer",
        "correct the token, then come back after the pause";
    /// There are more headers, or more bytes of them, than are looked at.
    HeadersTooLarge = REQUEST_HEADER_FIELDS_TOO_LARGE, "headers-too-large", "too many or too large headers",
        "send fewer and shorter headers";
    /// Something that must not happen: the clock or the randomness of the machine, or a bug.
    Internal = INTERNAL_SERVER_ERROR, "internal", "the service cannot do its work",
        "look at the service's log, its clock and its randomness";
    /// No usable answer of the platform came.
    Exchange = BAD_GATEWAY, "exchange", "no usable answer came from the platform",
        "repeat later, with growing pauses";
    /// The platform refused.
    PlatformRefused = BAD_GATEWAY, "platform-refused", "the platform refused",
        "check app id, secret and the platform's IP allow-list";
    /// The platform's answer cannot be read.
    Undecodable = BAD_GATEWAY, "undecodable", "the platform's answer cannot be read",
        "look whether a proxy answers in the platform's place";
    /// The platform has a passing fault.
    PlatformBusy = SERVICE_UNAVAILABLE, "platform-busy", "the platform has a passing fault",
        "repeat later, with growing pauses";
    /// There is no server token, or the one there is was refused.
    NoServerToken = SERVICE_UNAVAILABLE, "no-server-token", "there is no server token",
        "repeat later: the service goes on trying by itself";
    /// There is no ticket.
    NoTicket = SERVICE_UNAVAILABLE, "no-ticket", "there is no ticket",
        "repeat later: the service goes on trying by itself";
    /// Not everything is at hand.
    NotReady = SERVICE_UNAVAILABLE, "not-ready", "not every code is at hand",
        "see /v1/status for what is missing and why";
    /// It took longer than a request may take.
    DeadlineExceeded = GATEWAY_TIMEOUT, "deadline-exceeded", "it took too long",
        "repeat later; for a login, with a new auth code";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_its_own_name_an_error_status_and_a_remedy() {
        let mut names: Vec<_> = ProblemKind::ALL.iter().map(|kind| kind.name()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), ProblemKind::ALL.len());
        for kind in ProblemKind::ALL {
            assert!(kind.status().is_client_error() || kind.status().is_server_error());
            assert!(kind.remedy().len() > 10 && kind.title().len() > 10, "{kind:?}");
        }
    }
}
