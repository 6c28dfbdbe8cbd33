//! Gemini Code Assist, which Google's own tools speak to: Gemini's requests and answers in an envelope. The model
//! stands in it.

use headroom::format::Format;
use hyper::Method;

use super::{Claim, gemini};

/// Where it is.
pub(super) const HOME: &str = "https://cloudcode-pa.googleapis.com";

/// See [`super::Provider::claim`].
pub(super) fn claim(method: &Method, path: &str) -> Option<Claim> {
    let rest = path.strip_prefix("/v1internal")?;
    let kind = rest.strip_prefix(':').and_then(gemini::method);
    Some(match kind {
        Some(kind) => Claim::read(method, path, Format::Gemini, kind, None),
        None if rest.starts_with([':', '/']) => Claim::unread(path),
        None => return None,
    })
}
