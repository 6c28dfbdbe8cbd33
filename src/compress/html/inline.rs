//! The text of one block while it is read: white space, links, signs.

use std::ops::Range;

/// A block's text, complete.
#[derive(Debug)]
pub(super) struct Done {
    pub(super) text: String,
    pub(super) range: Range<usize>,
    pub(super) links: usize,
    pub(super) linked: usize,
}

/// A text that grows.
#[derive(Debug, Default)]
pub(super) struct Inline {
    text: String,
    /// Bytes of the source it comes from; `None` while nothing of it does.
    range: Option<Range<usize>>,
    /// Where the last sign that begins something ends: no space follows it.
    glue: usize,
    /// White space was read that is written before the next word.
    space: bool,
    /// Signs that wait for their end: where they stand; `None` when their block ended before.
    signs: Vec<Option<Range<usize>>>,
    link: Option<Link>,
    links: usize,
    linked: usize,
    /// The language of a code block, which then holds all of the text.
    fence: Option<String>,
}

#[derive(Debug)]
struct Link {
    /// Where its text starts.
    at: usize,
    href: String,
    label: String,
    span: Range<usize>,
}

impl Inline {
    /// Adds running text.
    pub(super) fn text(&mut self, text: &str, span: &Range<usize>) {
        self.space |= text.starts_with(char::is_whitespace);
        let mut empty = true;
        for word in text.split_whitespace() {
            self.space |= !empty;
            self.lead();
            self.text.push_str(word);
            empty = false;
        }
        if !empty {
            self.space = text.ends_with(char::is_whitespace);
            self.see(span);
        }
    }

    /// Adds text in which white space counts.
    pub(super) fn verbatim(&mut self, text: &str, span: &Range<usize>) {
        self.text.push_str(text);
        self.see(span);
    }

    /// Adds a word that stands for an element.
    pub(super) fn token(&mut self, token: &str, span: &Range<usize>) {
        self.space |= self
            .text
            .ends_with(|last: char| last.is_alphanumeric() || last == ']' || last == ')');
        self.lead();
        self.text.push_str(token);
        self.space = true;
        self.see(span);
    }

    /// The block comes from these bytes, too.
    pub(super) fn see(&mut self, span: &Range<usize>) {
        match &mut self.range {
            Some(range) => range.end = range.end.max(span.end),
            None => self.range = Some(span.clone()),
        }
    }

    pub(super) fn space(&mut self) {
        self.space = true;
    }

    pub(super) fn line_break(&mut self) {
        self.space = false;
        if !self.text.is_empty() && !self.text.ends_with('\n') {
            self.text.push('\n');
        }
    }

    /// A sign that another one ends.
    pub(super) fn open_sign(&mut self, sign: &str) {
        self.lead();
        let at = self.text.len();
        self.text.push_str(sign);
        self.glue = self.text.len();
        self.signs.push(Some(at..self.glue));
    }

    /// The end of the innermost sign, which is taken back when nothing stands between.
    pub(super) fn end_sign(&mut self, sign: &str) {
        let Some(Some(open)) = self.signs.pop() else {
            return;
        };
        if self.text.len() == open.end {
            self.cut(open.start);
        } else {
            self.text.push_str(sign);
        }
    }

    /// Adds what is no text of its own.
    pub(super) fn sign(&mut self, sign: &str) {
        if !self.text.is_empty() {
            self.text.push_str(sign);
        }
    }

    /// Takes the last sign back.
    pub(super) fn drop_sign(&mut self, sign: &str) {
        if self.text.ends_with(sign) {
            self.cut(self.text.len() - sign.len());
        }
    }

    pub(super) fn ends_with(&self, text: &str) -> bool {
        self.text.ends_with(text)
    }

    /// A link begins. `label` is its text when it has none.
    pub(super) fn begin_link(&mut self, href: &str, label: &str, span: &Range<usize>) {
        self.end_link();
        self.lead();
        let at = self.text.len();
        self.text.push('[');
        self.glue = self.text.len();
        self.link = Some(Link {
            at,
            href: href.trim().to_owned(),
            label: label.trim().to_owned(),
            span: span.clone(),
        });
    }

    pub(super) fn end_link(&mut self) {
        let Some(link) = self.link.take() else { return };
        // A place on this page needs no address, and a script has none.
        let here = link.href.is_empty()
            || link.href.starts_with('#')
            || link
                .href
                .get(..11)
                .is_some_and(|scheme| scheme.eq_ignore_ascii_case("javascript:"));
        let text = self.text[link.at + 1..].trim();
        let is_sign = !text.contains(char::is_alphanumeric) && here;
        if text.is_empty() || is_sign {
            self.cut(link.at);
            if !here && !link.label.is_empty() {
                self.text.extend(["[", &link.label, "](", &link.href, ")"]);
                self.see(&link.span);
            }
            return;
        }
        self.links += 1;
        self.linked += text.len();
        if here {
            self.text.remove(link.at);
            self.glue -= usize::from(self.glue > link.at);
            for sign in self
                .signs
                .iter_mut()
                .flatten()
                .filter(|sign| sign.start > link.at)
            {
                *sign = sign.start - 1..sign.end - 1;
            }
        } else {
            let end = self.text.trim_end().len();
            self.cut(end);
            self.text.push_str("](");
            self.text.push_str(&link.href);
            self.text.push(')');
        }
    }

    /// All that follows is code.
    pub(super) fn code_block(&mut self, language: &str) {
        self.fence = Some(language.to_owned());
    }

    /// Ends a cell.
    pub(super) fn take(&mut self) -> String {
        self.finish().map(|done| done.text).unwrap_or_default()
    }

    /// Ends the block; `None` when it shows nothing of the source.
    pub(super) fn finish(&mut self) -> Option<Done> {
        // A link around blocks is written in the first that has a text.
        let waits = |link: &Link| self.text[link.at + 1..].trim().is_empty();
        let waiting = if self.link.as_ref().is_some_and(waits) {
            self.link.take()
        } else {
            None
        };
        if let Some(link) = &waiting {
            self.cut(link.at);
        }
        self.end_link();
        let done = self.done();
        if let Some(link) = waiting {
            self.begin_link(&link.href, &link.label, &link.span);
        }
        done
    }

    fn done(&mut self) -> Option<Done> {
        for sign in &mut self.signs {
            *sign = None;
        }
        let text = std::mem::take(&mut self.text);
        let fence = self.fence.take();
        let (links, linked) = (std::mem::take(&mut self.links), std::mem::take(&mut self.linked));
        self.space = false;
        self.glue = 0;
        let range = self.range.take()?;
        let text = match fence {
            Some(language) => {
                let code = text.strip_prefix('\n').unwrap_or(&text).trim_end();
                if code.trim().is_empty() {
                    return None;
                }
                let fence = if code.contains("```") { "````" } else { "```" };
                format!("{fence}{language}\n{code}\n{fence}")
            }
            None => text.trim().to_owned(),
        };
        (!text.is_empty()).then_some(Done {
            text,
            range,
            links,
            linked,
        })
    }

    /// Takes the end of the text back. What was glued there is gone: a text that grows to that length again must
    /// not lose the space between two of its words.
    fn cut(&mut self, at: usize) {
        self.text.truncate(at);
        let open = self.signs.iter().flatten().map(|sign| sign.end);
        let link = self.link.as_ref().map(|link| link.at + 1);
        self.glue = open.chain(link).find(|&end| end == at).unwrap_or(0);
    }

    fn lead(&mut self) {
        let begins = self.text.len() == self.glue || self.text.ends_with('\n');
        if self.space && !begins {
            self.text.push(' ');
        }
        self.space = false;
    }
}
