//! Lines that open with the name of a failure: of an exception, or of a test that failed.

/// True for a message that names a failure, by itself or behind the place it happened at.
pub(super) fn names_failure(body: &str) -> bool {
    is_exception(behind_place(body)) || titles_failure(body)
}

/// What a line says behind its place: `tests/test_a.py:40: AssertionError`.
fn behind_place(body: &str) -> &str {
    let Some((place, rest)) = body.split_once(": ") else {
        return body;
    };
    let is_place = place.rsplit_once(':').is_some_and(|(path, line)| {
        !path.is_empty()
            && !path.contains(' ')
            && !line.is_empty()
            && line.bytes().all(|byte| byte.is_ascii_digit())
    });
    if is_place { rest } else { body }
}

/// True for a line that starts with the name of an exception: `ValueError: x`, `java.io.IOException: x`,
/// `Caused by: …`, `Exception in thread`.
pub fn is_exception(body: &str) -> bool {
    let length = body
        .bytes()
        .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'$'))
        .count();
    let (name, rest) = body.split_at(length);
    let named = ["Error", "Exception", "Interrupt", "Failure"]
        .iter()
        .any(|end| name.ends_with(end));
    named
        && name.len() > 5
        && (rest.is_empty()
            || rest.starts_with(": ")
            || rest.starts_with(":\n")
            || rest == ":"
            || rest.starts_with(" ["))
}

/// True for the title of a failed test in pytest's report: `____ test_name ____`.
fn titles_failure(body: &str) -> bool {
    let title = body.trim_end().trim_matches('_');
    body.starts_with("____")
        && title.starts_with(' ')
        && title.ends_with(' ')
        && title.trim().len() > 1
        && !title.contains("coverage")
        && !title.starts_with(" _")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_named_with_and_without_their_place() {
        for line in [
            "tests/test_a.py:40: AssertionError",
            "src/a.py:7: ValueError: no",
            "java.io.IOException: x",
            "____ test_a ____",
        ] {
            assert!(names_failure(line), "{line}");
        }
        for line in [
            "src/a.py:7: def load():",
            "note: AssertionError",
            "src/errors.py:7: import Error",
            "____",
        ] {
            assert!(!names_failure(line), "{line}");
        }
    }
}
