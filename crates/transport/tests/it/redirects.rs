//! Redirects are answers, not orders.

use yzb_proto::{DecodeErrorKind, Error, Retry};
use yzb_transport::{Client, HyperTransport};

use crate::scene::{App, Server, good_answer, redirect};

#[tokio::test]
async fn no_redirect_is_followed_and_the_error_names_its_host() {
    let target = Server::answering(good_answer()).await;
    for status in [301, 302, 303, 307, 308] {
        let server = Server::answering(redirect(status, &target)).await;
        let client = Client::new(HyperTransport::new(), server.origin().parse().unwrap());
        let error = client.call(&App::demo().token()).await.unwrap_err();
        let Some(Error::Undecodable(flaw)) = error.answer() else { panic!("{error}") };
        let host = Some("127.0.0.1".into());
        assert_eq!(*flaw.kind(), DecodeErrorKind::Redirected { host });
        assert_eq!(error.retry(), Retry::FixConfiguration);
        assert!(error.to_string().contains("127.0.0.1"), "{error}");
        assert!(!error.to_string().contains("planted"), "{error}");
    }
    assert_eq!(target.connections(), 0);
}
