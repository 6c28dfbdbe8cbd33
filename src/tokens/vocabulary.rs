//! The two public vocabularies, embedded as the tables the build script made of them.

use super::layout;

/// Token bytes to rank.
pub(super) struct Vocabulary {
    pilots: &'static [[u8; 2]],
    slots: &'static [[u8; 8]],
    arena: &'static [u8],
}

macro_rules! vocabulary {
    ($name:literal) => {
        Vocabulary {
            pilots: include_bytes!(concat!(env!("OUT_DIR"), "/", $name, ".pilots"))
                .as_chunks()
                .0,
            slots: include_bytes!(concat!(env!("OUT_DIR"), "/", $name, ".slots"))
                .as_chunks()
                .0,
            arena: include_bytes!(concat!(env!("OUT_DIR"), "/", $name, ".arena")),
        }
    };
}

pub(super) static O200K: Vocabulary = vocabulary!("o200k_base");
pub(super) static CL100K: Vocabulary = vocabulary!("cl100k_base");

impl Vocabulary {
    /// Rank of the token that is exactly `bytes`: the lower, the earlier it is merged.
    #[inline]
    pub(super) fn rank(&self, bytes: &[u8]) -> Option<u32> {
        if bytes.len() > layout::MAX_TOKEN {
            return None;
        }
        if bytes.len() <= 16 {
            let (lo, hi) = layout::words(bytes);
            return self.rank_of_words(lo, hi, bytes.len());
        }
        let hash = layout::hash(bytes);
        let slot = self.slot(hash);
        let from = Self::candidate(slot, hash, bytes.len())?;
        (self.arena.get(from..from + bytes.len()) == Some(bytes)).then(|| layout::slot_rank(slot))
    }

    /// [`rank`](Self::rank) of at most sixteen bytes, given as [`layout::words`].
    #[inline]
    pub(super) fn rank_of_words(&self, lo: u64, hi: u64, len: usize) -> Option<u32> {
        let hash = layout::hash_words(lo, hi, len);
        let slot = self.slot(hash);
        let from = Self::candidate(slot, hash, len)?;
        let window = self.arena.get(from..from + 16)?;
        let [lo_bits, hi_bits] = layout::MASKS[len & 0x1F];
        let differ = (layout::word64(window, 0) ^ lo) & lo_bits | (layout::word64(window, 8) ^ hi) & hi_bits;
        (differ == 0).then(|| layout::slot_rank(slot))
    }

    #[inline]
    fn slot(&self, hash: u64) -> u64 {
        let pilot = u16::from_le_bytes(self.pilots[layout::bucket(hash, self.pilots.len())]);
        u64::from_le_bytes(self.slots[layout::slot(hash, pilot, self.slots.len())])
    }

    /// Where in the arena the slot's token stands, if it may be the one looked for.
    #[inline]
    fn candidate(slot: u64, hash: u64, len: usize) -> Option<usize> {
        if layout::slot_fingerprint(slot) != layout::fingerprint(hash) || layout::slot_len(slot) != len {
            return None;
        }
        Some(layout::slot_offset(slot))
    }
}
