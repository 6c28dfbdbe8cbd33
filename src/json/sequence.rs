//! Several JSON values one after the other: JSON lines, and what `jq` prints.

use super::value_end;

/// The objects and arrays of a text, with nothing but whitespace between them, as one array. Every byte of
/// a value stands in the array one place further on than in the text.
///
/// `None`: fewer than two values, other values, or something else between them. What is inside a value is
/// for [`super::Document::parse`] to judge.
pub fn as_array(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let mut array = Vec::with_capacity(text.len() + 2);
    array.push(b'[');
    array.extend_from_slice(bytes);
    array.push(b']');
    let (mut at, mut values) = (0, 0_usize);
    loop {
        let space = bytes[at..].iter().take_while(|byte| is_space(**byte)).count();
        match bytes.get(at + space) {
            None => break,
            Some(b'{' | b'[') => {}
            Some(_) => return None,
        }
        if values > 0 {
            // A comma takes the place of the first space between two values.
            *array.get_mut(at + 1).filter(|_| space > 0)? = b',';
        }
        at += space;
        at += value_end(&text[at..])?;
        values += 1;
    }
    (values > 1).then(|| String::from_utf8(array).ok()).flatten()
}

/// True for a text of objects or arrays with nothing but whitespace between them, two or more.
pub fn is_sequence(text: &str) -> bool {
    let (mut at, mut values) = (0, 0_usize);
    loop {
        let rest = text[at..].trim_start_matches(|char: char| char.is_ascii_whitespace());
        if rest.is_empty() {
            return values > 1;
        }
        let space = text.len() - at - rest.len();
        if !rest.starts_with(['{', '[']) || (values > 0 && space == 0) {
            return false;
        }
        let Some(len) = value_end(rest) else {
            return false;
        };
        at += space + len;
        values += 1;
    }
}

/// True where a value that a text starts with ends before the text does, as far as lines tell: its first
/// line is whole, or a bracket that closes stands alone at the start of a line that is not the last.
pub fn ends_early(text: &str) -> bool {
    let text = text.trim_ascii();
    let first = text.split('\n').next().unwrap_or_default().trim_end();
    if first.len() < text.len() && value_end(first) == Some(first.len()) {
        return true;
    }
    let closes = |bracket: &[u8]| memchr::memmem::find(text.as_bytes(), bracket).is_some();
    closes(b"\n}\n") || closes(b"\n}\r\n") || closes(b"\n]\n") || closes(b"\n]\r\n")
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\n' | b'\t' | b'\r')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::Document;

    #[test]
    fn values_in_a_row_are_an_array() {
        for (text, array) in [
            ("{\"a\":1}\n{\"a\":2}\n", Some("[{\"a\":1},{\"a\":2}\n]")),
            ("{}\r\n\r\n[1]", Some("[{},\n\r\n[1]]")),
            (
                "{\n \"a\": \"}\"\n}\n{\n}\n",
                Some("[{\n \"a\": \"}\"\n},{\n}\n]"),
            ),
            ("{\"é\":1}\n{}", Some("[{\"é\":1},{}]")),
            ("{}", None),
            ("{}{}", None),
            ("{}\n1\n", None),
            ("{}\n{", None),
            ("", None),
        ] {
            assert_eq!(as_array(text).as_deref(), array, "{text}");
            assert!(array.is_none_or(|array| Document::parse(array).is_ok()));
        }
    }

    #[test]
    fn a_sequence_is_whole_values() {
        for text in [
            "{\"a\":1}\n{\"a\":2}",
            "{\n\"a\":1\n}\n{\n\"a\":2\n}\n",
            "[1]\r\n[2]\r\n",
        ] {
            assert!(is_sequence(text) && ends_early(text), "{text}");
        }
        for text in [
            "{\"a\":1}\n{\"a\":",
            "{\"a\":1}\nat x\n{\"a\":1}",
            "{\n\"a\":1\n}\nx\n{\"a\":1}",
        ] {
            assert!(!is_sequence(text) && ends_early(text), "{text}");
        }
        for text in [
            "{\"a\":1}\n",
            "[\n{},\n{}\n]",
            "[1]",
            "",
            "\n",
            "{\"a\":\"\\n}\\n{\"}",
        ] {
            assert!(!is_sequence(text) && !ends_early(text), "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn bytes_of_values_move_by_one(text in "[{}\\[\\]\" \n,:a1é]{0,24}") {
            if let Some(array) = as_array(&text) {
                proptest::prop_assert_eq!(array.len(), text.len() + 2);
                let moved = text.bytes().zip(array.bytes().skip(1));
                proptest::prop_assert!(moved.filter(|(a, b)| a != b).all(|(a, b)| is_space(a) && b == b','));
            }
        }
    }
}
