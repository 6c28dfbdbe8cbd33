//! A JSON array that arrives piece by piece, element by element.
//!
//! Brackets and strings are only counted; what an element is worth is for its reader to say. What is handed on is
//! [`Element::bytes`], with the bracket, comma and blanks before the value, so that all of them are what came.

use std::ops::Range;

/// Collects chunks and gives back whole elements.
#[derive(Debug, Default)]
pub struct Elements {
    buffer: Vec<u8>,
    /// Everything before was given back.
    given: usize,
    /// Everything before was looked at.
    seen: usize,
    /// Where the value begins that is being read.
    start: Option<usize>,
    depth: usize,
    string: Inside,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Inside {
    #[default]
    Nothing,
    String,
    /// Behind a backslash.
    Escape,
}

/// One element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Element<'a> {
    /// The bytes as they came, from the end of the element before.
    pub bytes: &'a [u8],
    /// Where the value stands in them.
    pub value: Range<usize>,
}

impl Elements {
    /// Takes a chunk in.
    pub fn push(&mut self, chunk: &[u8]) {
        if self.given > 0 {
            self.buffer.drain(..self.given);
            self.seen -= self.given;
            self.start = self.start.map(|start| start - self.given);
            self.given = 0;
        }
        self.buffer.extend_from_slice(chunk);
    }

    /// The next whole element. Elements are objects; anything else is never found, and left to [`Elements::rest`].
    pub fn next_element(&mut self) -> Option<Element<'_>> {
        while let Some(byte) = self.buffer.get(self.seen) {
            self.seen += 1;
            match (self.string, byte) {
                (Inside::String, b'\\') => self.string = Inside::Escape,
                (Inside::String, b'"') => self.string = Inside::Nothing,
                (Inside::Escape, _) | (Inside::Nothing, b'"') => self.string = Inside::String,
                (Inside::Nothing, b'{' | b'[') => {
                    self.depth += 1;
                    if *byte == b'{' && self.depth == 2 {
                        self.start = Some(self.seen - 1);
                    }
                }
                (Inside::Nothing, b'}' | b']') => {
                    self.depth = self.depth.saturating_sub(1);
                    if self.depth == 1
                        && let Some(start) = self.start.take()
                    {
                        let from = std::mem::replace(&mut self.given, self.seen);
                        return Some(Element {
                            bytes: &self.buffer[from..self.seen],
                            value: start - from..self.seen - from,
                        });
                    }
                }
                (Inside::Nothing | Inside::String, _) => {}
            }
        }
        None
    }

    /// What is behind the last element: the closing bracket, or an element that is not whole.
    pub fn rest(&mut self) -> &[u8] {
        let start = std::mem::replace(&mut self.given, self.buffer.len());
        &self.buffer[start..]
    }

    /// Bytes that were not given back yet.
    pub fn waiting(&self) -> usize {
        self.buffer.len() - self.given
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cut_gives_the_same_elements() {
        let array = "[{\"a\": \"]}\\\"\\\\\"}\r\n,\r\n {\"b\":[{}, [1]]} , {}\n]\n";
        for size in 1..array.len() {
            let mut elements = Elements::default();
            let mut bytes = Vec::new();
            let mut values = Vec::new();
            for chunk in array.as_bytes().chunks(size) {
                elements.push(chunk);
                while let Some(element) = elements.next_element() {
                    bytes.extend_from_slice(element.bytes);
                    values.push(String::from_utf8(element.bytes[element.value].to_vec()).unwrap());
                }
            }
            bytes.extend_from_slice(elements.rest());
            assert_eq!(bytes, array.as_bytes());
            assert_eq!(
                values,
                ["{\"a\": \"]}\\\"\\\\\"}", "{\"b\":[{}, [1]]}", "{}"],
                "{size}"
            );
        }
    }
}
