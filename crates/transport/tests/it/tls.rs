//! TLS with certificates of our own making.

use yzb_transport::{HyperTransport, Transport, TransportError, TransportErrorKind};

use crate::scene::{Authority, Server, Step, answer, good_answer, request};

async fn refusal(transport: &HyperTransport, origin: &str) -> TransportError {
    let error = transport.send(request(origin)).await.unwrap_err();
    assert!(!error.may_have_been_sent(), "{error:?}");
    error
}

fn trusting(authority: &Authority) -> HyperTransport {
    HyperTransport::builder().ca_pem(authority.pem()).build().unwrap()
}

#[tokio::test]
async fn a_private_authority_is_trusted_by_its_file() {
    let authority = Authority::new();
    let server = Server::answering_tls(good_answer(), authority.server("localhost")).await;
    let path = std::env::temp_dir().join(format!("yzb-transport-ca-{}.pem", std::process::id()));
    std::fs::write(&path, authority.pem()).unwrap();
    let transport = HyperTransport::builder().ca_file(&path).build().unwrap();
    std::fs::remove_file(&path).unwrap();

    let response = transport.send(request(&server.origin_by_name())).await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(server.requests(), 1);
}

#[tokio::test]
async fn a_certificate_may_name_an_address() {
    let authority = Authority::new();
    let server = Server::answering_tls(good_answer(), authority.server("127.0.0.1")).await;
    trusting(&authority).send(request(&server.origin())).await.unwrap();
}

#[tokio::test]
async fn an_unknown_authority_is_refused_by_whatever_roots() {
    let server = Server::answering_tls(good_answer(), Authority::new().server("localhost")).await;
    let other = trusting(&Authority::new());
    let error = refusal(&other, &server.origin_by_name()).await;
    assert_eq!(error.kind(), TransportErrorKind::UnknownIssuer);
    assert_eq!(error.subject(), Some("localhost"));

    // The platform's own roots, where this machine has any.
    let error = refusal(&HyperTransport::new(), &server.origin_by_name()).await;
    let kinds = [TransportErrorKind::UnknownIssuer, TransportErrorKind::Config];
    assert!(kinds.contains(&error.kind()), "{error}");

    #[cfg(feature = "webpki-roots")]
    {
        let bundled = HyperTransport::builder().webpki_roots().build().unwrap();
        let error = refusal(&bundled, &server.origin_by_name()).await;
        assert_eq!(error.kind(), TransportErrorKind::UnknownIssuer);
    }
    assert_eq!(server.requests(), 0);
}

#[tokio::test]
async fn an_expired_certificate_is_refused() {
    let authority = Authority::new();
    let server = Server::answering_tls(good_answer(), authority.expired_server("localhost")).await;
    let error = refusal(&trusting(&authority), &server.origin_by_name()).await;
    assert_eq!(error.kind(), TransportErrorKind::CertificateExpired);
    assert!(error.to_string().contains("check this machine's clock"), "{error}");
    assert_eq!(server.requests(), 0);
}

#[tokio::test]
async fn a_certificate_that_is_not_valid_yet_is_refused() {
    let authority = Authority::new();
    let server = Server::answering_tls(good_answer(), authority.early_server("localhost")).await;
    let error = refusal(&trusting(&authority), &server.origin_by_name()).await;
    assert_eq!(error.kind(), TransportErrorKind::CertificateExpired);
}

#[tokio::test]
async fn each_authority_that_is_named_is_trusted() {
    let (first, second) = (Authority::new(), Authority::new());
    let builder = HyperTransport::builder().ca_pem(first.pem()).ca_pem(second.pem());
    let transport = builder.build().unwrap();
    for authority in [first, second] {
        let server = Server::answering_tls(good_answer(), authority.server("localhost")).await;
        transport.send(request(&server.origin_by_name())).await.unwrap();
    }
}

#[tokio::test]
async fn an_authority_s_certificate_is_not_a_server_s() {
    let authority = Authority::new();
    let tls = authority.server_with_an_authority_s_certificate("localhost");
    let server = Server::answering_tls(good_answer(), tls).await;
    let error = refusal(&trusting(&authority), &server.origin_by_name()).await;
    assert_eq!(error.kind(), TransportErrorKind::BadCertificate);
    assert_eq!(error.retry(), yzb_proto::Retry::FixConfiguration);
    assert!(error.to_string().contains("no authority's own"), "{error}");
}

#[tokio::test]
async fn a_server_that_wants_a_client_s_certificate_is_told_as_such() {
    let authority = Authority::new();
    let tls = authority.server_that_wants_one_too("localhost");
    let server = Server::answering_tls(good_answer(), tls).await;
    let transport = trusting(&authority);
    let error = transport.send(request(&server.origin_by_name())).await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::ClientCertificate, "{error:?}");
    assert_eq!(error.retry(), yzb_proto::Retry::FixConfiguration);
    assert_eq!(server.requests(), 0);
}

#[tokio::test]
async fn a_certificate_for_another_host_is_refused() {
    let authority = Authority::new();
    let server = Server::answering_tls(good_answer(), authority.server("other.example")).await;
    let error = refusal(&trusting(&authority), &server.origin_by_name()).await;
    assert_eq!(error.kind(), TransportErrorKind::WrongHost);
    assert_eq!(server.requests(), 0);
}

#[tokio::test]
async fn plaintext_where_tls_was_expected_is_not_spoken_to() {
    let impatient = Step::Send(answer("400 Bad Request", ""));
    let server = Server::start([impatient, Step::Hang]).await;
    let origin = server.origin_by_name().replace("http:", "https:");
    let error = refusal(&trusting(&Authority::new()), &origin).await;
    assert_eq!(error.kind(), TransportErrorKind::Tls);
    assert_eq!(server.requests(), 0);
}

#[tokio::test]
async fn plaintext_beyond_loopback_needs_to_be_allowed() {
    // Nothing is resolved or connected to: the refusal comes first.
    let error = refusal(&HyperTransport::new(), "http://platform.invalid").await;
    assert_eq!(error.kind(), TransportErrorKind::Insecure);

    let allowing = HyperTransport::builder().allow_plaintext(true).build().unwrap();
    let error = refusal(&allowing, "http://platform.invalid").await;
    assert_eq!(error.kind(), TransportErrorKind::Dns);
}

#[test]
fn a_transport_is_made_without_a_runtime_and_refuses_to_send_without_one() {
    let transport = HyperTransport::new();
    let sending = transport.send(request("http://127.0.0.1:9"));
    let mut sending = std::pin::pin!(sending);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    let std::task::Poll::Ready(Err(error)) = sending.as_mut().poll(&mut context) else { panic!() };
    assert_eq!(error.kind(), TransportErrorKind::Config);
    assert!(error.to_string().contains("no Tokio runtime"), "{error}");
}

#[test]
fn settings_that_cannot_work_are_refused_by_build() {
    let (zero, second) = (std::time::Duration::ZERO, std::time::Duration::from_secs(1));
    for builder in [
        HyperTransport::builder().ca_pem("no certificate"),
        HyperTransport::builder().ca_file("/no/such/file"),
        HyperTransport::builder().total_timeout(zero),
        HyperTransport::builder().connect_timeout(zero),
        HyperTransport::builder().answer_limit(0),
        HyperTransport::builder().connect_timeout(2 * second).total_timeout(second),
        HyperTransport::builder().proxy_from_env(|_| Some("socks5://h:1".to_owned())),
    ] {
        let error = builder.build().unwrap_err();
        assert_eq!(error.kind(), TransportErrorKind::Config);
        assert!(error.to_string().ends_with("correct the setting named"), "{error}");
    }
}

#[tokio::test]
async fn timeouts_beyond_reason_are_brought_back() {
    let longest = std::time::Duration::MAX;
    let builder = HyperTransport::builder().total_timeout(longest).connect_timeout(longest);
    let transport = builder.idle_timeout(longest).build().unwrap();
    let server = Server::answering(good_answer()).await;
    for _ in 0..2 {
        transport.send(request(&server.origin())).await.unwrap();
    }
    assert_eq!(server.connections(), 1);
}
