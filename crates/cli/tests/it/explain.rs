//! `yzb explain`, beyond what `docs/explain.md` shows.

use crate::{run, yzb};

const ASK: [&str; 5] = ["explain", "--nonce", "1234", "--timestamp", "1654850924"];
const URL: &str = "https://yuanzhibang.com/a/b";

#[test]
fn the_ticket_comes_from_the_environment_or_from_standard_input_and_is_not_printed() {
    let mut from_environment = yzb(&ASK);
    from_environment.arg(URL).env("YZB_JS_TICKET", "planted-ticket");
    let mut from_input = yzb(&ASK);
    from_input.args(["--ticket-file", "-", URL]).write_stdin("planted-ticket\r\n");
    let (one, errors, success) = run(from_environment);
    assert!(success, "{errors}");
    assert!(one.contains("\nsignature  ") && !one.contains("planted"), "{one}");
    assert_eq!(run(from_input).0, one);
}

#[test]
fn a_ticket_that_is_none_is_refused_without_being_quoted() {
    for ticket in ["", "planted planted", &"planted".repeat(100)] {
        let mut command = yzb(&ASK);
        command.arg(URL).env("YZB_JS_TICKET", ticket);
        let (shown, errors, success) = run(command);
        assert!(!success && errors.contains("the js ticket"), "{errors}");
        assert!(!format!("{shown}{errors}").contains("planted"));
    }
}

#[test]
fn a_password_in_the_url_is_not_printed_and_the_cursor_stays_where_it_is() {
    for more in [&[][..], &["--json"]] {
        let mut command = yzb(&["explain"]);
        let url = "https://u:planted@yuanzhibang.com/\u{1b}[2J\u{202e}猿?code=planted#planted";
        command.args(more).arg(url);
        let (shown, errors, success) = run(command);
        assert!(success, "{errors}");
        assert!(!format!("{shown}{errors}").contains("planted"), "{shown}");
        assert!(!shown.contains(['\u{1b}', '\u{202e}']) && shown.contains('猿'), "{shown}");
    }
}

#[test]
fn a_url_that_cannot_be_signed_is_not_quoted() {
    for url in ["planted", "ftp://u:planted@h/", "https://planted:99999/", "javascript:planted"] {
        let (shown, errors, success) = run(yzb(&["explain", "--", url]));
        assert!(!success && shown.is_empty() && errors.starts_with("yzb: "), "{errors}");
        assert!(!errors.contains("planted"), "{errors}");
    }
}
