//! `application/vnd.amazon.eventstream`: binary messages with headers and two checksums.
//!
//! ```text
//! total length u32 │ headers length u32 │ CRC-32 of these │ headers │ payload │ CRC-32 of everything before
//! ```
//!
//! A header is a name with its length in a byte, a type, and a value; texts have their length in two bytes.
//! Numbers are big-endian. A message whose lengths or checksums are wrong ends the reading: where the next one
//! would begin is not known. What is relayed is [`Message::bytes`].

/// Messages longer than this are not waited for; AWS allows 24 MiB.
pub const MAX_MESSAGE: usize = 32 << 20;

/// Lengths and the checksum in front, and the checksum behind.
const PRELUDE: usize = 12;
const TRAILER: usize = 4;

/// Collects chunks and gives back whole messages.
#[derive(Debug, Default)]
pub struct Messages {
    buffer: Vec<u8>,
    given: usize,
    broken: bool,
}

/// One message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message<'a> {
    /// The bytes as they came.
    pub bytes: &'a [u8],
    /// Headers with texts as values, in their order; others are left out.
    pub headers: Vec<(&'a str, &'a str)>,
    /// What it carries.
    pub payload: &'a [u8],
}

impl Messages {
    /// Takes a chunk in.
    pub fn push(&mut self, chunk: &[u8]) {
        if self.given > 0 {
            self.buffer.drain(..self.given);
            self.given = 0;
        }
        self.buffer.extend_from_slice(chunk);
    }

    /// The next whole message; `None` until it is there, and for good once something was wrong.
    pub fn next_message(&mut self) -> Option<Message<'_>> {
        let waiting = &self.buffer[self.given..];
        if self.broken || waiting.len() < PRELUDE {
            return None;
        }
        let total = number(waiting, 0)? as usize;
        let sound = (PRELUDE + TRAILER..=MAX_MESSAGE).contains(&total)
            && number(waiting, 4)? as usize <= total - PRELUDE - TRAILER
            && number(waiting, 8)? == crc32(&waiting[..8]);
        if !sound {
            self.broken = true;
            return None;
        }
        if waiting.len() < total {
            return None;
        }
        let start = self.given;
        let message = Message::read(&self.buffer[start..start + total]);
        if message.is_some() {
            self.given += total;
        } else {
            self.broken = true;
        }
        message
    }

    /// True once a message was wrong.
    pub fn is_broken(&self) -> bool {
        self.broken
    }

    /// Bytes of the message that is not finished yet.
    pub fn waiting(&self) -> usize {
        self.buffer.len() - self.given
    }

    /// What was not given back: an unfinished message, or everything from a wrong one on.
    pub fn rest(&mut self) -> &[u8] {
        let start = std::mem::replace(&mut self.given, self.buffer.len());
        &self.buffer[start..]
    }
}

impl<'a> Message<'a> {
    /// Reads one whole message; `None` when a checksum or a header is wrong.
    fn read(bytes: &'a [u8]) -> Option<Self> {
        let body = bytes.len().checked_sub(TRAILER)?;
        if number(bytes, body)? != crc32(&bytes[..body]) {
            return None;
        }
        let payload = PRELUDE.checked_add(number(bytes, 4)? as usize)?;
        Some(Self {
            bytes,
            headers: headers(bytes.get(PRELUDE..payload)?)?,
            payload: bytes.get(payload..body)?,
        })
    }

    /// The text of a header, empty where there is none.
    pub fn header(&self, name: &str) -> &'a str {
        let found = self.headers.iter().find(|(known, _)| *known == name);
        found.map_or("", |(_, value)| *value)
    }
}

/// A message with these headers, all of them texts. A text over 64 KiB is cut.
pub fn write(headers: &[(&str, &str)], payload: &[u8], out: &mut Vec<u8>) {
    let mut head = Vec::new();
    for (name, value) in headers {
        let name = &name.as_bytes()[..name.len().min(255)];
        let value = &value.as_bytes()[..value.len().min(usize::from(u16::MAX))];
        head.push(name.len() as u8);
        head.extend_from_slice(name);
        head.push(TEXT);
        head.extend_from_slice(&(value.len() as u16).to_be_bytes());
        head.extend_from_slice(value);
    }
    let start = out.len();
    let total = PRELUDE + head.len() + payload.len() + TRAILER;
    out.extend_from_slice(&(total as u32).to_be_bytes());
    out.extend_from_slice(&(head.len() as u32).to_be_bytes());
    let crc = crc32(&out[start..]);
    out.extend_from_slice(&crc.to_be_bytes());
    out.extend_from_slice(&head);
    out.extend_from_slice(payload);
    let crc = crc32(&out[start..]);
    out.extend_from_slice(&crc.to_be_bytes());
}

/// The type of a header whose value is a text.
const TEXT: u8 = 7;

fn headers(mut bytes: &[u8]) -> Option<Vec<(&str, &str)>> {
    let mut found = Vec::new();
    while let Some((length, rest)) = bytes.split_first() {
        let (name, rest) = rest.split_at_checked(usize::from(*length))?;
        let (kind, rest) = rest.split_first()?;
        let (size, rest) = match kind {
            0 | 1 => (0, rest),
            2 => (1, rest),
            3 => (2, rest),
            4 => (4, rest),
            5 | 8 => (8, rest),
            9 => (16, rest),
            6 | 7 => {
                let (size, rest) = rest.split_at_checked(2)?;
                (usize::from(u16::from_be_bytes([size[0], size[1]])), rest)
            }
            _ => return None,
        };
        let (value, rest) = rest.split_at_checked(size)?;
        if *kind == TEXT {
            found.push((std::str::from_utf8(name).ok()?, std::str::from_utf8(value).ok()?));
        }
        bytes = rest;
    }
    Some(found)
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    let four = bytes.get(at..at + 4)?;
    Some(u32::from_be_bytes([four[0], four[1], four[2], four[3]]))
}

/// CRC-32 as of ISO 3309 (the one of gzip).
fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32, byte: &u8| (crc >> 8) ^ CRC[usize::from(crc as u8 ^ byte)];
    !bytes.iter().fold(u32::MAX, step)
}

const CRC: [u32; 256] = {
    let mut table = [0; 256];
    let mut at = 0;
    while at < 256 {
        let mut value = at as u32;
        let mut bit = 0;
        while bit < 8 {
            value = if value & 1 == 1 {
                (value >> 1) ^ 0xEDB8_8320
            } else {
                value >> 1
            };
            bit += 1;
        }
        table[at] = value;
        at += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;

    /// Bytes, event type and payload.
    type Found = (Vec<u8>, String, Vec<u8>);

    fn read(bytes: &[u8], size: usize) -> (Vec<Found>, Vec<u8>) {
        let mut messages = Messages::default();
        let mut found = Vec::new();
        for chunk in bytes.chunks(size) {
            messages.push(chunk);
            while let Some(message) = messages.next_message() {
                found.push((
                    message.bytes.to_vec(),
                    message.header(":event-type").to_owned(),
                    message.payload.to_vec(),
                ));
            }
        }
        (found, messages.rest().to_vec())
    }

    #[test]
    fn the_checksum_is_that_of_gzip() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
    }

    #[test]
    fn what_is_written_is_read_however_it_is_cut() {
        let mut stream = Vec::new();
        write(&[(":event-type", "a"), (":x", "")], b"{}", &mut stream);
        write(&[], b"", &mut stream);
        for size in 1..=stream.len() {
            let (found, rest) = read(&stream, size);
            assert_eq!(
                found.iter().flat_map(|one| one.0.clone()).collect::<Vec<u8>>(),
                stream
            );
            assert_eq!(
                (found[0].1.as_str(), found[0].2.as_slice()),
                ("a", b"{}".as_slice())
            );
            assert!(rest.is_empty());
        }
    }

    #[test]
    fn no_wrong_byte_goes_unnoticed() {
        let mut stream = Vec::new();
        write(&[(":event-type", "a")], b"{\"x\":1}", &mut stream);
        for at in 0..stream.len() {
            let mut wrong = stream.clone();
            wrong[at] ^= 0x10;
            let (found, rest) = read(&wrong, 5);
            assert!(found.is_empty(), "{at}");
            assert_eq!(rest, wrong);
        }
    }

    #[test]
    fn headers_of_every_type_are_passed_over() {
        let mut head = Vec::new();
        for (kind, value) in [
            (0, &b""[..]),
            (2, b"1"),
            (3, b"12"),
            (4, b"1234"),
            (8, b"12345678"),
            (9, b"1234567890123456"),
            (6, b"\x00\x02ab"),
            (7, b"\x00\x02hi"),
        ] {
            head.extend_from_slice(b"\x01n");
            head.push(kind);
            head.extend_from_slice(value);
        }
        assert_eq!(headers(&head), Some(vec![("n", "hi")]));
        assert_eq!(headers(b"\x01n\x0a"), None);
        assert_eq!(headers(b"\x09n"), None);
    }
}
