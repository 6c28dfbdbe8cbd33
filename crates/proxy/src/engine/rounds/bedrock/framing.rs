//! Binary messages as events: converse's own, and those of other APIs in the `chunk`s of an invoked model.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::engine::rounds::envelope::{Framing, Piece};
use crate::wire::eventstream::{Message, Messages, write};

/// Converse: the event's name is a header, its data are the payload.
#[derive(Default)]
pub(in crate::engine::rounds) struct Events(Messages);

/// An invoked model: every event is one of its own API, as base64 in the payload's `bytes`.
#[derive(Default)]
pub(in crate::engine::rounds) struct Chunks(Messages);

impl Framing for Events {
    fn push(&mut self, chunk: &[u8]) {
        self.0.push(chunk);
    }

    fn next_piece(&mut self) -> Option<Piece> {
        next(&mut self.0, |message| {
            String::from_utf8(message.payload.to_vec()).ok()
        })
    }

    fn rest(&mut self) -> Vec<u8> {
        self.0.rest().to_vec()
    }

    fn write(&mut self, event: &str, data: &str, out: &mut Vec<u8>) {
        frame(event, data, data.as_bytes(), out);
    }

    fn next_round(&mut self) {
        self.0 = Messages::default();
    }
}

impl Framing for Chunks {
    fn push(&mut self, chunk: &[u8]) {
        self.0.push(chunk);
    }

    fn next_piece(&mut self) -> Option<Piece> {
        next(&mut self.0, |message| {
            String::from_utf8(payload(message)?.into_owned()).ok()
        })
    }

    fn rest(&mut self) -> Vec<u8> {
        self.0.rest().to_vec()
    }

    fn write(&mut self, event: &str, data: &str, out: &mut Vec<u8>) {
        let event = if event == "error" { event } else { "chunk" };
        frame(
            event,
            data,
            json!({ "bytes": STANDARD.encode(data) }).to_string().as_bytes(),
            out,
        );
    }

    fn next_round(&mut self) {
        self.0 = Messages::default();
    }
}

/// What a message carries: what is in its chunk, if it is one.
pub(in crate::engine::rounds) fn payload<'a>(message: &Message<'a>) -> Option<Cow<'a, [u8]>> {
    if message.header(":event-type") != "chunk" {
        return Some(Cow::Borrowed(message.payload));
    }
    let payload: Value = serde_json::from_slice(message.payload).ok()?;
    STANDARD.decode(payload["bytes"].as_str()?).ok().map(Cow::Owned)
}

/// The message that says that an answer failed.
pub(in crate::engine::rounds) fn failure(why: &str, out: &mut Vec<u8>) {
    let headers = [
        (":exception-type", "internalServerException"),
        (":content-type", "application/json"),
        (":message-type", "exception"),
    ];
    write(&headers, json!({ "message": why }).to_string().as_bytes(), out);
}

fn next(messages: &mut Messages, data: impl Fn(&Message<'_>) -> Option<String>) -> Option<Piece> {
    let piece = messages.next_message().map(|message| {
        let bytes = message.bytes.to_vec();
        if matches!(message.header(":message-type"), "exception" | "error") {
            return Piece::Failure(bytes);
        }
        match data(&message) {
            Some(data) => {
                let name = message.header(":event-type");
                // An event is one line, and JSON has line ends between values only.
                let line = data.replace(['\n', '\r'], " ");
                Piece::Event(bytes, format!("event: {name}\ndata: {line}\n\n").into_bytes())
            }
            None => Piece::Other(bytes),
        }
    });
    // Where the next message begins is not known then; the client will find the same.
    piece.or_else(|| {
        messages
            .is_broken()
            .then(|| Piece::Failure(messages.rest().to_vec()))
    })
}

fn frame(event: &str, data: &str, payload: &[u8], out: &mut Vec<u8>) {
    if event == "error" {
        let error: Value = serde_json::from_str(data).unwrap_or_default();
        let why = error["error"]["message"]
            .as_str()
            .or_else(|| error["message"].as_str());
        return failure(why.unwrap_or_default(), out);
    }
    let headers = [
        (":event-type", event),
        (":content-type", "application/json"),
        (":message-type", "event"),
    ];
    write(&headers, payload, out);
}
