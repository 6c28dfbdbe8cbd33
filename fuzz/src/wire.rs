//! Streams cut into events, whatever framing they are in.

use headroom_proxy::wire::array::Elements;
use headroom_proxy::wire::eventstream::{self, Messages};
use headroom_proxy::wire::sse::Frames;
use headroom_proxy::wire::websocket::Texts;

/// Law 10: every byte comes out again, in order, and events do not depend on where the network cuts.
///
/// The first byte chooses the framing, the second the size of chunks.
pub fn wire(data: &[u8]) {
    let [choice, size, stream @ ..] = data else { return };
    let size = usize::from(*size).max(1);
    let cut = match choice % 5 {
        0 => frames as fn(&[u8], usize) -> Cut,
        1 => elements,
        2 => messages,
        // As the fuzzer does not find checksums: the bytes as the payload of a message that is sound.
        3 => return sound(stream, size),
        // Their bytes go on elsewhere.
        _ => {
            let at_once = texts(stream, stream.len().max(1));
            assert!(texts(stream, size) == at_once, "law 10: cuts change texts");
            return;
        }
    };
    let (events, rest) = cut(stream, size);
    let bytes: Vec<u8> = events
        .iter()
        .flat_map(|event| event.0.clone())
        .chain(rest)
        .collect();
    assert!(bytes == stream, "law 10: a byte went missing");
    let at_once = cut(stream, stream.len().max(1)).0;
    let told = |events: &[Event]| {
        events
            .iter()
            .map(|event| event.1.clone())
            .filter(|data| !data.is_empty())
            .collect::<Vec<_>>()
    };
    assert!(told(&events) == told(&at_once), "law 10: cuts change events");
}

/// The bytes of an event, and what it says.
type Event = (Vec<u8>, Vec<u8>);

/// Events, and what is left.
type Cut = (Vec<Event>, Vec<u8>);

fn frames(stream: &[u8], size: usize) -> Cut {
    let mut frames = Frames::default();
    let mut found = Vec::new();
    for chunk in stream.chunks(size) {
        frames.push(chunk);
        while let Some(frame) = frames.next_frame() {
            found.push((frame.bytes.to_vec(), frame.data.as_bytes().to_vec()));
        }
    }
    (found, frames.rest().to_vec())
}

fn elements(stream: &[u8], size: usize) -> Cut {
    let mut elements = Elements::default();
    let mut found = Vec::new();
    for chunk in stream.chunks(size) {
        elements.push(chunk);
        while let Some(element) = elements.next_element() {
            found.push((
                element.bytes.to_vec(),
                element.bytes[element.value.clone()].to_vec(),
            ));
        }
    }
    (found, elements.rest().to_vec())
}

fn messages(stream: &[u8], size: usize) -> Cut {
    let mut messages = Messages::default();
    let mut found = Vec::new();
    for chunk in stream.chunks(size) {
        messages.push(chunk);
        while let Some(message) = messages.next_message() {
            found.push((message.bytes.to_vec(), message.payload.to_vec()));
        }
    }
    (found, messages.rest().to_vec())
}

fn texts(stream: &[u8], size: usize) -> Vec<Vec<u8>> {
    let (mut texts, mut found) = (Texts::default(), Vec::new());
    for chunk in stream.chunks(size) {
        texts.push(chunk, |text| found.push(text.to_vec()));
    }
    found
}

fn sound(payload: &[u8], size: usize) {
    let name = String::from_utf8_lossy(&payload[..payload.len().min(20)]);
    let mut stream = Vec::new();
    eventstream::write(
        &[(":event-type", &name), (":message-type", "event")],
        payload,
        &mut stream,
    );
    let (found, rest) = messages(&stream, size);
    assert!(
        rest.is_empty() && found.len() == 1 && found[0].1 == payload,
        "law 10: a message is not read back"
    );
}
