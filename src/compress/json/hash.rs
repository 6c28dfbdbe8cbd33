//! Hashes of subtrees, to find equal ones; equality itself is always checked.

use std::hash::{BuildHasher, Hasher};

use foldhash::fast::FixedState;

use crate::json::{Kind, Value};

/// Hasher for maps whose order never shows.
pub(super) type FastHasher = FixedState;

/// Content hash of every container, by tape index; whitespace does not count.
#[derive(Debug)]
pub(super) struct Hashes(Vec<u64>);

impl Hashes {
    /// Hashes a whole tree.
    pub(super) fn of(root: Value<'_, '_>) -> Self {
        let mut hashes = Self(vec![0; root.tape_end()]);
        hashes.add(root);
        hashes
    }

    /// The hash of a container (or scalar) of that tree.
    pub(super) fn get(&self, value: Value<'_, '_>) -> u64 {
        self.0[value.index()]
    }

    fn add(&mut self, value: Value<'_, '_>) -> u64 {
        let mut hasher = FixedState::default().build_hasher();
        match value.kind() {
            Kind::Array => {
                hasher.write_u8(1);
                for item in value.items() {
                    hasher.write_u64(self.add(item));
                }
            }
            Kind::Object => {
                hasher.write_u8(2);
                for (key, member) in value.entries() {
                    hasher.write(key.raw().as_bytes());
                    hasher.write_u64(self.add(member));
                }
            }
            _ => hasher.write(value.raw().as_bytes()),
        }
        let hash = hasher.finish();
        self.0[value.index()] = hash;
        hash
    }
}

/// Hash of a list of strings.
pub(super) fn of_strs(texts: &[&str]) -> u64 {
    let mut hasher = FixedState::default().build_hasher();
    for text in texts {
        hasher.write(text.as_bytes());
        hasher.write_u8(0xff);
    }
    hasher.finish()
}

/// True when two values are the same JSON but for whitespace.
pub(super) fn same_json(a: Value<'_, '_>, b: Value<'_, '_>) -> bool {
    if a.kind() != b.kind() || a.len() != b.len() {
        return false;
    }
    match a.kind() {
        Kind::Array => a.items().zip(b.items()).all(|(a, b)| same_json(a, b)),
        Kind::Object => a
            .entries()
            .zip(b.entries())
            .all(|((ka, va), (kb, vb))| ka.raw() == kb.raw() && same_json(va, vb)),
        _ => a.raw() == b.raw(),
    }
}
