//! Vertex AI: models of several publishers, each in its own format.

use headroom::format::Format;
use hyper::Method;

use super::{Claim, gemini};
use crate::engine::CallKind;

/// Where it is. A region's own address is for the options to name.
pub(super) const HOME: &str = "https://aiplatform.googleapis.com";

/// See [`super::Provider::claim`].
pub(super) fn claim(method: &Method, path: &str) -> Option<Claim> {
    // With an API key there is no project in the address.
    let project = path.split_once("/projects/").map(|(_, project)| project);
    let Some((_, published)) = project.unwrap_or(path).split_once("/publishers/") else {
        return project?.contains("/locations/").then(|| Claim::unread(path));
    };
    let asked = match published.split_once("/models/") {
        Some(("google", asked)) => gemini::asked(asked).map(|(model, kind)| (Format::Gemini, model, kind)),
        Some(("anthropic", asked)) => {
            claude(asked).map(|(model, kind)| (Format::AnthropicMessages, model, kind))
        }
        _ => None,
    };
    Some(match asked {
        Some((format, model, kind)) => Claim::read(method, path, format, kind, Some(model)),
        None => Claim::unread(path),
    })
}

/// Reads `model:method`; counting is a model of its own name.
fn claude(path: &str) -> Option<(&str, CallKind)> {
    match path.split_once(':')? {
        ("count-tokens", "rawPredict") => Some(("", CallKind::Count)),
        (model, "rawPredict" | "streamRawPredict") => Some((model, CallKind::Generate)),
        _ => None,
    }
    .filter(|(model, _)| !model.contains('/'))
}
