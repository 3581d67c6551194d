//! Writing HTML so that nothing from elsewhere becomes part of it.

/// A growing text of HTML.
#[derive(Debug, Default)]
pub(super) struct Html(String);

impl Html {
    /// What is HTML already: our own, never anybody's text.
    pub(super) fn raw(&mut self, html: &str) -> &mut Self {
        self.0.push_str(html);
        self
    }

    /// Anybody's text, for between tags and for between double quotes.
    pub(super) fn text(&mut self, text: &str) -> &mut Self {
        for character in text.chars() {
            match character {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                '\'' => self.0.push_str("&#39;"),
                // A browser has them shown, ignored or take part in the order of the line.
                hidden if hidden.is_control() || is_bidi(hidden) => self.0.push('\u{fffd}'),
                character => self.0.push(character),
            }
        }
        self
    }

    /// An element with this text in it, of a class if it is not empty.
    pub(super) fn element(&mut self, tag: &str, class: &str, text: &str) -> &mut Self {
        self.raw("<").raw(tag);
        if !class.is_empty() {
            self.raw(" class=\"").text(class).raw("\"");
        }
        self.raw(">").text(text).raw("</").raw(tag).raw(">")
    }

    pub(super) fn into_string(self) -> String {
        self.0
    }
}

const fn is_bidi(character: char) -> bool {
    matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_stays_a_text() {
        let mut html = Html::default();
        html.element("p", "a\"b", "<script>alert('1')</script> & \"x\" \u{202e}\0 猿");
        assert_eq!(
            html.into_string(),
            "<p class=\"a&quot;b\">&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt; &amp; \
             &quot;x&quot; \u{fffd}\u{fffd} 猿</p>"
        );
    }
}
