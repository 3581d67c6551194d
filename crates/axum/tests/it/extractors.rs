//! A service of one's own, with routes of its own.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::FromRef;
use axum::http::{Request, StatusCode};
use axum::routing::{get, post};
use tower::ServiceExt as _;
use yzb::App;
use yzb_axum::extract::{LoggedIn, ServerToken, SignedPage, Ticket};
use yzb_axum::{PageOrigins, axum};
use yzb_emulator::demo;

use crate::scene::Scene;

#[derive(Clone)]
struct Site {
    app: App,
    pages: PageOrigins,
}

impl FromRef<Site> for App {
    fn from_ref(site: &Site) -> Self {
        site.app.clone()
    }
}

impl FromRef<Site> for PageOrigins {
    fn from_ref(site: &Site) -> Self {
        site.pages.clone()
    }
}

async fn codes(ServerToken(token): ServerToken, Ticket(ticket): Ticket) -> String {
    format!("{} {}", token.fingerprint(), ticket.fingerprint())
}

async fn page(page: SignedPage) -> SignedPage {
    page
}

async fn login(LoggedIn(user): LoggedIn) -> String {
    user.open_id.to_string()
}

async fn ask(router: &Router, request: Request<Body>) -> (StatusCode, String) {
    let response = router.clone().oneshot(request).await.unwrap();
    let status = response.status();
    let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    (status, String::from_utf8(bytes.to_vec()).unwrap())
}

#[tokio::test]
async fn the_routes_can_be_nested_into_others_that_have_a_root_of_their_own() {
    let scene = Scene::new();
    let own = Router::new().route("/", get(async || "mine")).fallback(async || "lost");
    let router = own.nest("/yzb", scene.guarded().build().router());
    let local = |uri: &str| Request::get(uri).body(Body::empty()).unwrap();
    assert_eq!(ask(&router, local("/")).await, (StatusCode::OK, "mine".to_owned()));
    assert_eq!(ask(&router, local("/nobody")).await, (StatusCode::OK, "lost".to_owned()));
    assert_eq!(ask(&router, local("/yzb/v1/live")).await.0, StatusCode::OK);
    for path in ["/yzb/v1/status", "/yzb/nobody", "/yzb"] {
        assert_eq!(ask(&router, local(path)).await.0, StatusCode::UNAUTHORIZED, "{path}");
    }
}

#[tokio::test]
async fn handlers_get_codes_pages_and_users_as_arguments() {
    let scene = Scene::new();
    let pages = PageOrigins::parse(["https://shop.example"]).unwrap();
    let site = Site { app: scene.app(demo::APP_ID, demo::APP_SECRET), pages };
    let router = Router::new()
        .route("/codes", get(codes))
        .route("/page", get(page))
        .route("/login", post(login))
        .with_state(site);
    let get = |uri: &str| Request::get(uri).body(Body::empty()).unwrap();
    let (status, text) = ask(&router, get("/codes")).await;
    assert_eq!((status, text.len()), (StatusCode::OK, 17));
    let (status, text) = ask(&router, get("/page?url=https://shop.example/a")).await;
    assert!(
        status == StatusCode::OK && text.contains(r#""url":"https://shop.example/a""#),
        "{text}"
    );
    let (status, text) = ask(&router, get("/page?url=https://evil.example/a")).await;
    assert!(status == StatusCode::FORBIDDEN && text.contains("page-not-listed"), "{text}");
    let login = |body: String| {
        let request = Request::post("/login").header("content-type", "application/json");
        request.body(Body::from(body)).unwrap()
    };
    let body = format!(r#"{{"code":"{}"}}"#, demo::AUTH_CODE);
    assert_eq!(ask(&router, login(body.clone())).await, (StatusCode::OK, demo::ANGEL.to_owned()));
    let (status, text) = ask(&router, login(body)).await;
    assert!(status == StatusCode::UNPROCESSABLE_ENTITY && text.contains("new-auth-code"), "{text}");
    assert_eq!(ask(&router, login("{".into())).await.0, StatusCode::BAD_REQUEST);
}
