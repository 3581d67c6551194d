//! The body of a request: a form.

use core::fmt;

use crate::Body;
use crate::error::Masking;
use crate::secret::Secret;

/// Where a call writes its fields, in its own order.
///
/// Text is UTF-8 and encoded as `application/x-www-form-urlencoded`: a space becomes `+`, and only
/// letters, digits and `* - . _` stand for themselves (observed: what every published client
/// sends, up to `~`, which some leave as it is).
///
/// A call writes the same fields each time it is asked: once for the request, and once more to find
/// the request's secrets in the message of an error.
pub struct Form {
    mode: Mode,
}

enum Mode {
    Encode(String),
    /// The same walk over the fields, to mask the secrets among them in a text.
    Mask(Masking),
}

impl Form {
    /// Adds a field that is no secret.
    pub fn field(&mut self, name: &'static str, value: &str) -> &mut Self {
        if let Mode::Encode(body) = &mut self.mode {
            append(body, name, value);
        }
        self
    }

    /// Adds a field with a number.
    pub fn number(&mut self, name: &'static str, value: u64) -> &mut Self {
        self.field(name, itoa::Buffer::new().format(value))
    }

    /// Adds a field with a secret: the one place where a request exposes it.
    pub fn secret(&mut self, name: &'static str, value: &impl Secret) -> &mut Self {
        match &mut self.mode {
            Mode::Encode(body) => append(body, name, value.expose_secret()),
            Mode::Mask(text) => text.look_for(value.expose_secret()),
        }
        self
    }

    /// The form that `write` writes.
    pub(crate) fn encode(write: impl FnOnce(&mut Self)) -> Body {
        // Every call of the documents fits; a longer one grows.
        let mut form = Self { mode: Mode::Encode(String::with_capacity(320)) };
        write(&mut form);
        form.into_text().into()
    }

    /// `text` without the secrets that `write` writes.
    pub(crate) fn mask(text: String, write: impl FnOnce(&mut Self)) -> String {
        let mut form = Self { mode: Mode::Mask(Masking::new(text)) };
        write(&mut form);
        form.into_text()
    }

    fn into_text(self) -> String {
        match self.mode {
            Mode::Encode(text) => text,
            Mode::Mask(text) => text.finish(),
        }
    }
}

impl fmt::Debug for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Form(…)")
    }
}

fn append(body: &mut String, name: &str, value: &str) {
    if !body.is_empty() {
        body.push('&');
    }
    body.extend(form_urlencoded::byte_serialize(name.as_bytes()));
    body.push('=');
    body.extend(form_urlencoded::byte_serialize(value.as_bytes()));
}
