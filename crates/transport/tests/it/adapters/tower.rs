//! Over tower services.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use http::{Request, Response};
use http_body_util::Full;
use tower::service_fn;
use yzb_transport::{
    Body, Client, HyperTransport, TowerTransport, Transport, TransportError, TransportErrorKind,
};

use crate::scene::{App, TOKEN, emulator, request};

type Bytes = bytes::Bytes;
type BoxError = Box<dyn std::error::Error + Send + Sync>;

async fn token() -> Result<Response<Full<Bytes>>, BoxError> {
    Ok(Response::new(Full::from(TOKEN)))
}

#[tokio::test]
async fn the_whole_way() {
    let (_emulator, origin) = emulator();
    let hyper = HyperTransport::new();
    let service = service_fn(move |request: Request<Body>| {
        let hyper = hyper.clone();
        async move {
            let response = hyper.send(request).await?;
            Ok::<_, TransportError>(response.map(|body| Full::new(body.into_bytes())))
        }
    });
    App::demo().whole_way(&Client::new(TowerTransport::new(service), origin)).await.unwrap();
}

#[tokio::test]
async fn a_service_may_take_another_kind_of_body() {
    let service = service_fn(|_: Request<Full<Bytes>>| token());
    let client = Client::new(TowerTransport::new(service), "http://127.0.0.1:9".parse().unwrap());
    client.call(&App::demo().token()).await.unwrap();
}

/// Is ready when asked for the second time, and checks that it was asked.
#[derive(Clone)]
struct Hesitant {
    asked: usize,
    calls: Arc<AtomicUsize>,
}

impl tower::Service<Request<Body>> for Hesitant {
    type Response = Response<Full<Bytes>>;
    type Error = BoxError;
    type Future = std::future::Ready<Result<Self::Response, BoxError>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.asked += 1;
        if self.asked == 2 {
            return Poll::Ready(Ok(()));
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    fn call(&mut self, _: Request<Body>) -> Self::Future {
        assert_eq!(self.asked, 2, "called before it was ready");
        self.calls.fetch_add(1, Ordering::Relaxed);
        std::future::ready(Ok(Response::new(Full::from(TOKEN))))
    }
}

#[tokio::test]
async fn readiness_is_waited_for() {
    let calls = Arc::new(AtomicUsize::new(0));
    let transport = TowerTransport::new(Hesitant { asked: 0, calls: Arc::clone(&calls) });
    for _ in 0..2 {
        transport.send(request("http://127.0.0.1:9")).await.unwrap();
    }
    assert_eq!(calls.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn a_service_that_will_never_be_ready_has_sent_nothing() {
    let closed = tower::util::BoxCloneSyncService::new(Never);
    let error = TowerTransport::new(closed).send(request("http://127.0.0.1:9")).await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::Other);
    assert!(!error.may_have_been_sent());
}

#[derive(Clone)]
struct Never;

impl tower::Service<Request<Body>> for Never {
    type Response = Response<Full<Bytes>>;
    type Error = BoxError;
    type Future = std::future::Pending<Result<Self::Response, BoxError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Err("closed".into()))
    }

    fn call(&mut self, _: Request<Body>) -> Self::Future {
        std::future::pending()
    }
}

#[tokio::test]
async fn errors_of_ours_stay_what_they_are_and_others_are_perhaps_sent() {
    let failing = |error: fn() -> BoxError| {
        service_fn(move |_: Request<Body>| async move {
            Err::<Response<Full<Bytes>>, BoxError>(error())
        })
    };
    let ours = failing(|| TransportError::new(TransportErrorKind::Dns).into());
    let error = TowerTransport::new(ours).send(request("http://127.0.0.1:9")).await.unwrap_err();
    assert_eq!((error.kind(), error.may_have_been_sent()), (TransportErrorKind::Dns, false));

    let other = failing(|| "out of luck".into());
    let error = TowerTransport::new(other).send(request("http://127.0.0.1:9")).await.unwrap_err();
    assert_eq!((error.kind(), error.may_have_been_sent()), (TransportErrorKind::Other, true));
}

#[tokio::test]
async fn answers_have_the_same_limits() {
    let large = service_fn(|_: Request<Body>| async {
        Ok::<_, BoxError>(Response::new(Full::new(Bytes::from(vec![b'x'; 65_537]))))
    });
    let transport = TowerTransport::new(large);
    let error = transport.send(request("http://127.0.0.1:9")).await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::TooLarge);
    let roomy = transport.clone().answer_limit(65_537);
    assert_eq!(roomy.send(request("http://127.0.0.1:9")).await.unwrap().body().len(), 65_537);

    let encoded = service_fn(|_: Request<Body>| async {
        let response = Response::builder().header("content-encoding", "br");
        Ok::<_, BoxError>(response.body(Full::<Bytes>::default()).unwrap())
    });
    let error = TowerTransport::new(encoded).send(request("http://127.0.0.1:9")).await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::UnexpectedEncoding);

    let error = transport.send(request("http://platform.invalid")).await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::Insecure);
}

/// A body that fails, by an error that says of itself that nothing was sent.
struct Failing;

impl http_body::Body for Failing {
    type Data = Bytes;
    type Error = TransportError;

    fn poll_frame(
        self: std::pin::Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, TransportError>>> {
        Poll::Ready(Some(Err(TransportErrorKind::Connect.into())))
    }
}

#[tokio::test]
async fn whatever_happens_to_the_body_the_request_had_arrived() {
    let service =
        service_fn(|_: Request<Body>| async { Ok::<_, BoxError>(Response::new(Failing)) });
    let transport = TowerTransport::new(service);
    let error = transport.send(request("http://127.0.0.1:9")).await.unwrap_err();
    assert_eq!((error.kind(), error.may_have_been_sent()), (TransportErrorKind::Connect, true));
}
