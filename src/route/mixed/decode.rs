//! The inverse for parts that lost nothing: markers say where they are.

use crate::ccr;

/// Ends a part that was spelled anew; what follows is the source's.
pub(super) const END: &str = "\n[headroom: end of this part]";

/// True for a text with parts that were spelled anew among others.
pub fn is_encoded(text: &str) -> bool {
    ccr::find_marker(text).is_some_and(|first| first > 0) || text.contains(END)
}

/// Gives the whole text back; `part` decodes what one compressor wrote.
pub fn decode<E>(text: &str, part: impl Fn(&str) -> Result<String, E>) -> Result<String, E> {
    let mut out = String::with_capacity(text.len() * 2);
    let mut at = 0;
    while let Some(step) = ccr::find_marker(&text[at..]) {
        let start = at + step;
        out.push_str(&text[at..start]);
        let (end, next) = match memchr::memmem::find(&text.as_bytes()[start..], END.as_bytes()) {
            Some(len) => (start + len, start + len + END.len()),
            None => (text.len(), text.len()),
        };
        out.push_str(&part(&text[start..end])?);
        at = next;
    }
    out.push_str(&text[at..]);
    Ok(out)
}
