use super::*;

const PLATFORM: &str = "https://oauth.example/OAuth2/token";
const ALL: (&str, &str) = ("ALL_PROXY", "http://all:1");

fn route(environment: &[(&str, &str)]) -> Result<Route, TransportError> {
    Route::from_env(|name| {
        let found = environment.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| (*value).to_owned())
    })
}

fn proxy_in(environment: &[(&str, &str)], target: &'static str) -> Option<String> {
    let route = route(environment).unwrap();
    let proxy = route.proxy_for(&Uri::from_static(target)).unwrap();
    proxy.map(|proxy| proxy.uri().to_string())
}

fn without(no_proxy: &str, target: &'static str) -> bool {
    proxy_in(&[ALL, ("NO_PROXY", no_proxy)], target).is_none()
}

#[test]
fn a_scheme_s_own_variable_beats_the_one_for_all() {
    let http = "http://next.door:8080/OAuth2/token";
    assert_eq!(proxy_in(&[], PLATFORM), None);
    assert_eq!(proxy_in(&[ALL], PLATFORM).as_deref(), Some("http://all:1/"));
    assert_eq!(proxy_in(&[ALL], http).as_deref(), Some("http://all:1/"));
    let https = ("https_proxy", "s:2");
    assert_eq!(proxy_in(&[ALL, https], PLATFORM).as_deref(), Some("http://s:2/"));
    assert_eq!(proxy_in(&[ALL, https], http).as_deref(), Some("http://all:1/"));
    assert_eq!(proxy_in(&[https], http), None);
    assert_eq!(proxy_in(&[("HTTP_PROXY", "h:3")], PLATFORM), None);
    assert_eq!(proxy_in(&[("HTTP_PROXY", "h:3")], http).as_deref(), Some("http://h:3/"));
}

#[test]
fn upper_case_wins_unless_it_is_empty() {
    for name in ["HTTPS_PROXY", "ALL_PROXY"] {
        let lower = name.to_lowercase();
        let both = [(name, "upper:1"), (lower.as_str(), "lower:1")];
        assert_eq!(proxy_in(&both, PLATFORM).as_deref(), Some("http://upper:1/"));
        let both = [(name, " "), (lower.as_str(), "lower:1")];
        assert_eq!(proxy_in(&both, PLATFORM).as_deref(), Some("http://lower:1/"));
    }
    assert_eq!(proxy_in(&[ALL, ("NO_PROXY", ""), ("no_proxy", "*")], PLATFORM), None);
    assert!(proxy_in(&[ALL, ("NO_PROXY", "x"), ("no_proxy", "*")], PLATFORM).is_some());
}

#[test]
fn this_machine_is_never_reached_through_the_environment_s_proxy() {
    for target in [
        "http://127.0.0.1:8080/",
        "http://localhost:8080/",
        "http://[::1]:8080/",
        "https://127.8.9.10/",
        "https://localhost/",
    ] {
        assert_eq!(proxy_in(&[ALL, ("HTTP_PROXY", "h:1")], target), None, "{target}");
    }
}

#[test]
fn what_is_excepted_is_reached_directly() {
    for no in [
        "*",
        "example",
        ".example",
        "*.example",
        "oauth.example",
        "OAuth.Example.",
        "oauth.example:443",
        ".example:443",
        "*:443",
        "a.b, example",
        "a.b example",
    ] {
        assert!(without(no, PLATFORM), "{no}");
    }
    for no in
        ["", ",", ".", "*.", "auth.example", "xample", "a.oauth.example", "example:80", "*:80"]
    {
        assert!(!without(no, PLATFORM), "{no}");
    }
    assert!(without("example", "https://oauth.example.:8443/"));
    assert!(without("oauth.example:8443", "https://oauth.example:8443/"));
    assert!(without("oauth.example:80", "http://oauth.example/"));
}

#[test]
fn addresses_are_excepted_one_by_one_and_by_networks() {
    for (no, target) in [
        ("10.1.2.3", "https://10.1.2.3/"),
        ("10.0.0.0/8", "https://10.1.2.3:8443/"),
        ("10.1.2.3:443", "https://10.1.2.3/"),
        ("0.0.0.0/0", "https://10.1.2.3/"),
        ("fd00::1", "https://[fd00::1]/"),
        ("[fd00::1]", "https://[fd00::1]/"),
        ("[fd00::1]:443", "https://[fd00::1]/"),
        ("fd00::/8", "https://[fd12::1]/"),
    ] {
        assert!(without(no, target), "{no}");
    }
    for (no, target) in [
        ("10.1.2.4", "https://10.1.2.3/"),
        ("11.0.0.0/8", "https://10.1.2.3/"),
        ("10.0.0.0/33", "https://10.1.2.3/"),
        ("10.1.2.3:80", "https://10.1.2.3/"),
        ("[fd00::1]:80", "https://[fd00::1]/"),
        ("0.0.0.0/0", "https://[fd00::1]/"),
        ("2.3", "https://10.1.2.30/"),
    ] {
        assert!(!without(no, target), "{no}");
    }
}

#[test]
fn a_cgi_header_does_not_choose_the_proxy() {
    let http = "http://next.door:8080/OAuth2/token";
    for name in ["HTTP_PROXY", "http_proxy"] {
        let poisoned = (name, "http://evil:1");
        assert_eq!(proxy_in(&[poisoned], http).as_deref(), Some("http://evil:1/"));
        assert_eq!(proxy_in(&[poisoned, ("REQUEST_METHOD", "POST")], http), None);
        let fallen_back = proxy_in(&[poisoned, ALL, ("REQUEST_METHOD", "POST")], http);
        assert_eq!(fallen_back.as_deref(), Some("http://all:1/"));
    }
}

#[test]
fn a_proxy_in_the_environment_that_cannot_be_used_is_named() {
    let error = route(&[("HTTPS_PROXY", "socks5://u:planted@h")]).unwrap_err();
    assert!(error.to_string().contains("HTTPS_PROXY must be an http:// one"), "{error}");
    assert!(!error.to_string().contains("planted"));
}

#[test]
fn an_explicit_proxy_reads_nothing_unless_it_may() {
    let remote = Proxy::parse("http://proxy.example:3128").unwrap();
    let local = Proxy::parse("http://127.0.0.1:3128").unwrap();
    let (http, https) = (Uri::from_static("http://127.0.0.1:8080/"), Uri::from_static(PLATFORM));
    for (proxy, allow_plaintext, allowed) in
        [(&remote, false, false), (&remote, true, true), (&local, false, true)]
    {
        let route = Route::through(proxy, allow_plaintext);
        assert_eq!(route.proxy_for(&http).is_ok(), allowed);
        assert!(route.proxy_for(&https).unwrap().is_some());
    }
    let error = Route::through(&remote, false).proxy_for(&http).unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::Insecure);
    assert!(error.to_string().contains("proxy.example, the proxy, which could read it"), "{error}");
}
