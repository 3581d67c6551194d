//! Over ureq, from ordinary threads.

use std::time::Duration;

use yzb_proto::oauth2::check_code::{CheckCode, CheckedCode};
use yzb_proto::oauth2::ticket::IssueTicket;
use yzb_proto::{DecodeErrorKind, Error};
use yzb_transport::{
    BlockingClient, BlockingTransport, TransportError, TransportErrorKind, UreqTransport,
};

use crate::scene::{
    App, Authority, Dead, Sent, Server, Step, answer, bad_chunk, emulator, everything_shown,
    good_answer, redirect, request,
};

fn transport() -> UreqTransport {
    UreqTransport::new().unwrap()
}

/// Sends from a thread that may wait.
async fn send(transport: UreqTransport, origin: &str) -> Sent {
    let request = request(origin);
    tokio::task::spawn_blocking(move || transport.send(request)).await.unwrap()
}

async fn failure_of(server: &Server) -> TransportError {
    let error = send(transport(), &server.origin()).await.unwrap_err();
    assert!(!everything_shown(&error).contains("OAuth2"), "a URL is shown: {error:?}");
    error
}

#[test]
fn the_whole_way_without_a_runtime() {
    let (_emulator, origin) = emulator();
    let client = BlockingClient::new(transport(), origin);
    let app = App::demo();
    assert_eq!(client.call(&app.login()).unwrap().open_id.as_str(), yzb_emulator::demo::ANGEL);
    let token = client.call(&app.token()).unwrap().access_token;
    let ask = IssueTicket { app_id: &app.app_id, access_token: &token };
    let ticket = client.call_for_answer(&ask).unwrap().output.ticket;
    let code = CheckedCode::JsTicket(&ticket);
    assert!(client.call(&CheckCode { app_id: &app.app_id, code }).unwrap().is_valid());
}

#[tokio::test]
async fn no_redirect_is_followed_by_any_agent() {
    let target = Server::answering(good_answer()).await;
    for status in [301, 302, 303, 307, 308] {
        let server = Server::answering(redirect(status, &target)).await;
        let agent = UreqTransport::from_agent(ureq::Agent::new_with_defaults());
        let client = BlockingClient::new(agent, server.origin().parse().unwrap());
        let call = tokio::task::spawn_blocking(move || client.call(&App::demo().token()));
        let error = call.await.unwrap().unwrap_err();
        let Some(Error::Undecodable(flaw)) = error.answer() else { panic!("{error}") };
        assert!(matches!(flaw.kind(), DecodeErrorKind::Redirected { .. }));
    }
    assert_eq!(target.connections(), 0);
}

#[tokio::test]
async fn answers_have_the_same_limits() {
    let flood: String = (0..64).map(|n| format!("\r\nx-{n}: y")).collect();
    for (answer, wanted) in [
        (answer("200 OK", &"x".repeat(65_537)), TransportErrorKind::TooLarge),
        (answer(&format!("200 OK{flood}"), ""), TransportErrorKind::TooLarge),
        (answer("200 OK\r\ncontent-encoding: gzip", "x"), TransportErrorKind::UnexpectedEncoding),
        (b"HTTP/1.1 abc\r\n\r\n".to_vec(), TransportErrorKind::Malformed),
        (bad_chunk(), TransportErrorKind::Malformed),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nx".to_vec(), TransportErrorKind::Closed),
    ] {
        let server = Server::start([Step::Read, Step::Send(answer)]).await;
        let error = failure_of(&server).await;
        assert_eq!(error.kind(), wanted, "{error:?}");
        assert!(error.may_have_been_sent());
    }
    let endless = Step::SendForever(vec![b'x'; 4096]);
    let head = b"HTTP/1.1 200 OK\r\n\r\n".to_vec();
    let server = Server::start([Step::Read, Step::Send(head), endless]).await;
    assert_eq!(failure_of(&server).await.kind(), TransportErrorKind::TooLarge);

    let server = Server::answering(answer("200 OK", &"x".repeat(65_536))).await;
    send(transport(), &server.origin()).await.unwrap();
    let received = server.received().to_lowercase();
    assert!(!received.contains("accept-encoding"), "{received}");
    assert!(received.contains("\r\nuser-agent: yzb/0."), "{received}");
}

#[tokio::test]
async fn a_second_call_uses_the_same_connection() {
    let server = Server::answering(good_answer()).await;
    let transport = transport();
    for _ in 0..3 {
        send(transport.clone(), &server.origin()).await.unwrap();
    }
    assert_eq!((server.requests(), server.connections()), (3, 1));
}

#[tokio::test]
async fn an_error_status_is_an_answer() {
    let server = Server::answering(answer("503 Busy\r\nretry-after: 120", "busy")).await;
    let response = send(transport(), &server.origin()).await.unwrap();
    assert_eq!(response.status(), 503);
    assert_eq!(response.headers()["retry-after"], "120");
}

#[tokio::test]
async fn what_was_sent_and_what_was_not_is_told_apart() {
    let server = Server::start([Step::Read]).await;
    let error = failure_of(&server).await;
    assert_eq!(error.kind(), TransportErrorKind::Closed, "{error:?}");
    assert!(error.may_have_been_sent());
    assert_eq!(server.requests(), 1);

    let dead = Dead::new();
    let error = send(transport(), &dead.origin()).await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::Connect, "{error:?}");
    assert!(!error.may_have_been_sent());

    let error = send(transport(), "https://platform.invalid").await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::Dns, "{error:?}");
    let error = send(transport(), "http://platform.invalid").await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::Insecure);
}

#[tokio::test]
async fn the_total_deadline_holds() {
    let server = Server::start([Step::Read, Step::Hang]).await;
    let hasty = transport().total_timeout(Duration::from_millis(50));
    let error = send(hasty, &server.origin()).await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::Timeout, "{error:?}");
    assert!(error.may_have_been_sent());
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn connecting_has_a_deadline_of_its_own() {
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    // The queue takes two; whoever comes later is not answered.
    let one = tokio::net::TcpStream::connect(address).await.unwrap();
    let two = tokio::net::TcpStream::connect(address).await.unwrap();
    let error = send(transport(), &format!("http://{address}")).await.unwrap_err();
    // The deadline of the whole would be another kind.
    assert_eq!(error.kind(), TransportErrorKind::ConnectTimeout, "{error:?}");
    assert!(!error.may_have_been_sent());
    drop((one, two));
}

#[tokio::test]
async fn a_certificate_of_an_unknown_authority_is_refused() {
    let tls = Authority::new().server("localhost");
    let server = Server::answering_tls(good_answer(), tls).await;
    let error = send(transport(), &server.origin_by_name()).await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::UnknownIssuer, "{error:?}");
    assert!(!error.may_have_been_sent());
    assert_eq!(server.requests(), 0);
}

#[tokio::test]
async fn an_agent_without_cryptography_gets_ours() {
    let tls = Authority::new().server("localhost");
    let server = Server::answering_tls(good_answer(), tls).await;
    let agent = UreqTransport::from_agent(ureq::Agent::new_with_defaults());
    let error = send(agent, &server.origin_by_name()).await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::UnknownIssuer, "{error:?}");
}

#[tokio::test]
async fn limits_beyond_reason_are_brought_back() {
    let server = Server::answering(good_answer()).await;
    for limit in [Duration::MAX, Duration::ZERO] {
        send(transport().total_timeout(limit), &server.origin()).await.unwrap();
    }
}

#[tokio::test]
async fn a_proxy_s_refusals_are_told_apart() {
    for (head, wanted) in [
        ("407 Proxy Authentication Required", TransportErrorKind::ProxyAuth),
        ("502 Bad Gateway", TransportErrorKind::Proxy),
    ] {
        let proxy = Server::answering(answer(head, "")).await;
        let text = proxy.origin().replace("http://", "http://user:planted@");
        let config = ureq::Agent::config_builder().proxy(Some(ureq::Proxy::new(&text).unwrap()));
        let transport = UreqTransport::from_agent(config.build().new_agent());
        let error = send(transport, "https://platform.invalid").await.unwrap_err();
        assert_eq!(error.kind(), wanted, "{error:?}");
        assert!(!everything_shown(&error).contains("planted"));
    }
}

#[test]
fn the_environment_s_proxy_has_no_say() {
    let dead = tokio::runtime::Runtime::new().unwrap().block_on(async { Dead::new() });
    assert!(super::passes_behind(
        &dead.origin(),
        "adapters::ureq::the_whole_way_without_a_runtime"
    ));
}

mod lost {
    //! A connection that takes everything and gives nothing but this error.

    use std::io::ErrorKind;

    use ureq::unversioned::resolver::DefaultResolver;
    use ureq::unversioned::transport::{
        Buffers, ConnectionDetails, Connector, LazyBuffers, NextTimeout, Transport,
    };
    use yzb_transport::{BlockingTransport, TransportErrorKind, UreqTransport};

    use crate::scene::request;

    #[derive(Debug)]
    struct Losing(ErrorKind);

    #[derive(Debug)]
    struct Lost(LazyBuffers, ErrorKind);

    impl<In: Transport> Connector<In> for Losing {
        type Out = Lost;

        fn connect(
            &self,
            _: &ConnectionDetails<'_>,
            _: Option<In>,
        ) -> Result<Option<Lost>, ureq::Error> {
            Ok(Some(Lost(LazyBuffers::new(65_536, 65_536), self.0)))
        }
    }

    impl Transport for Lost {
        fn buffers(&mut self) -> &mut dyn Buffers {
            &mut self.0
        }

        fn transmit_output(&mut self, _: usize, _: NextTimeout) -> Result<(), ureq::Error> {
            Ok(())
        }

        fn await_input(&mut self, _: NextTimeout) -> Result<bool, ureq::Error> {
            Err(ureq::Error::Io(self.1.into()))
        }

        fn is_open(&mut self) -> bool {
            true
        }
    }

    #[test]
    fn a_network_that_goes_away_after_sending_may_have_carried_the_request() {
        for kind in [
            ErrorKind::HostUnreachable,
            ErrorKind::NetworkUnreachable,
            ErrorKind::NetworkDown,
            ErrorKind::PermissionDenied,
            ErrorKind::ConnectionReset,
        ] {
            let resolver = DefaultResolver::default();
            let agent = ureq::Agent::with_parts(Default::default(), Losing(kind), resolver);
            let transport = UreqTransport::from_agent(agent);
            let error = transport.send(request("http://127.0.0.1:9")).unwrap_err();
            assert_eq!(error.kind(), TransportErrorKind::Closed, "{kind}");
            assert!(error.may_have_been_sent(), "{kind}");
        }
    }
}
