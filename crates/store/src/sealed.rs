//! A record as it lies in a store: its value, small, and the hash that proves it belongs to its key.
//!
//! An original is proven by its ref. The key of a record says nothing of its value, so the proof stands
//! beside it: one byte that tells how the value is written, 16 bytes of hash over key and value, and the value;
//! as a zstd frame behind its length (8 bytes, little endian) where that is smaller.

use std::io;

use crate::body;

/// The value as it is.
const PLAIN: u8 = 0;

/// Length and zstd frame.
const PACKED: u8 = 1;

/// Smaller values are not worth an attempt: a frame has some 20 bytes of its own.
const PACKED_FROM: usize = 512;

/// Bytes of the hash.
const HASH: usize = 16;

/// The sealed record.
pub(crate) fn seal(key: [u8; 16], value: &[u8]) -> io::Result<Vec<u8>> {
    let frame = if value.len() < PACKED_FROM {
        None
    } else {
        Some(body::pack(value)?)
    };
    let length = (value.len() as u64).to_le_bytes();
    let frame = frame.filter(|frame| frame.len() + length.len() < value.len());
    let mut sealed = vec![if frame.is_some() { PACKED } else { PLAIN }];
    sealed.extend(hash(key, value));
    match frame {
        Some(frame) => {
            sealed.extend(length);
            sealed.extend(frame);
        }
        None => sealed.extend(value),
    }
    Ok(sealed)
}

/// The value, or `None` unless it is exactly what was sealed under `key`.
pub(crate) fn open(key: [u8; 16], sealed: &[u8]) -> Option<Vec<u8>> {
    let (&kind, rest) = sealed.split_first()?;
    let (proof, rest) = rest.split_first_chunk::<HASH>()?;
    let value = match kind {
        PLAIN => rest.to_vec(),
        PACKED => {
            let (length, frame) = rest.split_first_chunk::<8>()?;
            body::inflate(frame, u64::from_le_bytes(*length))?
        }
        _ => return None,
    };
    (hash(key, &value) == *proof).then_some(value)
}

/// Whether `start`, the beginning of a sealed record, is that of this value under this key.
pub(crate) fn is_seal_of(key: [u8; 16], value: &[u8], start: &[u8]) -> bool {
    start.get(1..=HASH).is_some_and(|proof| proof == hash(key, value))
}

/// Bytes of a sealed record that [`is_seal_of`] looks at.
pub(crate) const START: usize = 1 + HASH;

/// Bytes of a sealed record that [`size`] looks at.
pub(crate) const SIZED: usize = START + 8;

/// Bytes of a value, from the start of its sealed record and the size of that.
pub(crate) fn size(start: &[u8], sealed: u64) -> u64 {
    let length = start.get(START..).and_then(<[u8]>::first_chunk::<8>);
    match (start.first(), length) {
        (Some(&PACKED), Some(length)) => u64::from_le_bytes(*length),
        _ => sealed.saturating_sub(START as u64),
    }
}

fn hash(key: [u8; 16], value: &[u8]) -> [u8; HASH] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&key).update(value);
    let mut first = [0; HASH];
    first.copy_from_slice(&hasher.finalize().as_bytes()[..HASH]);
    first
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: [u8; 16] = *b"one of the keys!";

    #[test]
    fn what_was_sealed_is_opened() {
        for value in [
            Vec::new(),
            b"\x00\xff short".to_vec(),
            b"{\"type\": \"tool_use\"}".repeat(400),
            (0..5_000_u32)
                .flat_map(|n| blake3::hash(&n.to_le_bytes()).as_bytes()[..2].to_vec())
                .collect(),
        ] {
            let sealed = seal(KEY, &value).unwrap();
            assert_eq!(open(KEY, &sealed), Some(value.clone()));
            assert!(is_seal_of(KEY, &value, &sealed[..START]));
            assert!(!is_seal_of(KEY, b"another", &sealed[..START]));
            assert_eq!(open(*b"another one key!", &sealed), None);
            assert!(sealed.len() <= value.len() + START);
            let start = &sealed[..sealed.len().min(SIZED)];
            assert_eq!(size(start, sealed.len() as u64), value.len() as u64);
        }
        assert!(seal(KEY, &[b'a'; 10_000]).unwrap().len() < 100);
    }

    #[test]
    fn any_damage_is_seen() {
        for value in [b"a short one".to_vec(), b"one that is packed ".repeat(60)] {
            let sealed = seal(KEY, &value).unwrap();
            for at in 0..sealed.len() {
                assert_eq!(open(KEY, &sealed[..at]), None, "cut at {at}");
                let mut bad = sealed.clone();
                bad[at] ^= 0x41;
                // A flipped bit may sit where zstd ignores it; then the value is right, or it is refused.
                assert!(open(KEY, &bad).is_none_or(|read| read == value), "byte {at}");
            }
        }
    }
}
