//! Putting a base address and a path together, whatever of `/v1` clients write into which of the two.

use headroom::{Error, ErrorCode};
use hyper::Uri;

/// The versions APIs begin their paths with.
pub(super) const VERSIONS: [&str; 3] = ["/v1", "/v1beta", "/v1alpha"];

/// A path with its version once: `/v1/v1/models` is what a client asks for that was given a base with `/v1` and
/// adds its own.
pub(super) fn single_version(path: &str) -> String {
    for version in VERSIONS {
        if let Some(rest) = path.strip_prefix(version)
            && rest
                .strip_prefix(version)
                .is_some_and(|rest| rest.starts_with('/'))
        {
            return rest.to_owned();
        }
    }
    path.to_owned()
}

/// The address of a path below a base. A base that ends in a version stands for that of the path.
pub(super) fn join(base: &Uri, path: &str) -> Result<Uri, Error> {
    let mut prefix = base.path().trim_end_matches('/');
    for version in VERSIONS {
        let versioned = VERSIONS.iter().any(|version| {
            path.strip_prefix(version)
                .is_some_and(|rest| rest.starts_with('/'))
        });
        if let Some(shorter) = prefix.strip_suffix(version)
            && versioned
        {
            prefix = shorter;
        }
    }
    let authority = base.authority().map_or("", |authority| authority.as_str());
    let text = format!(
        "{}://{authority}{prefix}{path}",
        base.scheme_str().unwrap_or("https")
    );
    text.parse().map_err(|error: hyper::http::uri::InvalidUri| {
        Error::new(
            ErrorCode::InvalidOptions,
            "the path of the request cannot be sent on",
        )
        .because(error.to_string())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_stand_once() {
        for (base, path, whole) in [
            (
                "https://a.example",
                "/v1/messages?beta=true",
                "https://a.example/v1/messages?beta=true",
            ),
            (
                "https://a.example/v1",
                "/v1/messages",
                "https://a.example/v1/messages",
            ),
            (
                "http://a.example:1/openai/v1/",
                "/v1/chat/completions",
                "http://a.example:1/openai/v1/chat/completions",
            ),
            (
                "https://a.example/api/anthropic",
                "/v1/messages",
                "https://a.example/api/anthropic/v1/messages",
            ),
        ] {
            let base: Uri = base.trim_end_matches('/').parse().unwrap();
            assert_eq!(join(&base, path).unwrap().to_string(), whole);
        }
        assert_eq!(single_version("/v1/v1/models"), "/v1/models");
        assert_eq!(single_version("/v1/models"), "/v1/models");
        assert_eq!(single_version("/v1x/v1x"), "/v1x/v1x");
    }
}
