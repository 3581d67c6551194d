//! One message after another, as Redis and HTTP divide what they say, and what each is about.

use std::io::{self, BufRead, BufReader, Read as _};
use std::net::TcpStream;

/// What is spoken.
#[derive(Clone, Copy)]
pub(super) enum Wire {
    Redis,
    Http,
}

/// Between the names of what is asked at once.
const AND: &str = ", ";

/// Whether this is, perhaps among others, what is named so.
pub(super) fn is_among(names: &str, name: &str) -> bool {
    names.split(AND).any(|it| it == name)
}

pub(super) type Reader = BufReader<TcpStream>;

impl Wire {
    /// The next question as it came, and its name: what is done to which code (`take js-ticket`), or
    /// else the command in small letters.
    pub(super) fn question(self, reader: &mut Reader) -> io::Result<(Vec<u8>, String)> {
        let mut bytes = Vec::new();
        let name = match self {
            Self::Redis => redis_name(&redis_words(reader, &mut bytes)?),
            Self::Http => http_name(&http(reader, &mut bytes)?),
        };
        Ok((bytes, name))
    }

    /// The next answer as it came.
    pub(super) fn answer(self, reader: &mut Reader) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        match self {
            Self::Redis => redis_value(reader, &mut bytes)?,
            Self::Http => drop(http(reader, &mut bytes)?),
        }
        Ok(bytes)
    }
}

fn redis_name(words: &[String]) -> String {
    let verb = words[0].to_ascii_lowercase();
    let (key, rest) = match verb.as_str() {
        "getrange" => return look(&words[1]),
        "mget" => return words[1..].iter().map(|key| look(key)).collect::<Vec<_>>().join(AND),
        "eval" | "evalsha" => (&words[3], words.len() - 4),
        _ => return verb,
    };
    let done = match (key.starts_with("yzb/turn/"), rest) {
        (true, 1) => "release",
        (true, _) => "take",
        (false, _) => "save",
    };
    format!("{done} {}", code_of(key))
}

fn look(key: &str) -> String {
    format!("look {}", code_of(key))
}

fn code_of(key: &str) -> &'static str {
    if key.contains("token") { "server-token" } else { "js-ticket" }
}

fn http_name(head: &str) -> String {
    let path = head.split(' ').nth(1).unwrap_or_default();
    let of = match path {
        "/OAuth2/token" => "server-token",
        "/OAuth2/ticket" => "js-ticket",
        other => other,
    };
    format!("ask {of}")
}

fn line(reader: &mut Reader, bytes: &mut Vec<u8>) -> io::Result<String> {
    let begin = bytes.len();
    if reader.read_until(b'\n', bytes)? == 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(String::from_utf8_lossy(&bytes[begin..]).trim_end().to_owned())
}

fn more(reader: &mut Reader, bytes: &mut Vec<u8>, length: usize) -> io::Result<()> {
    let begin = bytes.len();
    bytes.resize(begin + length, 0);
    reader.read_exact(&mut bytes[begin..])
}

fn number(text: &str) -> io::Result<usize> {
    text.parse().map_err(|_| io::ErrorKind::InvalidData.into())
}

/// A command: a list of texts.
fn redis_words(reader: &mut Reader, bytes: &mut Vec<u8>) -> io::Result<Vec<String>> {
    let count = number(line(reader, bytes)?.trim_start_matches('*'))?;
    let mut words = Vec::with_capacity(count);
    for _ in 0..count {
        let length = number(line(reader, bytes)?.trim_start_matches('$'))?;
        let begin = bytes.len();
        more(reader, bytes, length + 2)?;
        words.push(String::from_utf8_lossy(&bytes[begin..begin + length]).into_owned());
    }
    Ok(words)
}

/// A value of either version of the protocol.
fn redis_value(reader: &mut Reader, bytes: &mut Vec<u8>) -> io::Result<()> {
    let first = line(reader, bytes)?;
    let (sort, rest) = first.split_at_checked(1).unwrap_or_default();
    let parts = match sort {
        // Of a null the length is -1.
        "$" | "=" | "!" => match number(rest) {
            Ok(length) => return more(reader, bytes, length + 2),
            Err(_) => 0,
        },
        "*" | "~" | ">" => number(rest).unwrap_or(0),
        "%" => number(rest)? * 2,
        _ => 0,
    };
    (0..parts).try_for_each(|_| redis_value(reader, bytes))
}

/// A head, whose text is given back, and the body that it promises.
fn http(reader: &mut Reader, bytes: &mut Vec<u8>) -> io::Result<String> {
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let line = line(reader, bytes)?;
        if line.is_empty() {
            break;
        }
        let (name, value) = line.split_once(": ").unwrap_or_default();
        if name.eq_ignore_ascii_case("content-length") {
            length = number(value)?;
        }
        head.push_str(&line);
        head.push('\n');
    }
    more(reader, bytes, length)?;
    Ok(head)
}
