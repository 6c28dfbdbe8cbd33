//! The calls that make, prolong and delete cached contents.

use bytes::Bytes;
use hyper::http::header::{CONTENT_TYPE, HeaderValue};
use hyper::{Method, StatusCode};
use serde_json::{Value, json};

use super::place::Place;
use crate::app::App;
use crate::providers::Route;
use crate::relay::body::{Body, Missing, collect};
use crate::relay::{headers, request};

/// Longest answer that is read, in bytes.
const MAX_ANSWER: usize = 64 << 10;

/// What was made.
pub(super) struct Made {
    pub(super) name: String,
    pub(super) lifetime: u64,
    /// Tokens, as they are billed.
    pub(super) tokens: u64,
}

/// Why a call came to nothing.
#[derive(Debug)]
pub(super) enum Failed {
    /// The provider said no: status and words.
    Refused(StatusCode, String),
    /// It did not answer, or not in its own words.
    Unreachable(String),
}

impl Failed {
    /// True where the same call would be refused again.
    pub(super) fn is_final(&self) -> bool {
        match self {
            Self::Refused(status, _) => status.is_client_error() && !matches!(status.as_u16(), 408 | 429),
            Self::Unreachable(_) => false,
        }
    }

    /// For the log.
    pub(super) fn words(&self) -> String {
        match self {
            Self::Refused(status, words) => format!("{status}: {words}"),
            Self::Unreachable(why) => why.clone(),
        }
    }
}

/// Has the members `held` of an object kept for `ttl` seconds.
pub(super) async fn create(app: &App, place: &Place, held: &str, ttl: u64) -> Result<Made, Failed> {
    let model = json!(place.model);
    let body = format!("{{\"model\":{model},\"displayName\":\"headroom\",{held},\"ttl\":\"{ttl}s\"}}");
    let answer = call(app, place, Method::POST, &place.collection(), body).await?;
    let name = answer["name"]
        .as_str()
        .filter(|name| place.one(name, None).is_some());
    Ok(Made {
        name: name
            .ok_or_else(|| Failed::Unreachable("the answer has no name".to_owned()))?
            .to_owned(),
        lifetime: lifetime(&answer, ttl),
        tokens: answer["usageMetadata"]["totalTokenCount"]
            .as_u64()
            .unwrap_or_default(),
    })
}

/// Has it live `ttl` seconds from now on; gives how long it will.
pub(super) async fn renew(app: &App, place: &Place, name: &str, ttl: u64) -> Result<u64, Failed> {
    let route = place.one(name, Some("updateMask=ttl")).ok_or_else(odd)?;
    let answer = call(
        app,
        place,
        Method::PATCH,
        &route,
        format!("{{\"ttl\":\"{ttl}s\"}}"),
    )
    .await?;
    Ok(lifetime(&answer, ttl))
}

/// Deletes it.
pub(super) async fn delete(app: &App, place: &Place, name: &str) -> Result<(), Failed> {
    let route = place.one(name, None).ok_or_else(odd)?;
    call(app, place, Method::DELETE, &route, String::new())
        .await
        .map(drop)
}

fn odd() -> Failed {
    Failed::Unreachable("it has an odd name".to_owned())
}

async fn call(
    app: &App,
    place: &Place,
    method: Method,
    route: &Route,
    body: String,
) -> Result<Value, Failed> {
    let target = app.settings.upstreams.target(route);
    let target = target.map_err(|error| Failed::Unreachable(error.to_string()))?;
    let mut to_send = place.headers.clone();
    headers::ask_for_plain(&mut to_send);
    to_send.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let body = if body.is_empty() {
        Body::empty()
    } else {
        Body::full(body)
    };
    let response = app.upstream.send(request(&method, target, to_send, body)).await;
    let response = response.map_err(|(_, why)| Failed::Unreachable(why))?;
    let status = response.status();
    let answer = collect(response.into_body(), MAX_ANSWER, app.settings.idle_timeout).await;
    let answer = answer.map_err(|missing| match missing {
        Missing::TooLarge => Failed::Unreachable("the answer is too long".to_owned()),
        Missing::Broken(why) => Failed::Unreachable(why),
    })?;
    if !status.is_success() {
        return Err(Failed::Refused(status, words(&answer)));
    }
    serde_json::from_slice(&answer).map_err(|error| Failed::Unreachable(error.to_string()))
}

/// What an error says.
fn words(answer: &Bytes) -> String {
    let error: Option<Value> = serde_json::from_slice(answer).ok();
    let message = error
        .as_ref()
        .and_then(|error| error["error"]["message"].as_str());
    message.unwrap_or_default().chars().take(300).collect()
}

/// How long it lives, in seconds: by the provider's own clock, or as long as was asked for.
fn lifetime(answer: &Value, ttl: u64) -> u64 {
    let at = |key: &str| answer[key].as_str().and_then(seconds);
    let span = at("expireTime").zip(at("updateTime").or_else(|| at("createTime")));
    span.map_or(ttl, |(end, begin)| end.saturating_sub(begin))
}

/// Seconds since the year 0 of a time as RFC 3339 writes it, in UTC. Good for differences.
fn seconds(text: &str) -> Option<u64> {
    if !text.ends_with('Z') {
        return None;
    }
    let number = |from: usize, to: usize| text.get(from..to)?.parse::<u64>().ok();
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    // Years that begin in March, so that the odd day is their last.
    let (year, month) = if month > 2 {
        (year, month - 3)
    } else {
        (year.checked_sub(1)?, month + 9)
    };
    let days = year * 365 + year / 4 - year / 100 + year / 400 + (month * 153 + 2) / 5 + day;
    Some(((days * 24 + number(11, 13)?) * 60 + number(14, 16)?) * 60 + number(17, 19)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lifetimes_are_the_providers() {
        let answer = |update: &str, expire: &str| json!({"updateTime": update, "expireTime": expire});
        for (update, expire, wanted) in [
            (
                "2026-09-07T01:18:17.438678Z",
                "2026-09-07T02:18:17.023637828Z",
                3600,
            ),
            ("2027-12-31T23:59:00Z", "2028-01-01T00:01:00Z", 120),
            ("2028-02-28T23:59:59Z", "2028-03-01T00:00:00Z", 86_401),
            ("2027-02-28T23:59:59Z", "2027-03-01T00:00:00Z", 1),
            ("2026-09-07T01:18:17Z", "2026-09-07T01:00:00Z", 0),
            ("yesterday", "2026-09-07T01:00:00Z", 300),
            ("2026-09-07T01:18:17+02:00", "2026-09-07T01:00:00Z", 300),
        ] {
            assert_eq!(
                lifetime(&answer(update, expire), 300),
                wanted,
                "{update} {expire}"
            );
        }
        assert_eq!(lifetime(&json!({}), 300), 300);
    }
}
