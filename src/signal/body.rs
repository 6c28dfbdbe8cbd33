//! Where the message of a line starts, behind what its logger and its runner put before it.

use super::stamp::stamps;

/// Where the message of a line starts: after colours, timestamps, brackets, levels and separators.
pub fn body(line: &str) -> usize {
    let mut at = stamps(line)
        .into_iter()
        .flatten()
        .last()
        .map_or(0, |stamp| stamp.end);
    let bytes = line.as_bytes();
    loop {
        let from = at;
        while bytes
            .get(at)
            .is_some_and(|&byte| matches!(byte, b' ' | b'\t' | b']'))
        {
            at += 1;
        }
        at = after_escape(bytes, at);
        let rest = &line[at..];
        for level in ["INFO", "DEBUG", "TRACE", "NOTICE", "LOG", "- ", "| ", "GECKO("] {
            if let Some(after) = rest.strip_prefix(level) {
                let length = match level {
                    "GECKO(" => after.find("| ").map_or(0, |end| level.len() + end + 2),
                    _ if after.starts_with(|c: char| c.is_alphanumeric() || c == '_') && level.len() > 2 => 0,
                    _ => level.len(),
                };
                at += length;
                break;
            }
        }
        if at == from {
            return at;
        }
    }
}

/// The place after a colour code.
fn after_escape(bytes: &[u8], at: usize) -> usize {
    if bytes.get(at) != Some(&0x1b) || bytes.get(at + 1) != Some(&b'[') {
        return at;
    }
    let length = bytes[at + 2..]
        .iter()
        .take_while(|byte| matches!(byte, b'0'..=b'9' | b';' | b'?'))
        .count();
    match bytes.get(at + 2 + length) {
        Some(end) if end.is_ascii() => at + 3 + length,
        // A sequence that is none, or cut off.
        _ => at,
    }
}

/// True for commands as a shell or a runner repeats them: what they say has not happened.
pub(super) fn is_echo(line: &str, start: usize) -> bool {
    let text = &line[start..];
    let shown = [
        "+ ",
        "++ ",
        "##[command]",
        "##[group]",
        "::group::",
        "[command]",
        "$ ",
        "> ",
    ];
    shown.iter().any(|sign| text.starts_with(sign)) || line.contains("\u{1b}[36;1m")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_start_after_what_stands_before_them() {
        for (line, wanted) in [
            ("[task 2026-01-02T10:02:01.000Z] 10:02:01     INFO - x y", "x y"),
            ("2026-01-02T10:02:01.0Z   \u{1b}[31m\u{1b}[1mfailed", "failed"),
            ("    at a.b", "at a.b"),
            ("INFORMATION", "INFORMATION"),
            ("\u{1b}[×2K", "\u{1b}[×2K"),
            ("\u{1b}[1", "\u{1b}[1"),
            ("", ""),
        ] {
            assert_eq!(&line[body(line)..], wanted, "{line}");
        }
    }
}
