//! Where a page of HTML starts.

/// Bytes in which a page must have begun.
const PREAMBLE: usize = 4096;

/// Where a document of HTML says that it begins (`<!doctype html>`, `<html>`), at the start of a line or behind
/// another tag. What stands before it, as headers of a reply do, is no part of it.
pub fn page_start(text: &str) -> Option<usize> {
    let head = text.as_bytes();
    let head = &head[..head.len().min(PREAMBLE)];
    let says = |at: usize, start: &[u8]| {
        let here = &head[at + 1..];
        here.len() > start.len()
            && here[..start.len()].eq_ignore_ascii_case(start)
            && !here[start.len()].is_ascii_alphanumeric()
    };
    let begins = |at: usize| {
        let before = head[..at].iter().rev().find(|byte| !matches!(byte, b' ' | b'\t'));
        // A byte order mark ends with this byte.
        before.is_none_or(|byte| matches!(byte, b'\n' | b'>' | 0xbf))
    };
    memchr::memchr_iter(b'<', head)
        .find(|at| (says(*at, b"!doctype html") || says(*at, b"html")) && begins(*at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_says_where_it_begins() {
        for (text, wanted) in [
            ("<!DOCTYPE html>", Some(0)),
            ("\u{feff}<html lang=en>", Some(3)),
            ("HTTP/1.1 200 OK\n\n  <HTML>", Some(19)),
            ("<?xml version=\"1.0\"?><!doctype html >", Some(21)),
            ("use <html> tags", None),
            ("<htmlx>", None),
            ("<html", None),
            ("", None),
        ] {
            assert_eq!(page_start(text), wanted, "{text}");
        }
    }
}
