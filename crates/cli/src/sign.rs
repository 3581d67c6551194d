//! `yzb sign`: page signatures, for comparison with other implementations.

use std::fmt;
use std::io::{self, BufRead, Write};
use std::process::ExitCode;

use anyhow::Context;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::{Map, Value, json};
use yzb::proto::{JsTicket, Lint, Nonce, PageUrl, Signer, UnixSeconds};

use crate::ask::{self, Which};
use crate::environment::Environment;

/// Signs pages as `core.config` wants them signed: one with the ticket in use, or many that come with
/// their own.
///
/// Exit codes: 0 signed; 1 the URL is no page; 2 wrong arguments; 3 the configuration cannot be used; 4
/// there is no ticket, and somebody must do something; 5 there is none, try again later.
#[derive(Debug, clap::Args)]
#[command(override_usage = "yzb sign [OPTIONS] <URL>\n       yzb sign --batch")]
pub(crate) struct Arguments {
    #[command(flatten)]
    which: Which,

    /// The page's URL. What a browser would report otherwise is rewritten so, and remarked.
    #[arg(required_unless_present = "batch", conflicts_with = "batch")]
    url: Option<String>,

    /// Read JSON lines `{"js_ticket", "nonce", "timestamp", "url"}` from standard input and write
    /// one JSON line each: `{"page", "signature", "lints"}` or `{"error"}`.
    #[arg(long)]
    batch: bool,
}

/// The longest line that is read: a URL of the greatest length, escaped, and the rest.
const LONGEST_LINE: u64 = 1 << 20;

/// Signs one page, or what `input` asks for.
pub(crate) fn run(
    arguments: &Arguments,
    environment: &Environment,
    input: impl BufRead,
    output: impl Write,
) -> anyhow::Result<ExitCode> {
    match &arguments.url {
        Some(url) => ask::run(ask::sign(&arguments.which, url, environment, output)),
        None => sign_batch(input, output).map(|()| ExitCode::SUCCESS),
    }
}

/// Signs what `input` asks for, line by line. A bad line is answered and does not end the batch.
fn sign_batch(mut input: impl BufRead, mut output: impl Write) -> anyhow::Result<()> {
    let mut is_first = true;
    while let Some(line) = read_line(&mut input).context("cannot read standard input")? {
        // Some editors begin a file with a mark of its encoding.
        let mark: &[u8] = if std::mem::take(&mut is_first) { b"\xef\xbb\xbf" } else { b"" };
        let line = line.strip_prefix(mark).unwrap_or(&line);
        if line.trim_ascii().is_empty() {
            continue;
        }
        let answer = sign(line).unwrap_or_else(|error| json!({ "error": error }));
        match writeln!(output, "{answer}").and_then(|()| output.flush()) {
            // Whoever read this has seen enough.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(()),
            written => written.context("cannot write to standard output")?,
        }
    }
    Ok(())
}

/// One line without its end, or one byte more than may be read of it; the rest is skipped.
fn read_line(input: &mut impl BufRead) -> io::Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    let read = io::Read::take(&mut *input, LONGEST_LINE + 1).read_until(b'\n', &mut line)?;
    if line.last() == Some(&b'\n') {
        line.pop();
    } else if read as u64 > LONGEST_LINE {
        input.skip_until(b'\n')?;
    }
    Ok((read > 0).then_some(line))
}

/// The answer to one line, or what is wrong with it. The ticket is never repeated.
fn sign(line: &[u8]) -> Result<Value, String> {
    if line.len() as u64 > LONGEST_LINE {
        return Err(format!("the line has more than {LONGEST_LINE} bytes"));
    }
    let Job { fields: job, repeated } = serde_json::from_slice(line).map_err(|error| {
        if error.is_data() {
            return "the line is not a JSON object".to_owned();
        }
        format!("the line is not JSON from column {} on", error.column())
    })?;
    if repeated {
        return Err("the line has a key twice, and which one is meant is not known".to_owned());
    }
    let ticket = JsTicket::new(text(&job, "js_ticket")?).map_err(|error| error.to_string())?;
    let nonce = Nonce::new(text(&job, "nonce")?).map_err(|error| error.to_string())?;
    let timestamp = timestamp(&job)?;
    let rewritten = PageUrl::rewrite(text(&job, "url")?).map_err(|error| error.to_string())?;
    let signature = Signer::new(&ticket).sign(&nonce, timestamp, &rewritten.page);
    let lints: Vec<&str> = rewritten.lints.iter().map(Lint::name).collect();
    Ok(json!({
        "page": rewritten.page.as_str(),
        "signature": signature.as_str(),
        "lints": lints,
    }))
}

/// What a line asks for.
#[derive(Default)]
struct Job {
    fields: Map<String, Value>,
    /// Whether a key came twice.
    repeated: bool,
}

impl<'de> Deserialize<'de> for Job {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Self::default())
    }
}

impl<'de> Visitor<'de> for Job {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut entries: A) -> Result<Self, A::Error> {
        while let Some((key, value)) = entries.next_entry::<String, Value>()? {
            self.repeated |= self.fields.insert(key, value).is_some();
        }
        Ok(self)
    }
}

fn text<'a>(job: &'a Map<String, Value>, name: &str) -> Result<&'a str, String> {
    job.get(name).and_then(Value::as_str).ok_or_else(|| format!("`{name}` must be there, as text"))
}

/// Unix seconds, as a number or as digits in a text: the clients pass both.
fn timestamp(job: &Map<String, Value>) -> Result<UnixSeconds, String> {
    let seconds = match job.get("timestamp") {
        Some(Value::Number(number)) => number.as_u64(),
        Some(Value::String(digits)) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            digits.parse().ok()
        }
        _ => None,
    };
    let seconds = seconds.ok_or("`timestamp` must be there, in unix seconds")?;
    Ok(UnixSeconds::new(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch(input: &[u8]) -> Vec<Value> {
        let mut output = Vec::new();
        sign_batch(input, &mut output).unwrap();
        let lines = String::from_utf8(output).unwrap();
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    #[test]
    fn the_documented_signature() {
        let line = br#"{"js_ticket":"a4dcdk","nonce":"1234","timestamp":1654850924,"url":"https://yuanzhibang.com/a/b/?x=1&v=x#12"}"#;
        let answer = json!({
            "page": "https://yuanzhibang.com/a/b",
            "signature": "a8cb02e00c2759372954bf5516d110066b911aa4",
            "lints": [],
        });
        assert_eq!(batch(line), [answer]);
    }

    #[test]
    fn an_unusual_url_is_rewritten_and_linted() {
        let line = br#"{"js_ticket":"a4dcdk","nonce":"1234","timestamp":"1654850924","url":"HTTPS://YuanZhiBang.com:443/a/b"}"#;
        let answers = batch(line);
        assert_eq!(answers[0]["signature"], "a8cb02e00c2759372954bf5516d110066b911aa4");
        assert_eq!(answers[0]["lints"], json!(["scheme-case", "host-case", "default-port"]));
    }

    #[test]
    fn a_bad_line_is_answered_and_the_next_one_signed() {
        let good = r#"{"js_ticket":"t","nonce":"1234","timestamp":1,"url":"https://h.example/"}"#;
        let long = format!("{}\n", "x".repeat(3 << 20));
        let bad = [
            "planted\n",
            "[]\n",
            "{\"js_ticket\":\"pl anted\",\"nonce\":\"1234\",\"timestamp\":1,\"url\":\"https://h/\"}\n",
            "{\"js_ticket\":\"planted\",\"nonce\":\"1\",\"timestamp\":1,\"url\":\"https://h/\"}\n",
            "{\"js_ticket\":\"planted\",\"nonce\":\"1234\",\"timestamp\":-1,\"url\":\"https://h/\"}\n",
            "{\"js_ticket\":\"planted\",\"nonce\":\"1234\",\"timestamp\":1,\"url\":\"ftp://h/\"}\n",
            "{\"js_ticket\":\"planted\",\"nonce\":\"1234\",\"timestamp\":1}\n",
            "\u{0}\n",
            &long,
        ];
        for line in bad {
            let answers = batch(format!("{line}\n\n{good}").as_bytes());
            assert_eq!(answers.len(), 2, "{line:.60}");
            let error = answers[0]["error"].as_str().unwrap();
            assert!(!error.contains("planted"), "{error}");
            assert!(answers[1]["signature"].is_string());
        }
        assert_eq!(batch(b"\xff\xfe\n").len(), 1);
        assert!(batch(long.as_bytes())[0]["error"].as_str().unwrap().contains("1048576"));
    }

    const GOOD: &str =
        r#"{"js_ticket":"t","nonce":"1234","timestamp":1,"url":"https://h.example/"}"#;

    #[test]
    fn a_key_that_comes_twice_is_refused() {
        let twice = GOOD.replace("{", r#"{"js_ticket":"planted","#);
        let error = batch(twice.as_bytes())[0]["error"].as_str().unwrap().to_owned();
        assert!(error.contains("a key twice") && !error.contains("planted"), "{error}");
    }

    #[test]
    fn a_mark_of_the_encoding_is_skipped_where_a_file_begins_and_only_there() {
        let answers = batch(format!("\u{feff}{GOOD}\n\u{feff}{GOOD}\n").as_bytes());
        assert!(answers[0]["signature"].is_string(), "{answers:?}");
        assert!(answers[1]["error"].as_str().unwrap().contains("not JSON"), "{answers:?}");
    }

    #[test]
    fn a_line_of_the_greatest_length_is_read() {
        let of_length = |length: usize| format!("{GOOD}{}", " ".repeat(length - GOOD.len()));
        for end in ["", "\n"] {
            let exact = format!("{}{end}", of_length(1 << 20));
            assert!(batch(exact.as_bytes())[0]["signature"].is_string());
            let over = format!("{}{end}", of_length((1 << 20) + 1));
            assert!(batch(over.as_bytes())[0]["error"].as_str().unwrap().contains("1048576"));
        }
    }
}
