//! Server-sent events, read without changing a byte.
//!
//! A frame is everything up to and with the blank line that ends it; lines end in LF, CRLF or CR (WHATWG HTML,
//! "Server-sent events"). Chunks of the network fall anywhere. What is relayed is [`Frame::bytes`], so comments,
//! unknown fields and odd spacing come through as they were.

use std::borrow::Cow;
use std::ops::Range;

/// Frames longer than this are not waited for: 32 MiB, far above any event a provider sends.
pub const MAX_FRAME: usize = 32 << 20;

/// Collects chunks and gives back whole frames.
#[derive(Debug, Default)]
pub struct Frames {
    buffer: Vec<u8>,
    /// Everything before was given back.
    given: usize,
    /// Everything before holds no end of the frame that starts at `given`.
    searched: usize,
}

/// One frame, with the blank line that ended it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame<'a> {
    /// The bytes as they came.
    pub bytes: &'a [u8],
    /// The `event` field, empty where there is none.
    pub event: Cow<'a, str>,
    /// The `data` lines, joined by line feeds.
    pub data: Cow<'a, str>,
    /// Where the data stands in `bytes`, when it is one line.
    pub place: Option<Range<usize>>,
}

impl Frames {
    /// Takes a chunk in.
    pub fn push(&mut self, chunk: &[u8]) {
        if self.given > 0 {
            self.buffer.drain(..self.given);
            self.searched -= self.given;
            self.given = 0;
        }
        self.buffer.extend_from_slice(chunk);
    }

    /// The next whole frame.
    pub fn next_frame(&mut self) -> Option<Frame<'_>> {
        let end = self.find_end()?;
        let start = self.given;
        self.given = end;
        self.searched = end;
        Some(Frame::read(&self.buffer[start..end]))
    }

    /// What is left at the end of the stream, or is longer than [`MAX_FRAME`]: an unfinished frame.
    pub fn rest(&mut self) -> &[u8] {
        let start = self.given;
        self.given = self.buffer.len();
        self.searched = self.given;
        &self.buffer[start..]
    }

    /// Bytes of the frame that is not finished yet.
    pub fn waiting(&self) -> usize {
        self.buffer.len() - self.given
    }

    /// Where the frame that starts at `given` ends: behind the first line end that follows a line end at once.
    fn find_end(&mut self) -> Option<usize> {
        let bytes = &self.buffer;
        let mut at = self.searched;
        while let Some(found) = memchr::memchr2(b'\n', b'\r', &bytes[at..]) {
            let line_end = at + found;
            let next = after_line_end(bytes, line_end)?;
            match bytes.get(next) {
                // Another line end may follow, or this one may go on: look again with the next chunk.
                None => {
                    self.searched = line_end;
                    return None;
                }
                Some(b'\n' | b'\r') => return Some(after_line_end(bytes, next).unwrap_or(next + 1)),
                Some(_) => at = next,
            }
        }
        self.searched = bytes.len();
        None
    }
}

/// The place behind the line end at `at`; `None` when a CR stands last, since an LF may follow.
fn after_line_end(bytes: &[u8], at: usize) -> Option<usize> {
    match (bytes[at], bytes.get(at + 1)) {
        (b'\r', Some(b'\n')) => Some(at + 2),
        (b'\r', None) => None,
        _ => Some(at + 1),
    }
}

impl<'a> Frame<'a> {
    /// Reads the fields of one frame.
    pub fn read(bytes: &'a [u8]) -> Self {
        let mut event = Cow::Borrowed("");
        let mut data: Vec<Range<usize>> = Vec::new();
        let mut at = 0;
        while at < bytes.len() {
            let end = memchr::memchr2(b'\n', b'\r', &bytes[at..]).map_or(bytes.len(), |found| at + found);
            let line = &bytes[at..end];
            if let Some(value) = field(line, b"data") {
                data.push(at + value..end);
            } else if let Some(value) = field(line, b"event") {
                event = String::from_utf8_lossy(&bytes[at + value..end]);
            }
            at = end + 1;
        }
        let place = (data.len() == 1).then(|| data[0].clone());
        let data = match data.as_slice() {
            [] => Cow::Borrowed(""),
            [one] => String::from_utf8_lossy(&bytes[one.clone()]),
            many => {
                let lines = many
                    .iter()
                    .map(|line| String::from_utf8_lossy(&bytes[line.clone()]));
                Cow::Owned(lines.collect::<Vec<_>>().join("\n"))
            }
        };
        Self {
            bytes,
            event,
            data,
            place,
        }
    }

    /// Writes the frame with other data; every other line stays.
    pub fn write_with(&self, data: &str, out: &mut Vec<u8>) {
        let Some(place) = &self.place else {
            if !self.event.is_empty() {
                out.extend_from_slice(b"event: ");
                out.extend_from_slice(self.event.as_bytes());
                out.push(b'\n');
            }
            out.extend_from_slice(b"data: ");
            out.extend_from_slice(data.as_bytes());
            out.extend_from_slice(b"\n\n");
            return;
        };
        out.extend_from_slice(&self.bytes[..place.start]);
        out.extend_from_slice(data.as_bytes());
        out.extend_from_slice(&self.bytes[place.end..]);
    }
}

/// Where the value of the field starts, if the line is this field.
fn field(line: &[u8], name: &[u8]) -> Option<usize> {
    let rest = line.strip_prefix(name)?;
    match rest {
        [] => Some(name.len()),
        [b':', b' ', ..] => Some(name.len() + 2),
        [b':', ..] => Some(name.len() + 1),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(stream: &[u8], size: usize) -> Vec<(Vec<u8>, String, String)> {
        let mut frames = Frames::default();
        let mut found = Vec::new();
        for chunk in stream.chunks(size) {
            frames.push(chunk);
            while let Some(frame) = frames.next_frame() {
                found.push((
                    frame.bytes.to_vec(),
                    frame.event.into_owned(),
                    frame.data.into_owned(),
                ));
            }
        }
        let rest = frames.rest().to_vec();
        if !rest.is_empty() {
            found.push((rest, String::new(), "rest".to_owned()));
        }
        found
    }

    #[test]
    fn every_line_end_and_every_cut_gives_the_same_frames() {
        for end in ["\n", "\r\n", "\r"] {
            let stream = [
                "event: a",
                "data: {\"x\":1}",
                "",
                ": note",
                "data:2",
                "data: 3",
                "",
                "",
            ]
            .join(end);
            let whole = read(stream.as_bytes(), stream.len());
            for size in 1..stream.len() {
                let cut = read(stream.as_bytes(), size);
                let bytes: Vec<u8> = cut.iter().flat_map(|frame| frame.0.clone()).collect();
                assert_eq!(bytes, stream.as_bytes(), "{end:?} {size}");
                let told: Vec<_> = cut
                    .iter()
                    .filter(|frame| !frame.2.is_empty() && frame.2 != "rest")
                    .collect();
                assert_eq!(told.len(), 2, "{end:?} {size} {cut:?}");
                assert_eq!((told[0].1.as_str(), told[0].2.as_str()), ("a", "{\"x\":1}"));
                assert_eq!((told[1].1.as_str(), told[1].2.as_str()), ("", "2\n3"));
            }
            assert!(whole.len() >= 2);
        }
    }

    #[test]
    fn other_data_leaves_the_other_lines_alone() {
        let mut frames = Frames::default();
        frames.push(b"id: 7\r\nevent: a\r\ndata: {\"index\":1}\r\nretry: 5\r\n\r\n");
        let frame = frames.next_frame().unwrap();
        let mut out = Vec::new();
        frame.write_with("{\"index\":0}", &mut out);
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "id: 7\r\nevent: a\r\ndata: {\"index\":0}\r\nretry: 5\r\n\r\n"
        );
    }
}
