//! Bearer tokens, compared without telling by the time how much of one is right.

mod attempts;

use std::fmt;
use std::hint::black_box;
use std::sync::{Arc, PoisonError, RwLock};

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretBox, SecretString};

pub(crate) use attempts::Attempts;
pub use attempts::Peer;

/// A token by which clients of the service show that they may ask.
///
/// ```
/// use yzb_axum::BearerToken;
/// let token = BearerToken::new("0123456789abcdef0123456789abcdef")?;
/// assert_eq!(format!("{token:?}"), "BearerToken(…)");
/// assert!(BearerToken::new("short").is_err());
/// # Ok::<(), yzb_axum::InvalidBearerToken>(())
/// ```
#[derive(Clone)]
pub struct BearerToken {
    secret: SecretString,
    client: Client,
}

/// Who shows a token, if it was said.
pub(crate) type Client = Option<Arc<str>>;

/// It is no token: it is shorter than 16 or longer than 512 characters, or has one that is not
/// visible ASCII. 32 random hexadecimal digits are a good one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidBearerToken(());

impl BearerToken {
    /// The fewest characters: whoever guesses must have no hope.
    pub const SHORTEST: usize = 16;
    /// The most characters.
    pub const LONGEST: usize = 512;

    /// Takes a copy of the text.
    ///
    /// # Errors
    ///
    /// It is too short, too long, or has a character that is not visible ASCII.
    pub fn new(text: &str) -> Result<Self, InvalidBearerToken> {
        let fits = (Self::SHORTEST..=Self::LONGEST).contains(&text.len());
        if fits && text.bytes().all(|byte| byte.is_ascii_graphic()) {
            Ok(Self { secret: SecretString::from(text), client: None })
        } else {
            Err(InvalidBearerToken(()))
        }
    }

    /// The same with a name for who shows it, which is told to `tracing` with each of its requests.
    #[must_use]
    pub fn named(mut self, client: &str) -> Self {
        self.client = Some(client.into());
        self
    }

    /// Takes as long for any token of one's own as for any other of that length.
    fn is(&self, presented: &[u8]) -> bool {
        let own = self.secret.expose_secret().as_bytes();
        let mut difference = own.len() ^ presented.len();
        for (at, byte) in presented.iter().enumerate() {
            // Never empty, see `SHORTEST`.
            let other = own.get(at % own.len().max(1)).copied().unwrap_or_default();
            difference |= usize::from(black_box(byte ^ other));
        }
        black_box(difference) == 0
    }
}

/// The tokens that are good, of which there are two while one replaces another.
#[derive(Debug, Default)]
pub(crate) struct Tokens(RwLock<Vec<BearerToken>>);

/// What a request brings along.
pub(crate) enum Presented {
    Nothing,
    Bearer(SecretBox<[u8]>),
    /// The password of a browser, which can present nothing else.
    Password(SecretBox<[u8]>),
}

impl Tokens {
    pub(crate) fn add(&self, token: BearerToken) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).push(token);
    }

    /// Whether they were replaced: by none they are not, which would open what is guarded.
    pub(crate) fn replace(&self, tokens: Vec<BearerToken>) -> bool {
        let mut own = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let opens = tokens.is_empty() && !own.is_empty();
        if !opens {
            *own = tokens;
        }
        !opens
    }

    pub(crate) fn any(&self) -> bool {
        !self.0.read().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    /// Whose it is, if it is one of them. Looks at all of them, whichever it is.
    pub(crate) fn know(&self, presented: &[u8]) -> Option<Client> {
        let own = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let known = own.iter().fold(None, |known, token| match token.is(presented) {
            true => Some(token),
            false => known,
        });
        known.map(|token| token.client.clone())
    }
}

impl Presented {
    /// The one `Authorization` header. Of two, neither counts.
    pub(crate) fn read(headers: &HeaderMap) -> Self {
        let mut values = headers.get_all(AUTHORIZATION).iter();
        let (Some(value), None) = (values.next(), values.next()) else { return Self::Nothing };
        let value = value.as_bytes();
        let Some(space) = value.iter().position(|&byte| byte == b' ') else {
            return Self::Nothing;
        };
        let (scheme, rest) = (&value[..space], value[space + 1..].trim_ascii());
        if scheme.eq_ignore_ascii_case(b"bearer") {
            return Self::Bearer(SecretBox::new(rest.into()));
        }
        if scheme.eq_ignore_ascii_case(b"basic") {
            let Ok(decoded) = STANDARD.decode(rest) else { return Self::Nothing };
            let password = decoded.iter().position(|&byte| byte == b':').map_or(0, |at| at + 1);
            return Self::Password(SecretBox::new(decoded[password..].into()));
        }
        Self::Nothing
    }
}

impl fmt::Debug for BearerToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BearerToken(…)")
    }
}

impl fmt::Display for InvalidBearerToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "a bearer token is 16 to 512 characters of visible ASCII, such as 32 random \
             hexadecimal digits",
        )
    }
}

impl std::error::Error for InvalidBearerToken {}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "0123456789abcdef";
    const OTHER: &str = "fedcba9876543210fedcba9876543210";

    fn presented(value: &str) -> Presented {
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, value.parse().unwrap());
        Presented::read(&headers)
    }

    #[test]
    fn each_of_several_tokens_is_known_and_nothing_else() {
        let tokens = Tokens::default();
        tokens.add(BearerToken::new(ONE).unwrap());
        tokens.add(BearerToken::new(OTHER).unwrap());
        for (text, known) in [
            (ONE, true),
            (OTHER, true),
            ("", false),
            ("0123456789abcde", false),
            ("0123456789abcdeg", false),
            // As often as one likes: the length counts too.
            ("0123456789abcdef0123456789abcdef", false),
        ] {
            assert_eq!(tokens.know(text.as_bytes()).is_some(), known, "{text}");
        }
        assert!(Tokens::default().know(b"").is_none());
        assert!(!tokens.replace(Vec::new()) && tokens.any(), "what is guarded stays so");
        assert!(tokens.replace(vec![BearerToken::new(OTHER).unwrap()]));
        assert!(tokens.know(ONE.as_bytes()).is_none() && tokens.know(OTHER.as_bytes()).is_some());
    }

    #[test]
    fn the_header_is_read_in_either_form() {
        let bearer = presented("bearer  abc");
        assert!(matches!(bearer, Presented::Bearer(token) if token.expose_secret() == b"abc"));
        // `me:a:b`
        let password = presented("Basic bWU6YTpi");
        assert!(matches!(password, Presented::Password(token) if token.expose_secret() == b"a:b"));
        for nothing in ["", "Bearer", "Basic !", "Digest abc"] {
            assert!(matches!(presented(nothing), Presented::Nothing), "{nothing}");
        }
        let mut two = HeaderMap::new();
        two.append(AUTHORIZATION, "Bearer abc".parse().unwrap());
        two.append(AUTHORIZATION, "Bearer abc".parse().unwrap());
        assert!(matches!(Presented::read(&two), Presented::Nothing));
    }
}
