//! Layout of the vocabulary tables, shared by the build script that writes them and the code that reads
//! them: hashing, slot placement and the packing of one slot.
//!
//! A vocabulary is three byte strings. `pilots` and `slots` are a perfect hash: the token's hash names a
//! bucket, the bucket's pilot makes every token of the bucket land in a slot of its own. A slot says where
//! in `arena` the token's bytes stand, so a hit is always verified and a miss is never mistaken for one.

/// Bytes of the longest token of either vocabulary.
pub(crate) const MAX_TOKEN: usize = 128;

/// Slot that holds no token. Its offset lies outside every arena.
pub(crate) const EMPTY: u64 = u64::MAX;

const K0: u64 = 0x9E37_79B9_7F4A_7C15;
const K1: u64 = 0xD6E8_FEB8_6659_FD93;
const K2: u64 = 0xA076_1D64_78BD_642F;

/// Up to sixteen bytes as two zero-padded little-endian words.
#[inline]
pub(crate) fn words(bytes: &[u8]) -> (u64, u64) {
    let len = bytes.len();
    match len {
        0 => (0, 0),
        1..=3 => {
            let middle = u64::from(bytes[len / 2]) << (len / 2 * 8);
            let last = u64::from(bytes[len - 1]) << ((len - 1) * 8);
            (u64::from(bytes[0]) | middle | last, 0)
        }
        4..=8 => (
            u64::from(word32(bytes, 0)) | u64::from(word32(bytes, len - 4)) << ((len - 4) * 8),
            0,
        ),
        _ => (word64(bytes, 0), word64(bytes, len - 8) >> ((16 - len) * 8)),
    }
}

#[inline]
fn word32(bytes: &[u8], at: usize) -> u32 {
    bytes[at..]
        .first_chunk()
        .map_or(0, |chunk| u32::from_le_bytes(*chunk))
}

#[inline]
pub(crate) fn word64(bytes: &[u8], at: usize) -> u64 {
    bytes[at..]
        .first_chunk()
        .map_or(0, |chunk| u64::from_le_bytes(*chunk))
}

/// For each length up to sixteen, which bits of the next sixteen bytes belong to a string of that length.
pub(crate) static MASKS: [[u64; 2]; 32] = masks();

const fn masks() -> [[u64; 2]; 32] {
    let mut masks = [[u64::MAX; 2]; 32];
    let mut len = 0;
    while len < 16 {
        let bits = (1_u128 << (len * 8)) - 1;
        masks[len] = [bits as u64, (bits >> 64) as u64];
        len += 1;
    }
    masks
}

#[inline]
fn fold(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    (product >> 64) as u64 ^ product as u64
}

/// Hash of at most sixteen bytes, given as [`words`].
#[inline]
pub(crate) fn hash_words(lo: u64, hi: u64, len: usize) -> u64 {
    fold(lo ^ K0, hi ^ K1.wrapping_add(len as u64)).wrapping_mul(K2)
}

/// Hash of a byte string of any length.
#[inline]
pub(crate) fn hash(bytes: &[u8]) -> u64 {
    if bytes.len() <= 16 {
        let (lo, hi) = words(bytes);
        return hash_words(lo, hi, bytes.len());
    }
    let (lo, hi) = words(&bytes[bytes.len() - 16..]);
    let mut state = hash_words(lo, hi, bytes.len());
    for chunk in bytes[..bytes.len() - 1].chunks_exact(8) {
        state = fold(state ^ word64(chunk, 0), K0).wrapping_add(K1);
    }
    state
}

/// Bucket of a hash, below `buckets`.
#[inline]
pub(crate) fn bucket(hash: u64, buckets: usize) -> usize {
    (((hash >> 32) * buckets as u64) >> 32) as usize
}

/// Slot of a hash under its bucket's pilot, below `slots`.
#[inline]
pub(crate) fn slot(hash: u64, pilot: u16, slots: usize) -> usize {
    let mixed = (hash ^ u64::from(pilot).wrapping_mul(K1)).wrapping_mul(K2);
    (((mixed >> 32) * slots as u64) >> 32) as usize
}

/// The part of a hash that a slot keeps.
#[inline]
pub(crate) fn fingerprint(hash: u64) -> u64 {
    hash & 0x3FFFF
}

/// Packs a slot: 18 bits of fingerprint, 7 of length, 21 of arena offset, 18 of rank. `len` is 1 to [`MAX_TOKEN`].
pub(crate) fn pack(fingerprint: u64, len: usize, offset: usize, rank: u32) -> u64 {
    fingerprint << 46 | (len as u64 - 1) << 39 | (offset as u64) << 18 | u64::from(rank)
}

/// Fingerprint of a packed slot.
#[inline]
pub(crate) fn slot_fingerprint(slot: u64) -> u64 {
    slot >> 46
}

/// Token length of a packed slot.
#[inline]
pub(crate) fn slot_len(slot: u64) -> usize {
    ((slot >> 39) as usize & 0x7F) + 1
}

/// Arena offset of a packed slot.
#[inline]
pub(crate) fn slot_offset(slot: u64) -> usize {
    (slot >> 18) as usize & 0x1F_FFFF
}

/// Rank of a packed slot.
#[inline]
pub(crate) fn slot_rank(slot: u64) -> u32 {
    slot as u32 & 0x3FFFF
}

/// Code points in one row of the character class table.
pub(crate) const CLASS_ROW: usize = 128;

/// `\p{Lu}` and `\p{Lt}`.
pub(crate) const UPPER: u8 = 1;
/// `\p{Ll}`.
pub(crate) const LOWER: u8 = 2;
/// `\p{Lm}` and `\p{Lo}`.
pub(crate) const CASELESS: u8 = 4;
/// `\p{M}`.
pub(crate) const MARK: u8 = 8;
/// `\p{N}`.
pub(crate) const NUMBER: u8 = 16;
/// `\s` without the line ends.
pub(crate) const SPACE: u8 = 32;
/// `[\r\n]`.
pub(crate) const NEWLINE: u8 = 64;
/// Everything else: punctuation, symbols, controls, unassigned.
pub(crate) const OTHER: u8 = 128;
