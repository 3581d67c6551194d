//! The documents' own answers, and what each call sends.

use yzb_proto::common_resource::user_count::CountUsers;
use yzb_proto::common_resource::user_list::ListUsers;
use yzb_proto::oauth2::check_code::{CheckCode, CheckedCode, Validity};
use yzb_proto::oauth2::refresh_token::RefreshUserToken;
use yzb_proto::user_resource::app_access::ReadAppAccess;
use yzb_proto::user_resource::app_is_added::ReadAppIsAdded;
use yzb_proto::user_resource::base_info::{BaseInfoAccess, ReadBaseInfo};
use yzb_proto::{
    Credential, Drift, Endpoint, EndpointExt, Error, Lifetime, Origin, Repeat, Retry, Scope, Sex,
    Status, UnixSeconds,
};

use crate::support::{Cast, json};

macro_rules! fixture {
    ($name:literal) => {
        // The files end in a line end, which an answer does not.
        json(include_bytes!(concat!("../../fixtures/", $name)).trim_ascii_end())
    };
}

/// What is sent: path and body.
fn sent<E: Endpoint>(endpoint: &E) -> (String, String) {
    let request = endpoint.to_request(&Origin::production());
    assert_eq!(request.method(), http::Method::POST);
    assert_eq!(request.headers()["content-type"], "application/x-www-form-urlencoded");
    assert_eq!(request.uri().scheme_str(), Some("https"));
    assert_eq!(request.uri().host(), Some("oauth.yuanzhibang.com"));
    assert_eq!(request.uri().query(), None, "nothing goes into the URL");
    let body = String::from_utf8(request.body().as_ref().to_vec()).unwrap();
    (request.uri().path().to_owned(), body)
}

fn path_and_form(path: &str, form: &str) -> (String, String) {
    (path.to_owned(), form.to_owned())
}

#[test]
fn server_token() {
    let cast = Cast::new();
    let call = cast.issue_server_token();
    assert_eq!(
        sent(&call),
        path_and_form(
            "/OAuth2/token",
            "app_id=100027&secret=planted-secret&grant_type=client_credential"
        )
    );
    let answer = call.read_answer(&fixture!("server_token.json")).unwrap();
    assert_eq!(answer.output.expires_in, Lifetime::DOCUMENTED);
    assert_eq!(answer.output.access_token.expose_secret().len(), 64);
    assert_eq!((answer.status, answer.drift), (Status::SUCCESS, Drift::NONE));
}

#[test]
fn user_login() {
    let cast = Cast::new();
    let call = cast.login();
    assert_eq!(
        sent(&call),
        path_and_form(
            "/OAuth2/token",
            "app_id=100027&secret=planted-secret&grant_type=authorization_code&code=planted-code"
        )
    );
    let answer = call.read_answer(&fixture!("user_token.json")).unwrap();
    assert!(answer.output.open_id.as_str().starts_with("bkNhRE1LN2FG"));
    assert!(answer.output.access_token.unwrap().expose_secret().starts_with("5cc928f1"));
    assert!(answer.output.refresh_token.unwrap().expose_secret().starts_with("1503c423"));
    assert_eq!(answer.output.expires_in, Some(Lifetime::DOCUMENTED));
    assert_eq!(answer.output.scope.unwrap().as_str(), Scope::SNS_BASE);
    assert_eq!(answer.drift, Drift::NONE, "the document needs no forgiveness");
}

#[test]
fn user_login_with_a_spent_code() {
    let cast = Cast::new();
    let error = cast.login().read_output(&fixture!("user_token_rejected.json")).unwrap_err();
    let Error::Rejected(rejection) = &error else { panic!("{error}") };
    assert_eq!(rejection.status(), Status::INVALID_CODE);
    assert_eq!(rejection.credential(), Credential::AuthCode);
    assert_eq!(rejection.message().unwrap().as_str(), "authorization_code is invalid");
    assert_eq!(error.retry(), Retry::NewAuthCode);
    assert_eq!(error.drift(), Drift::NONE);
}

#[test]
fn user_refresh() {
    let cast = Cast::new();
    let call = RefreshUserToken {
        app_id: &cast.app_id,
        open_id: &cast.open_id,
        refresh_token: &cast.refresh_token,
    };
    assert_eq!(
        sent(&call),
        path_and_form(
            "/OAuth2/refreshtoken",
            "app_id=100027&grant_type=refresh_token&open_id=T3Blbkk%2B%2Fa%3D%3D\
             &refresh_token=planted-refresh-token"
        )
    );
    let output = call.read_output(&fixture!("refresh_token.json")).unwrap();
    assert_eq!(output.open_id.as_str(), "T3BlbklkLUFsaWNlL2E9PQ");
    let error = call.read_output(&fixture!("user_token_rejected.json")).unwrap_err();
    assert_eq!(error.retry(), Retry::LogInAgain);
}

#[test]
fn ticket() {
    let cast = Cast::new();
    let call = cast.issue_ticket();
    assert_eq!(
        sent(&call),
        path_and_form(
            "/OAuth2/ticket",
            "app_id=100027&access_token=planted-server-token&type=js_ticket"
        )
    );
    let answer = call.read_answer(&fixture!("ticket.json")).unwrap();
    assert!(answer.output.ticket.expose_secret().starts_with("36bd5645"));
    assert_eq!(answer.output.expires_in, Lifetime::DOCUMENTED);
    assert_eq!(answer.drift, Drift::NONE);
}

#[test]
fn ticket_with_a_dead_server_token() {
    let cast = Cast::new();
    let error = cast.issue_ticket().read_output(&fixture!("ticket_rejected.json")).unwrap_err();
    assert_eq!(error.retry(), Retry::NewServerToken, "the call is blamed, not the message");
}

#[test]
fn check_code() {
    let cast = Cast::new();
    let token = CheckedCode::ServerToken(&cast.server_token);
    let users = CheckedCode::UserToken(&cast.user_token, &cast.open_id);
    for (code, form) in [
        (token, "app_id=100027&type=access_token&code=planted-server-token"),
        (
            users,
            "app_id=100027&type=access_token&code=planted-user-token\
             &open_id=T3Blbkk%2B%2Fa%3D%3D",
        ),
        (CheckedCode::JsTicket(&cast.ticket), "app_id=100027&type=js_ticket&code=planted-ticket"),
    ] {
        let call = CheckCode { app_id: &cast.app_id, code };
        assert_eq!(sent(&call), path_and_form("/OAuth2/checkCode", form));
        assert_eq!(
            call.read_output(&fixture!("check_code.json")).unwrap(),
            Validity::ValidUntil(UnixSeconds::new(1_654_576_906))
        );
        let answer = call.read_answer(&fixture!("check_code_invalid.json")).unwrap();
        assert_eq!((answer.output, answer.status), (Validity::Invalid, Status::INVALID_CODE));
    }
}

#[test]
fn user_count() {
    let cast = Cast::new();
    let call = CountUsers { app_id: &cast.app_id, access_token: &cast.server_token };
    assert_eq!(
        sent(&call),
        path_and_form(
            "/CommonResource/getUserCount",
            "app_id=100027&access_token=planted-server-token"
        )
    );
    assert_eq!(call.read_output(&fixture!("user_count.json")).unwrap(), 2);
}

#[test]
fn user_list() {
    let cast = Cast::new();
    let list = |after| ListUsers {
        app_id: &cast.app_id,
        access_token: &cast.server_token,
        after,
        count: ListUsers::USUAL_COUNT,
    };
    let form = |after: &str| {
        format!(
            "app_id=100027&access_token=planted-server-token&load_more_id={after}&load_more_count=100"
        )
    };
    assert_eq!(sent(&list(None)), path_and_form("/CommonResource/getUserList", &form("0")));
    assert_eq!(sent(&list(Some(&cast.user_id))).1, form("42"));
    let rows = list(None).read_output(&fixture!("user_list.json")).unwrap();
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[1].id.as_str(), "2");
    let end = list(None).read_answer(&fixture!("user_list_end.json")).unwrap();
    assert_eq!((end.output.len(), end.status), (0, Status::NO_DATA));
    assert_eq!(end.drift, Drift::NONE);
}

#[test]
fn app_access() {
    let cast = Cast::new();
    let call = ReadAppAccess {
        app_id: &cast.app_id,
        open_id: &cast.open_id,
        access_token: &cast.server_token,
    };
    assert_eq!(
        sent(&call),
        path_and_form(
            "/UserResource/getAppAccess",
            "app_id=100027&open_id=T3Blbkk%2B%2Fa%3D%3D&access_token=planted-server-token"
        )
    );
    let scopes = call.read_output(&fixture!("app_access.json")).unwrap();
    let scopes: Vec<&str> = scopes.iter().map(Scope::as_str).collect();
    assert_eq!(scopes, [Scope::USER_BASE_INFO, Scope::SNS_BASE]);
}

#[test]
fn app_is_added() {
    let cast = Cast::new();
    let call = ReadAppIsAdded {
        app_id: &cast.app_id,
        open_id: &cast.open_id,
        access_token: &cast.server_token,
    };
    assert_eq!(
        sent(&call),
        path_and_form(
            "/UserResource/getAppIsAdded",
            "app_id=100027&open_id=T3Blbkk%2B%2Fa%3D%3D&access_token=planted-server-token"
        )
    );
    assert!(call.read_output(&fixture!("app_is_added.json")).unwrap());
}

#[test]
fn base_info() {
    let cast = Cast::new();
    let call = ReadBaseInfo {
        app_id: &cast.app_id,
        open_id: &cast.open_id,
        access_token: &cast.server_token,
    };
    assert_eq!(
        sent(&call),
        path_and_form(
            "/UserResource/getUserBaseInfo",
            "app_id=100027&open_id=T3Blbkk%2B%2Fa%3D%3D&access_token=planted-server-token"
        )
    );
    let BaseInfoAccess::Granted(info) = call.read_output(&fixture!("base_info.json")).unwrap()
    else {
        panic!("not granted")
    };
    assert_eq!(
        call.read_output(&fixture!("base_info.json")).unwrap(),
        BaseInfoAccess::Granted(info.clone())
    );
    assert_eq!((info.nick.as_str(), info.sex.clone()), ("天使😀", Sex::Male));
    assert_eq!(info.avatar, "https://upload.example.invalid/a/b.jpeg");
    assert_eq!(
        serde_json::to_string(&info).unwrap(),
        r#"{"nick":"天使😀","avatar":"https://upload.example.invalid/a/b.jpeg","sex":"1"}"#
    );
    assert_eq!(
        call.read_output(&fixture!("base_info_not_granted.json")).unwrap(),
        BaseInfoAccess::NotGranted
    );
    let not_added = json(r#"{"status":"4104","message":"user not added","data":[]}"#);
    assert_eq!(call.read_output(&not_added).unwrap_err().retry(), Retry::AskUser);
}

/// What each call is, beside its form: where it goes, what 4102 blames, whether it is repeated.
#[test]
fn each_call_knows_what_it_passes_in_and_whether_it_may_be_repeated() {
    fn facts<E: Endpoint>(call: &E) -> (&'static str, Credential, Repeat, Option<Retry>) {
        let advice = |status| {
            let body = format!(r#"{{"status":{status},"message":"m","data":[]}}"#);
            call.read_output(&json(body)).err().map(|error| error.retry())
        };
        let about_user = advice(4104) == Some(Retry::AskUser);
        assert_eq!(about_user, E::PATH.starts_with("/UserResource/"), "{}", E::PATH);
        (E::PATH, E::CREDENTIAL, E::REPEAT, advice(4102))
    }
    use Credential as C;
    use Repeat as R;
    let cast = Cast::new();
    let (app_id, open_id, access_token) = (&cast.app_id, &cast.open_id, &cast.server_token);
    let refresh = RefreshUserToken { app_id, open_id, refresh_token: &cast.refresh_token };
    let list = ListUsers { app_id, access_token, after: None, count: 1 };
    let new_token = Some(Retry::NewServerToken);
    for (found, wanted) in [
        (
            facts(&cast.issue_server_token()),
            ("/OAuth2/token", C::AppSecret, R::OnceMore, Some(Retry::FixConfiguration)),
        ),
        (
            facts(&cast.login()),
            ("/OAuth2/token", C::AuthCode, R::OnlyIfUnsent, Some(Retry::NewAuthCode)),
        ),
        (
            facts(&refresh),
            ("/OAuth2/refreshtoken", C::RefreshToken, R::OnlyIfUnsent, Some(Retry::LogInAgain)),
        ),
        (facts(&cast.issue_ticket()), ("/OAuth2/ticket", C::ServerToken, R::OnceMore, new_token)),
        (facts(&cast.check_ticket()), ("/OAuth2/checkCode", C::CheckedCode, R::Freely, None)),
        (
            facts(&CountUsers { app_id, access_token }),
            ("/CommonResource/getUserCount", C::ServerToken, R::Freely, new_token),
        ),
        (facts(&list), ("/CommonResource/getUserList", C::ServerToken, R::Freely, new_token)),
        (
            facts(&ReadAppAccess { app_id, open_id, access_token }),
            ("/UserResource/getAppAccess", C::ServerToken, R::Freely, new_token),
        ),
        (
            facts(&ReadAppIsAdded { app_id, open_id, access_token }),
            ("/UserResource/getAppIsAdded", C::ServerToken, R::Freely, new_token),
        ),
        (
            facts(&ReadBaseInfo { app_id, open_id, access_token }),
            ("/UserResource/getUserBaseInfo", C::ServerToken, R::Freely, new_token),
        ),
    ] {
        assert_eq!(found, wanted);
    }
}
