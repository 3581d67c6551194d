//! Number-or-string readers: every quirk of a single value, here only.
//!
//! A leaf arrives as the raw JSON text of one value. Each reader accepts what the platform was seen
//! to write, notes in a [`Drift`] what it had to forgive, and otherwise says what is wrong without
//! repeating the value: it may be a token.

use std::borrow::Cow;

use crate::decimal::{is_integer, is_plain, whole};
use crate::error::FieldProblem;
use crate::value::{Shape, first_without};
use crate::{
    AppId, AuthCode, Drift, JsTicket, Lifetime, OpenId, RefreshToken, Scope, ServerAccessToken,
    Sex, Status, Tolerance, UnixSeconds, UserAccessToken, UserId, WriterName,
};

/// One JSON value, as far as a leaf needs it told apart.
#[derive(Clone)]
pub(crate) enum Scalar<'a> {
    Text(Cow<'a, str>),
    Number(&'a str),
    Bool(bool),
    Null,
    Array,
    Object,
}

impl<'a> Scalar<'a> {
    /// Reads the raw text of one value, which is known to be valid JSON.
    pub(crate) fn of(raw: &'a str) -> Result<Self, FieldProblem> {
        Ok(match raw.as_bytes().first() {
            Some(b'"') => Self::Text(unquote(raw)?),
            Some(b't') => Self::Bool(true),
            Some(b'f') => Self::Bool(false),
            Some(b'[') => Self::Array,
            Some(b'{') => Self::Object,
            Some(b'-' | b'0'..=b'9') => Self::Number(raw),
            _ => Self::Null,
        })
    }

    const fn found(&self) -> &'static str {
        match self {
            Self::Text(_) => "text",
            Self::Number(_) => "a number",
            Self::Bool(_) => "true or false",
            Self::Null => "null",
            Self::Array => "a list",
            Self::Object => "an object",
        }
    }

    pub(crate) fn wrong_type(&self, wanted: &'static str) -> FieldProblem {
        FieldProblem::WrongType { wanted, found: self.found() }
    }
}

/// The text between the quotes, unescaped. Nearly always a slice of the input.
fn unquote(raw: &str) -> Result<Cow<'_, str>, FieldProblem> {
    match raw.get(1..raw.len() - 1) {
        Some(inner) if first_without(inner.as_bytes(), |byte| byte != b'\\').is_none() => {
            Ok(Cow::Borrowed(inner))
        }
        // The raw text is valid JSON, so what can still be wrong is a lone surrogate.
        _ => serde_json::from_str(raw).map(Cow::Owned).map_err(|_| FieldProblem::LoneSurrogate),
    }
}

/// A value that can be read from one JSON leaf.
///
/// A type of one's own reads itself through one that is here:
///
/// ```
/// use yzb_proto::{Drift, FieldProblem, Leaf};
///
/// struct Motto(String);
///
/// impl Leaf for Motto {
///     fn read(raw: &str, drift: &mut Drift) -> Result<Self, FieldProblem> {
///         String::read(raw, drift).map(Motto)
///     }
/// }
/// ```
pub trait Leaf: Sized {
    /// Reads the value from `raw`, the text of one valid JSON value without space around it, and
    /// notes in `drift` what had to be forgiven.
    ///
    /// # Errors
    ///
    /// What is wrong with it, without the value.
    fn read(raw: &str, drift: &mut Drift) -> Result<Self, FieldProblem>;
}

macro_rules! leaves {
    ($($Type:ty: $read:expr;)+) => {$(
        impl Leaf for $Type {
            fn read(raw: &str, drift: &mut Drift) -> Result<Self, FieldProblem> {
                $read(Scalar::of(raw)?, drift)
            }
        }
    )+};
}

macro_rules! opaque_leaves {
    ($($Type:ident: $reader:ident;)+) => { leaves! { $(
        $Type: |leaf, drift| $reader(leaf, &$Type::SHAPE, drift).map($Type::from_checked);
    )+ } };
}

opaque_leaves! {
    ServerAccessToken: token;
    UserAccessToken: token;
    RefreshToken: token;
    JsTicket: token;
    AuthCode: token;
    AppId: id;
    OpenId: id;
    UserId: id;
    Scope: id;
    WriterName: id;
}

leaves! {
    u64: |leaf, drift| number(&leaf, drift);
    bool: |leaf, drift| truth(&leaf, drift);
    String: |leaf, drift| text(leaf, drift).map(Cow::into_owned);
    Sex: sex;
    Lifetime: |leaf, drift| span(&leaf, drift);
    UnixSeconds: |leaf, drift| moment(&leaf, drift);
    Status: |leaf, drift| status(&leaf, drift);
}

/// A token, ticket or code: text only. A number would have lost digits on its way.
fn token(leaf: Scalar<'_>, shape: &Shape, _: &mut Drift) -> Result<Box<str>, FieldProblem> {
    let Scalar::Text(text) = leaf else { return Err(leaf.wrong_type("text")) };
    match shape.problem(&text) {
        None => Ok(text.into()),
        Some(problem) => Err(FieldProblem::Value(problem)),
    }
}

/// An id: opaque text, or an integer taken digit by digit.
fn id(leaf: Scalar<'_>, shape: &Shape, drift: &mut Drift) -> Result<Box<str>, FieldProblem> {
    let text = text(leaf, drift)?;
    match shape.problem(&text) {
        None => Ok(text.into()),
        Some(problem) => Err(FieldProblem::Value(problem)),
    }
}

/// Text, or an integer: an encoder that turns texts of digits into numbers is a known one.
fn text<'a>(leaf: Scalar<'a>, drift: &mut Drift) -> Result<Cow<'a, str>, FieldProblem> {
    match leaf {
        Scalar::Text(text) => Ok(text),
        Scalar::Number(digits) if is_integer(digits) => {
            drift.insert(Tolerance::TextAsNumber);
            Ok(Cow::Borrowed(digits))
        }
        Scalar::Number(_) => Err(FieldProblem::Fraction),
        other => Err(other.wrong_type("text")),
    }
}

/// A non-negative integer, an integral float, or the same in a string.
fn number(leaf: &Scalar<'_>, drift: &mut Drift) -> Result<u64, FieldProblem> {
    let text = match leaf {
        Scalar::Number(text) => text,
        Scalar::Text(text) => trimmed(text, drift),
        other => return Err(other.wrong_type("a number")),
    };
    if is_plain(text) {
        return text.parse().map_err(|_| FieldProblem::TooLarge);
    }
    let value = whole(text)?;
    drift.insert(Tolerance::NumberForm);
    Ok(value)
}

/// 1, 2, 3, as a number or as text, or whatever else as it was written.
fn sex(leaf: Scalar<'_>, drift: &mut Drift) -> Result<Sex, FieldProblem> {
    let sex = match leaf {
        Scalar::Text(text) => Sex::from(&*text),
        Scalar::Number(text) if is_plain(text) => Sex::from(text),
        Scalar::Number(text) => {
            drift.insert(Tolerance::NumberForm);
            whole(text).map_or_else(|_| Sex::from(text), |value| Sex::from(&*value.to_string()))
        }
        Scalar::Bool(value) => Sex::from(if value { "true" } else { "false" }),
        Scalar::Null => Sex::Unknown,
        other => return Err(other.wrong_type("text")),
    };
    Ok(sex)
}

/// `true`, `false`, 0, 1, or one of these in a string.
fn truth(leaf: &Scalar<'_>, drift: &mut Drift) -> Result<bool, FieldProblem> {
    let text = match leaf {
        Scalar::Bool(value) => return Ok(*value),
        Scalar::Number(text) => text,
        Scalar::Text(text) => text.as_ref(),
        other => return Err(other.wrong_type("true or false")),
    };
    let value = match text {
        "1" | "true" => true,
        "0" | "false" => false,
        _ => return Err(leaf.wrong_type("true or false")),
    };
    drift.insert(Tolerance::BoolForm);
    Ok(value)
}

/// A token's `expires_in`. A missing one never gets here: see `Fields::lifetime`.
fn span(leaf: &Scalar<'_>, drift: &mut Drift) -> Result<Lifetime, FieldProblem> {
    let span = Lifetime::from_secs(number(leaf, drift)?);
    if span > Lifetime::LONGEST {
        return Err(FieldProblem::SpanTooLong);
    }
    if span.is_zero() {
        drift.insert(Tolerance::LifetimeZero);
    }
    Ok(span)
}

/// A check code's or a record's `expires_in`.
fn moment(leaf: &Scalar<'_>, drift: &mut Drift) -> Result<UnixSeconds, FieldProblem> {
    let moment = UnixSeconds::new(number(leaf, drift)?);
    match moment {
        _ if moment < UnixSeconds::EARLIEST => Err(FieldProblem::MomentTooEarly),
        _ if moment > UnixSeconds::LATEST => Err(FieldProblem::MomentTooLate),
        _ => Ok(moment),
    }
}

/// The envelope's status: an integer, an integral float, or a string of exactly four digits.
fn status(leaf: &Scalar<'_>, drift: &mut Drift) -> Result<Status, FieldProblem> {
    let mut forgiven = Drift::NONE;
    let number = match leaf {
        Scalar::Number(text) if is_plain(text) => text.parse().ok(),
        Scalar::Number(text) => {
            forgiven.insert(Tolerance::StatusForm);
            whole(text).ok()
        }
        Scalar::Text(text) => {
            let digits = trimmed(text, &mut forgiven);
            is_plain(digits).then(|| digits.parse().ok()).flatten()
        }
        other => return Err(other.wrong_type("a status")),
    };
    if !forgiven.is_empty() {
        drift.insert(Tolerance::StatusForm);
    }
    let number = number.and_then(|number: u64| u16::try_from(number).ok());
    number.and_then(Status::new).ok_or(FieldProblem::NotAStatus)
}

/// Text without white space around it; that there was some is noted.
fn trimmed<'a>(text: &'a str, drift: &mut Drift) -> &'a str {
    let trimmed = text.trim_ascii();
    if trimmed.len() != text.len() {
        drift.insert(Tolerance::NumberForm);
    }
    trimmed
}

#[cfg(test)]
mod tests;
