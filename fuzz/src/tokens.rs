//! Counting tokens.

use headroom::tokens::Encoding;

/// Any text has a count, the same every time; only no text has none. An exact token holds at
/// least a byte.
pub fn tokens(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    for encoding in [Encoding::O200kBase, Encoding::Cl100kBase, Encoding::Estimate] {
        let count = encoding.count(text);
        assert!(
            count <= text.len() || !encoding.is_exact(),
            "{} counts {count} in {text:?}",
            encoding.name()
        );
        assert_eq!(count == 0, text.is_empty(), "{}", encoding.name());
        assert_eq!(count, encoding.count(text), "{}", encoding.name());
    }
}
