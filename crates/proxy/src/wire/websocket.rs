//! WebSocket frames of a client, read only as far as needed (RFC 6455, section 5).
//!
//! A text message in one frame is given out to be read, and may be replaced. Everything else (messages in several
//! frames, data, pings, ends) goes on as it is, as does what is longer than the limit.

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
    let [first, second, rest @ ..] = bytes else {
        return Front::Unknown;
    };
    let (length, wide) = match second & 0x7f {
        126 => (
            rest.get(..2)
                .map(|bytes| bytes.iter().fold(0, |n, b| n << 8 | u64::from(*b))),
            2,
        ),
        127 => (
            rest.get(..8)
                .map(|bytes| bytes.iter().fold(0, |n, b| n << 8 | u64::from(*b))),
            8,
        ),
        short => (Some(u64::from(short)), 0),
    };
    let Some(length) = length else {
        return Front::Unknown;
    };
    let masked = second & 0x80 != 0;
    let start = 2 + wide + if masked { 4 } else { 0 };
    let whole = (start as u64).saturating_add(length);
    // The last frame of a message, not an extension's, with the code of a text.
    let is_text = *first == 0x81 && masked;
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
pub fn text_frame(text: &str, with: [u8; 4]) -> Vec<u8> {
    let mut out = vec![0x81];
    match text.len() {
        length @ 0..126 => out.push(0x80 | length as u8),
        length @ 126..0x1_0000 => {
            out.push(0xfe);
            out.extend_from_slice(&(length as u16).to_be_bytes());
        }
        length => {
            out.push(0xff);
            out.extend_from_slice(&(length as u64).to_be_bytes());
        }
    }
    out.extend_from_slice(&with);
    let start = out.len();
    out.extend_from_slice(text.as_bytes());
    mask(&mut out[start..], with);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_read_as_it_was_written_at_every_length() {
        for length in [0, 1, 125, 126, 127, 65_535, 65_536, 70_000] {
            let text = "x".repeat(length);
            let frame = text_frame(&text, [1, 2, 3, 4]);
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
            front(&text_frame(&"x".repeat(200), [0; 4]), 100),
            Front::Other(208)
        );
        assert_eq!(
            front(&[0x81, 0xff, 255, 255, 255, 255, 255, 255, 255, 255], 100),
            Front::Other(u64::MAX)
        );
    }
}
