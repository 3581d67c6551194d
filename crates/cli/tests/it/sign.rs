//! `yzb sign --batch` over standard input and output.

use crate::{run, yzb};

#[test]
fn json_lines_in_json_lines_out() {
    let mut command = yzb(&["sign", "--batch"]);
    command.write_stdin(concat!(
        r#"{"js_ticket":"a4dcdk","nonce":"1234","timestamp":1654850924,"url":"https://yuanzhibang.com/a/b/?x=1&v=x#12"}"#,
        "\nnot json\n",
        r#"{"js_ticket":"a4dcdk","nonce":"1234","timestamp":"1654850924","url":"https://YUANZHIBANG.com/a/b"}"#,
    ));
    let (answers, errors, success) = run(command);
    assert!(success, "{errors}");
    let answers: Vec<serde_json::Value> =
        answers.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(answers.len(), 3);
    assert_eq!(answers[0]["signature"], "a8cb02e00c2759372954bf5516d110066b911aa4");
    assert_eq!(answers[0]["lints"], serde_json::json!([]));
    assert!(answers[1]["error"].as_str().unwrap().contains("JSON"));
    assert_eq!(answers[2]["signature"], answers[0]["signature"]);
    assert_eq!(answers[2]["lints"], serde_json::json!(["host-case"]));
}

#[test]
fn every_vector_of_the_published_clients() {
    let vectors = include_str!("../../../proto/fixtures/vectors/signatures.json");
    let vectors: serde_json::Value = serde_json::from_str(vectors).unwrap();
    let cases = vectors["cases"].as_array().unwrap();
    let lines: Vec<String> = cases.iter().map(ToString::to_string).collect();
    let mut command = yzb(&["sign", "--batch"]);
    command.write_stdin(lines.join("\n"));
    let (answers, _, _) = run(command);
    for (answer, case) in answers.lines().zip(cases) {
        let answer: serde_json::Value = serde_json::from_str(answer).unwrap();
        assert_eq!(answer["signature"], case["signature"]);
    }
    assert_eq!(answers.lines().count(), cases.len());
}

#[test]
fn sign_alone_says_what_it_needs() {
    let (_, error, success) = run(yzb(&["sign"]));
    assert!(!success && error.contains("--batch"), "{error}");
}
