//! A time written from the first part that changed: after `06:55:46`, `:48` is `06:55:48`.

/// True for a value that cannot be taken for a part.
pub(super) fn is_whole(value: &str) -> bool {
    value.starts_with(|first: char| first.is_ascii_alphanumeric())
}

/// The shortest end of `value` that gives it back after `above`; `None` if only the whole does.
pub(super) fn shorten<'v>(above: &str, value: &'v str) -> Option<&'v str> {
    let common = above
        .bytes()
        .zip(value.bytes())
        .take_while(|(a, b)| a == b)
        .count();
    let bytes = value.as_bytes();
    // Back to the separators before the part in which the difference lies.
    let mut at = common.min(value.len().checked_sub(1)?);
    while at > 0 && is_part(bytes[at]) {
        at -= 1;
    }
    while at > 0 && !is_part(bytes[at - 1]) {
        at -= 1;
    }
    let end = value.get(at..)?;
    (at > 0 && !is_whole(end) && complete(above, end).as_deref() == Some(value)).then_some(end)
}

/// What `end` means after `above`: as many parts as `end` has are replaced.
pub(super) fn complete(above: &str, end: &str) -> Option<String> {
    let bytes = above.as_bytes();
    let mut at = bytes.len();
    for _ in 0..parts(end) {
        while at > 0 && !is_part(bytes[at - 1]) {
            at -= 1;
        }
        while at > 0 && is_part(bytes[at - 1]) {
            at -= 1;
        }
    }
    while at > 0 && !is_part(bytes[at - 1]) {
        at -= 1;
    }
    Some(format!("{}{end}", above.get(..at)?))
}

fn parts(text: &str) -> usize {
    let bytes = text.as_bytes();
    (0..bytes.len())
        .filter(|&at| is_part(bytes[at]) && (at == 0 || !is_part(bytes[at - 1])))
        .count()
}

fn is_part(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || !byte.is_ascii()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_that_changed() {
        for (above, value, short) in [
            ("06:55:46", "06:55:48", Some(":48")),
            ("06:55:46", "06:56:02", Some(":56:02")),
            ("Dec 10 06:55:46", "Dec 11 00:00:00", Some(" 11 00:00:00")),
            ("2015-07-29 17:41:44,747", "2015-07-29 17:41:44,748", Some(",748")),
            ("06:55:46", "07:55:46", None),
            ("Jun  9 06:06:01", "Jun 10 06:06:01", Some(" 10 06:06:01")),
            ("", "06:55:46", None),
        ] {
            assert_eq!(shorten(above, value), short, "{above} {value}");
            if let Some(short) = short {
                assert_eq!(complete(above, short).as_deref(), Some(value));
            }
        }
    }
}
