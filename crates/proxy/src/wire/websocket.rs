//! WebSocket frames, read only as far as needed (RFC 6455, section 5).
//!
//! Of a client's, a text message in one frame is given out to be read, and may be replaced. Everything else (messages
//! in several frames, data, pings, ends) goes on as it is, as does what is longer than the limit. A server's are read
//! along while they go on.

/// Texts of a server are read up to this size, in bytes: 8 MiB.
const MAX_TEXT: usize = 8 << 20;

/// What is at the front of the bytes that have come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Front {
    /// More bytes are needed to tell.
    Unknown,
    /// A text message in one frame: its bytes in all, where its text starts, and its mask.
    Text {
        /// Length of the frame.
        frame: usize,
        /// Where the text starts.
        start: usize,
        /// The mask; a client must use one.
        mask: [u8; 4],
    },
    /// That many bytes to hand on, which may not have come yet.
    Other(u64),
}

/// Reads the front. A frame with more than `limit` bytes is [`Front::Other`].
pub fn front(bytes: &[u8], limit: usize) -> Front {
    let Some(head) = Head::read(bytes) else {
        return Front::Unknown;
    };
    let start = head.start;
    let whole = (start as u64).saturating_add(head.length);
    // The last frame of a message, not an extension's, with the code of a text.
    let is_text = head.first == 0x81 && head.masked;
    if !is_text || whole > limit as u64 {
        return Front::Other(whole);
    }
    if (bytes.len() as u64) < whole {
        return Front::Unknown;
    }
    let mut mask = [0; 4];
    mask.copy_from_slice(&bytes[start - 4..start]);
    Front::Text {
        frame: whole as usize,
        start,
        mask,
    }
}

/// Puts a mask on bytes, or takes it off.
pub fn mask(bytes: &mut [u8], mask: [u8; 4]) {
    for (byte, mask) in bytes.iter_mut().zip(mask.iter().cycle()) {
        *byte ^= mask;
    }
}

/// A client's text message in one frame.
pub fn masked_text(text: &str, with: [u8; 4]) -> Vec<u8> {
    let mut out = text_head(text.len(), 0x80);
    out.extend_from_slice(&with);
    let start = out.len();
    out.extend_from_slice(text.as_bytes());
    mask(&mut out[start..], with);
    out
}

/// A server's text message in one frame.
pub fn plain_text(text: &str) -> Vec<u8> {
    let mut out = text_head(text.len(), 0);
    out.extend_from_slice(text.as_bytes());
    out
}

/// The first bytes of a text message in one frame.
fn text_head(length: usize, masked: u8) -> Vec<u8> {
    let mut out = vec![0x81];
    match length {
        length @ 0..126 => out.push(masked | length as u8),
        length @ 126..0x1_0000 => {
            out.push(masked | 0x7e);
            out.extend_from_slice(&(length as u16).to_be_bytes());
        }
        length => {
            out.push(masked | 0x7f);
            out.extend_from_slice(&(length as u64).to_be_bytes());
        }
    }
    out
}

/// What a frame begins with.
struct Head {
    /// Last of its message, extensions, kind.
    first: u8,
    masked: bool,
    /// Bytes of what it holds.
    length: u64,
    /// Where that starts.
    start: usize,
}

impl Head {
    /// `None` until all of it is there, but for the mask.
    fn read(bytes: &[u8]) -> Option<Self> {
        let [first, second, rest @ ..] = bytes else {
            return None;
        };
        let number = |bytes: &[u8]| bytes.iter().fold(0, |n, byte| n << 8 | u64::from(*byte));
        let (length, wide) = match second & 0x7f {
            126 => (number(rest.get(..2)?), 2),
            127 => (number(rest.get(..8)?), 8),
            short => (u64::from(short), 0),
        };
        let masked = second & 0x80 != 0;
        Some(Self {
            first: *first,
            masked,
            length,
            start: 2 + wide + if masked { 4 } else { 0 },
        })
    }
}

/// What a frame is of a message.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Part {
    /// A sign of life in between.
    #[default]
    Aside,
    /// Another one follows.
    Piece,
    Last,
}

/// Reads along what a server sends, for the texts of its messages, whatever frames they come in.
#[derive(Debug, Default)]
pub struct Texts {
    /// Of a frame's head, what has come.
    head: Vec<u8>,
    /// Bytes of a frame that are still to come.
    left: u64,
    /// What it is of its message.
    part: Part,
    /// A message has begun and not ended.
    is_open: bool,
    /// Its text so far; `None` where it is none, or too long.
    text: Option<Vec<u8>>,
    /// Nothing more can be read.
    is_broken: bool,
}

impl Texts {
    /// Takes in what has come; `give` gets every text that is complete.
    pub fn push(&mut self, mut bytes: &[u8], mut give: impl FnMut(&[u8])) {
        while let Some((&first, rest)) = bytes.split_first().filter(|_| !self.is_broken) {
            if self.left > 0 {
                let now = usize::try_from(self.left).map_or(bytes.len(), |left| left.min(bytes.len()));
                self.take(&bytes[..now]);
                bytes = &bytes[now..];
            } else {
                self.head.push(first);
                bytes = rest;
                let Some(head) = Head::read(&self.head) else {
                    continue;
                };
                self.begin(&head);
            }
            if self.left == 0 && self.part == Part::Last {
                self.is_open = false;
                if let Some(text) = self.text.take() {
                    give(&text);
                }
            }
        }
    }

    /// True where another message may stand.
    pub fn is_between(&self) -> bool {
        self.left == 0 && self.head.is_empty() && !self.is_open && !self.is_broken
    }

    fn begin(&mut self, head: &Head) {
        self.head.clear();
        self.left = head.length;
        // A server's are not masked, and without extensions these bits are unset.
        self.is_broken = head.masked || head.first & 0x70 != 0;
        let kind = head.first & 0x0f;
        self.part = match kind {
            8.. => Part::Aside,
            _ if head.first & 0x80 != 0 => Part::Last,
            _ => Part::Piece,
        };
        if self.part != Part::Aside {
            self.is_open = true;
        }
        match kind {
            1 => self.text = Some(Vec::new()),
            2..8 => self.text = None,
            _ => {}
        }
    }

    fn take(&mut self, bytes: &[u8]) {
        self.left -= bytes.len() as u64;
        if self.part == Part::Aside {
            return;
        }
        if let Some(text) = self.text.as_mut() {
            text.extend_from_slice(bytes);
        }
        self.text = self.text.take().filter(|text| text.len() <= MAX_TEXT);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_read_as_it_was_written_at_every_length() {
        for length in [0, 1, 125, 126, 127, 65_535, 65_536, 70_000] {
            let text = "x".repeat(length);
            let frame = masked_text(&text, [1, 2, 3, 4]);
            for cut in [0, 1, 2, 5, frame.len() - 1] {
                assert_eq!(front(&frame[..cut.min(frame.len() - 1)], 1 << 20), Front::Unknown);
            }
            let Front::Text {
                frame: whole,
                start,
                mask: with,
            } = front(&frame, 1 << 20)
            else {
                panic!("no text");
            };
            let mut read = frame[start..whole].to_vec();
            mask(&mut read, with);
            assert_eq!((whole, read.as_slice()), (frame.len(), text.as_bytes()));
        }
    }

    #[test]
    fn what_is_no_text_of_one_frame_is_only_measured() {
        assert_eq!(front(&[0x82, 0x80 | 3, 0, 0, 0, 0], 100), Front::Other(9));
        assert_eq!(front(&[0x01, 0x80 | 3, 0, 0, 0, 0], 100), Front::Other(9));
        assert_eq!(front(&[0xc1, 0x80 | 3, 0, 0, 0, 0], 100), Front::Other(9));
        assert_eq!(front(&[0x88, 0x80], 100), Front::Other(6));
        assert_eq!(
            front(&masked_text(&"x".repeat(200), [0; 4]), 100),
            Front::Other(208)
        );
        assert_eq!(
            front(&[0x81, 0xff, 255, 255, 255, 255, 255, 255, 255, 255], 100),
            Front::Other(u64::MAX)
        );
    }

    #[test]
    fn texts_of_a_server_are_read_whatever_frames_they_come_in() {
        let ping = [0x89, 2, b'h', b'i'];
        let frames = [
            plain_text("one"),
            vec![0x01, 2, b't', b'w'],
            ping.to_vec(),
            vec![0x80, 1, b'o'],
            vec![0x82, 3, 1, 2, 3],
            plain_text(&"x".repeat(70_000)),
            plain_text(""),
            plain_text("end"),
        ]
        .concat();
        for size in [1, 2, 3, 7, 4096, frames.len()] {
            let (mut texts, mut got) = (Texts::default(), Vec::new());
            for piece in frames.chunks(size) {
                texts.push(piece, |text| got.push(String::from_utf8_lossy(text).into_owned()));
            }
            let long = "x".repeat(70_000);
            assert_eq!(got, ["one", "two", long.as_str(), "", "end"]);
            assert!(texts.is_between());
        }
    }

    #[test]
    fn another_message_may_stand_between_messages_alone() {
        let mut texts = Texts::default();
        let mut between = |bytes: &[u8]| {
            texts.push(bytes, |_| {});
            texts.is_between()
        };
        assert!(between(&plain_text("a")));
        assert!(!between(&[0x81]) && !between(&[2]) && !between(b"a") && between(b"b"));
        assert!(!between(&[0x01, 1, b'a']), "a message in several frames is open");
        assert!(!between(&[0x89, 0]), "signs of life end nothing");
        assert!(between(&[0x80, 0]));
        assert!(
            !between(&[0xc1, 0]) && !between(&plain_text("a")),
            "what cannot be read never ends"
        );
    }

    #[test]
    fn a_text_without_end_is_not_kept() {
        let mut texts = Texts::default();
        let mut head = vec![0x81, 127];
        head.extend_from_slice(&(1_u64 << 40).to_be_bytes());
        texts.push(&head, |_| {});
        for _ in 0..10 {
            texts.push(&vec![b'x'; 1 << 20], |_| {});
        }
        assert_eq!(texts.text, None);
        assert!(!texts.is_between());
    }
}
