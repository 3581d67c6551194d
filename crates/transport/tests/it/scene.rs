//! The cast: an app, a request, small servers that do as their script says.

mod server;
mod tls;

use std::error::Error;

use http::{Request, Response};
use yzb_emulator::{Emulator, World, demo};
use yzb_proto::oauth2::check_code::{CheckCode, CheckedCode};
use yzb_proto::oauth2::server_token::IssueServerToken;
use yzb_proto::oauth2::ticket::IssueTicket;
use yzb_proto::oauth2::user_token::LogInUser;
use yzb_proto::{AppId, AppSecret, AuthCode, Endpoint, EndpointExt, Origin};
use yzb_transport::{Body, CallError, Client, Transport, TransportError};

pub(crate) use server::{Dead, Server, Step};
pub(crate) use tls::Authority;

/// The demo app and what it logs in with.
pub(crate) struct App {
    pub(crate) app_id: AppId,
    pub(crate) secret: AppSecret,
    pub(crate) code: AuthCode,
}

impl App {
    pub(crate) fn demo() -> Self {
        Self::new(demo::APP_ID, demo::APP_SECRET, demo::AUTH_CODE)
    }

    pub(crate) fn new(app_id: &str, secret: &str, code: &str) -> Self {
        Self {
            app_id: app_id.parse().unwrap(),
            secret: secret.parse().unwrap(),
            code: code.parse().unwrap(),
        }
    }

    pub(crate) fn login(&self) -> LogInUser<'_> {
        LogInUser { app_id: &self.app_id, secret: &self.secret, code: &self.code }
    }

    pub(crate) fn token(&self) -> IssueServerToken<'_> {
        IssueServerToken { app_id: &self.app_id, secret: &self.secret }
    }

    /// Login, server token, ticket, check of the ticket. Returns every secret that was seen.
    pub(crate) async fn whole_way<T: Transport>(
        &self,
        client: &Client<T>,
    ) -> Result<Vec<String>, CallError> {
        let user = client.call(&self.login()).await?;
        assert_eq!(user.open_id.as_str(), demo::ANGEL);
        let token = client.call(&self.token()).await?.access_token;
        let ask = IssueTicket { app_id: &self.app_id, access_token: &token };
        let ticket = client.call(&ask).await?.ticket;
        let code = CheckedCode::JsTicket(&ticket);
        assert!(client.call(&CheckCode { app_id: &self.app_id, code }).await?.is_valid());
        Ok(vec![
            user.access_token.unwrap().expose_secret().to_owned(),
            user.refresh_token.unwrap().expose_secret().to_owned(),
            token.expose_secret().to_owned(),
            ticket.expose_secret().to_owned(),
        ])
    }
}

pub(crate) fn emulator() -> (Emulator, Origin) {
    let emulator = Emulator::start(World::demo()).unwrap();
    let origin = emulator.origin().parse().unwrap();
    (emulator, origin)
}

/// A request to this origin, as the demo app makes it.
pub(crate) fn request(origin: &str) -> Request<Body> {
    let app = App::demo();
    let request = app.token().to_request(&Origin::allowing_plaintext(origin).unwrap());
    assert_eq!(request.uri().path(), IssueServerToken::PATH);
    request
}

/// An answer of HTTP/1.1 with a length.
pub(crate) fn answer(head: &str, body: &str) -> Vec<u8> {
    format!("HTTP/1.1 {head}\r\ncontent-length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

/// The platform's answer with a server token.
pub(crate) const TOKEN: &str =
    r#"{"status":"2000","message":"ok","data":{"access_token":"a-token","expires_in":7200}}"#;

pub(crate) fn good_answer() -> Vec<u8> {
    answer("200 OK\r\ncontent-type: application/json", TOKEN)
}

/// An answer whose only chunk has no length.
pub(crate) fn bad_chunk() -> Vec<u8> {
    b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nplanted\r\n".to_vec()
}

/// A redirect to another server.
pub(crate) fn redirect(status: u16, target: &Server) -> Vec<u8> {
    let location = format!("{}/elsewhere?secret=planted", target.origin());
    answer(&format!("{status} Moved\r\nlocation: {location}"), "")
}

/// Everything that a person or a log could see of an error.
pub(crate) fn everything_shown(error: &(dyn Error + 'static)) -> String {
    let mut shown = format!("{error:?}");
    let mut next = Some(error);
    while let Some(error) = next {
        shown.push_str(&format!("\n{error}\n{error:?}\n{error:#?}"));
        next = error.source();
    }
    shown
}

/// What comes of sending.
pub(crate) type Sent = Result<Response<Body>, TransportError>;
