//! What must be accepted, one test for each rule; `TOLERANCES.md` is the table of them.

mod envelope;
mod values;

use yzb_proto::{Drift, EndpointExt, Tolerance};

use crate::support::{Cast, json};

fn ticket_drift(response: &http::Response<Vec<u8>>) -> Drift {
    Cast::new().issue_ticket().read_answer(response).unwrap().drift
}

fn only(tolerance: Tolerance) -> Drift {
    Drift::from_iter([tolerance])
}

fn with_status(status: &str) -> http::Response<Vec<u8>> {
    json(format!(r#"{{"status":{status},"message":"ok","data":{{"ticket":"t","expires_in":1}}}}"#))
}

#[test]
fn the_table_of_tolerances_names_tests_that_exist() {
    let table = include_str!("../../TOLERANCES.md");
    let source =
        concat!(include_str!("tolerances/envelope.rs"), include_str!("tolerances/values.rs"));
    let named: Vec<&str> = table
        .lines()
        .filter(|line| line.starts_with("| ") && line.contains('`'))
        .filter_map(|line| line.trim_end_matches([' ', '|']).rsplit("| `").next())
        .map(|name| name.trim_end_matches('`'))
        .collect();
    for name in &named {
        assert!(source.contains(&format!("\nfn {name}()")), "TOLERANCES.md names `{name}`");
    }
    let tests = source.matches("\n#[test]\n").count();
    assert_eq!(named.len(), tests, "every test is in the table, once");
}
