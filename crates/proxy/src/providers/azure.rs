//! Azure OpenAI: OpenAI's API below `/openai`, by deployment or with a version.

use hyper::Method;

use super::{Claim, openai, unversioned};

/// See [`super::Provider::claim`].
pub(super) fn claim(method: &Method, path: &str) -> Option<Claim> {
    let rest = path.strip_prefix("/openai/")?;
    let (deployment, asked) = match rest
        .strip_prefix("deployments/")
        .and_then(|rest| rest.split_once('/'))
    {
        Some((deployment, asked)) => (Some(deployment), asked),
        None => (None, unversioned(&path["/openai".len()..])?),
    };
    Some(match openai::asked(asked) {
        Some((format, kind)) => Claim::read(method, path, format, kind, deployment),
        None => Claim::unread(path),
    })
}
