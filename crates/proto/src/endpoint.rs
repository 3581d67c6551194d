//! What a call is: a path, a form and an output.

use http::header::{ACCEPT, CONTENT_TYPE, HeaderValue};

use crate::error::{Credential, DecodeErrorKind};
use crate::{Answer, Body, Data, Error, Form, Origin, Status, envelope};

/// One call of the platform.
///
/// Adding one takes a path, the fields in their documented order, and the output's fields. What
/// every call has in common is in [`EndpointExt`].
///
/// ```
/// use yzb_proto::{AppId, Credential, Data, DecodeErrorKind, Endpoint, EndpointExt, Form, Origin};
///
/// /// `POST /CommonResource/getMotto`, which this crate does not know.
/// struct ReadMotto<'a> { app_id: &'a AppId }
///
/// impl Endpoint for ReadMotto<'_> {
///     const PATH: &'static str = "/CommonResource/getMotto";
///     const CREDENTIAL: Credential = Credential::ServerToken;
///     type Output = String;
///     fn form(&self, form: &mut Form) {
///         form.field("app_id", self.app_id.as_str());
///     }
///     fn read(data: &mut Data<'_>) -> Result<String, DecodeErrorKind> {
///         data.object(|fields| fields.read("motto"))
///     }
/// }
///
/// let app_id = AppId::new("100027")?;
/// let answer = http::Response::new(r#"{"status":2000,"message":"ok","data":{"motto":"hi"}}"#);
/// assert_eq!(ReadMotto { app_id: &app_id }.read_output(&answer)?, "hi");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Endpoint {
    /// The path, from its `/` on: letters, digits, `/`, `.`, `-` and `_`. Any other does not compile.
    const PATH: &'static str;

    /// What the call passes in that 4102 then blames.
    const CREDENTIAL: Credential;

    /// Whether the call may be sent again when it is not known what became of it.
    const REPEAT: Repeat = Repeat::Freely;

    /// Whether it is about one user, who can be asked to add the app or to grant a permission.
    const ABOUT_USER: bool = false;

    /// What a success says.
    type Output;

    /// Writes the fields, in the documents' order: for a request, and again to find the request's
    /// secrets in the message of an error.
    fn form(&self, form: &mut Form);

    /// Reads the output from the data of a success.
    ///
    /// # Errors
    ///
    /// The data is missing, or one of its fields is missing or unreadable.
    fn read(data: &mut Data<'_>) -> Result<Self::Output, DecodeErrorKind>;

    /// The output that an error status itself is: 4102 at check code, 4103 at base info.
    #[must_use]
    fn from_status(_status: Status) -> Option<Self::Output> {
        None
    }
}

/// Whether a request may be sent again when the answer to it was lost.
///
/// A request that surely was never sent may always be sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Repeat {
    /// As often as wanted: it changes nothing.
    Freely,
    /// Once more: each time it was received it has replaced a token or ticket that others use.
    OnceMore,
    /// Never: what it passes in is spent by the first time it is received.
    OnlyIfUnsent,
}

/// What every call can do; there is nothing to implement.
pub trait EndpointExt: Endpoint {
    /// The request, for any HTTP stack to send. Send it once, follow no redirects, and hand the
    /// answer to [`read_output`](Self::read_output) whatever its HTTP status.
    ///
    /// The URL has the path alone; secrets are in the body, whose `Debug` shows only a length.
    fn to_request(&self, origin: &Origin) -> http::Request<Body> {
        const {
            assert!(
                is_path(Self::PATH),
                "PATH must start with / and have only A-Z a-z 0-9 / . - _"
            );
        };
        let mut request = http::Request::new(Form::encode(|form| self.form(form)));
        *request.method_mut() = http::Method::POST;
        *request.uri_mut() = origin.url(Self::PATH);
        let form = HeaderValue::from_static("application/x-www-form-urlencoded");
        request.headers_mut().insert(CONTENT_TYPE, form);
        request.headers_mut().insert(ACCEPT, HeaderValue::from_static("application/json"));
        request
    }

    /// Reads the output from an answer, with its status and with what had to be forgiven.
    ///
    /// # Errors
    ///
    /// The platform rejected the request, or the answer cannot be read.
    fn read_answer(
        &self,
        response: &http::Response<impl AsRef<[u8]>>,
    ) -> Result<Answer<Self::Output>, Error> {
        envelope::read(self, response)
    }

    /// Reads the output alone.
    ///
    /// # Errors
    ///
    /// The platform rejected the request, or the answer cannot be read.
    fn read_output(
        &self,
        response: &http::Response<impl AsRef<[u8]>>,
    ) -> Result<Self::Output, Error> {
        self.read_answer(response).map(|answer| answer.output)
    }
}

impl<E: Endpoint + ?Sized> EndpointExt for E {}

const fn is_path(path: &str) -> bool {
    let bytes = path.as_bytes();
    let mut index = 0;
    while index < bytes.len() {
        let byte = bytes[index];
        if !(byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'.' | b'-' | b'_')) {
            return false;
        }
        index += 1;
    }
    !bytes.is_empty() && bytes[0] == b'/'
}
