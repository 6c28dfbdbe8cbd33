//! Answers in one piece.

use headroom::json::{Document, Kind};
use serde_json::Map;

use super::message::{Building, merge};
use super::{answer, close};
use crate::engine::answer::Answer;
use crate::engine::rounds::whole::Shape;
use crate::engine::rounds::{at, replace, rewrite};
use crate::engine::turn::{Round, visible};
use crate::engine::usage::{self, Usage};

/// See the module.
pub(in crate::engine::rounds) struct Body;

impl Shape for Body {
    const COUNTS: &'static str = "usage";

    fn count(counts: &Map<String, serde_json::Value>) -> Usage {
        usage::chat(counts)
    }

    fn read(document: &Document<'_>) -> Option<Round> {
        let message = at(document, &["choices"])?.at(0)?.get("message")?;
        if message.kind() != Kind::Object {
            return None;
        }
        let mut building = Building::default();
        for (key, value) in message.entries() {
            match key.text().as_deref() {
                Some("tool_calls") => {
                    for (number, entry) in value.items().enumerate() {
                        building.add_call(entry.raw(), number);
                    }
                }
                Some(key) => building.add_field(key, value.raw()),
                None => {}
            }
        }
        Some(building.into_round())
    }

    fn close(document: &Document<'_>, round: &mut Round) {
        let choice = at(document, &["choices"]).and_then(|choices| choices.at(0));
        let reason = choice.and_then(|choice| choice.get("finish_reason")?.text());
        close(round, reason.as_deref().unwrap_or_default());
    }

    fn answer(round: &mut Round, answers: &[Answer], body: &str) -> Option<String> {
        answer(round, answers, body)
    }

    fn write(body: String, rounds: &[Round]) -> String {
        let ends = rounds.last().is_some_and(|round| !round.open);
        let choice = Document::parse(&body).ok().and_then(|document| {
            let choice = at(&document, &["choices"])?.at(0)?;
            let text = choice.raw().to_owned();
            let text = rewrite(text, &["message"], |raw| message(raw, rounds));
            // The client was told to act where nothing is left for it to do.
            let text = rewrite(text, &["finish_reason"], |reason| {
                (ends && reason == "\"tool_calls\"").then(|| "\"stop\"".to_owned())
            });
            Some((choice.span(), text))
        });
        match choice {
            Some((span, choice)) => replace(&body, Some(span), &choice),
            None => body,
        }
    }
}

/// The message the client gets in place of the last round's, whose source is `raw`.
fn message(raw: &str, rounds: &[Round]) -> Option<String> {
    let mut total = Map::new();
    for (key, value) in rounds.iter().flat_map(|round| &round.fields) {
        merge(&mut total, key, value.clone());
    }
    let last = &rounds.last()?.fields;
    let calls = visible(rounds).join(",");
    let document = Document::parse(raw).ok()?;
    let mut members = Vec::new();
    for (name, value) in document.root().entries() {
        let key = name.text().unwrap_or_default();
        let new = match (key.as_ref(), total.shift_remove(key.as_ref())) {
            ("tool_calls", _) if calls.is_empty() => continue,
            ("tool_calls", _) => format!("[{calls}]"),
            (key, Some(merged)) if last.get(key) != Some(&merged) => merged.to_string(),
            _ => value.raw().to_owned(),
        };
        members.push(format!("{}:{new}", name.raw()));
    }
    for (key, value) in &total {
        members.push(format!("{}:{value}", headroom::json::quote(key)));
    }
    Some(format!("{{{}}}", members.join(",")))
}
