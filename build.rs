//! Writes the token counters' tables: two vocabularies as perfect hashes over their bytes, and the
//! character classes the pre-tokenizers ask for. The library embeds them as they are, so the first count
//! in a process costs no table construction.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a build script reads its environment, writes its files, and stops the build when it can't"
)]

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::{env, fs};

use regex_syntax::hir::{Class, HirKind};

#[expect(dead_code, reason = "what the library alone needs")]
#[path = "src/tokens/layout.rs"]
mod layout;

/// Tokens per bucket of the perfect hash, on average.
const BUCKET: usize = 4;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=src/tokens/layout.rs");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    vocabulary(&out, "o200k_base", 199_998, 0xC7BA_5F03_2878_1837);
    vocabulary(&out, "cl100k_base", 100_256, 0x2DB9_2C64_BF46_2D4A);
    classes(&out);
}

/// Writes `NAME.pilots`, `NAME.slots` and `NAME.arena`. `checksum` pins the vocabulary: a changed
/// dependency must not change counts silently.
fn vocabulary(out: &Path, name: &str, count: u32, checksum: u64) {
    let encoding = tiktoken::get_encoding(name).expect("the vocabulary's feature is on");
    let tokens: Vec<Vec<u8>> = (0..count).map(|rank| encoding.decode(&[rank])).collect();
    let sum = checksum_of(&tokens);
    assert!(sum == checksum, "{name}: the vocabulary changed ({sum:#x})");
    assert!(
        tokens
            .iter()
            .all(|token| (1..=layout::MAX_TOKEN).contains(&token.len()))
    );

    let (arena, offsets) = arena(&tokens);
    let hashes: Vec<u64> = tokens.iter().map(|token| layout::hash(token)).collect();
    let slot_count = tokens.len() + tokens.len() / 32;
    let (pilots, places) = place(&hashes, tokens.len().div_ceil(BUCKET), slot_count);
    let mut slots = vec![layout::EMPTY; slot_count];
    for (rank, token) in tokens.iter().enumerate() {
        let fingerprint = layout::fingerprint(hashes[rank]);
        slots[places[rank]] = layout::pack(fingerprint, token.len(), offsets[rank], rank as u32);
    }
    let bytes = |suffix: &str, data: Vec<u8>| {
        fs::write(out.join(format!("{name}.{suffix}")), data).expect("OUT_DIR is writable");
    };
    bytes(
        "pilots",
        pilots.iter().flat_map(|pilot| pilot.to_le_bytes()).collect(),
    );
    bytes(
        "slots",
        slots.iter().flat_map(|slot| slot.to_le_bytes()).collect(),
    );
    bytes("arena", arena);
}

/// FNV-1a over every token and its length.
fn checksum_of(tokens: &[Vec<u8>]) -> u64 {
    let mut sum = 0xCBF2_9CE4_8422_2325_u64;
    for token in tokens {
        for &byte in std::iter::once(&(token.len() as u8)).chain(token) {
            sum = (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3);
        }
    }
    sum
}

/// All token bytes, a token that begins another one sharing that one's bytes.
fn arena(tokens: &[Vec<u8>]) -> (Vec<u8>, Vec<usize>) {
    let mut order: Vec<usize> = (0..tokens.len()).collect();
    order.sort_by(|&a, &b| tokens[b].cmp(&tokens[a]));
    let mut arena = Vec::new();
    let mut offsets = vec![0; tokens.len()];
    let mut last = 0;
    for rank in order {
        if !arena[last..].starts_with(&tokens[rank]) {
            last = arena.len();
            arena.extend_from_slice(&tokens[rank]);
        }
        offsets[rank] = last;
    }
    // The reader looks at sixteen bytes from any token's first.
    arena.extend_from_slice(&[0; 16]);
    (arena, offsets)
}

/// Finds every bucket's pilot, fullest bucket first, and with it every token's slot.
fn place(hashes: &[u64], buckets: usize, slots: usize) -> (Vec<u16>, Vec<usize>) {
    let mut members = vec![Vec::new(); buckets];
    for (rank, &hash) in hashes.iter().enumerate() {
        members[layout::bucket(hash, buckets)].push(rank);
    }
    let mut order: Vec<usize> = (0..buckets).collect();
    order.sort_by_key(|&bucket| std::cmp::Reverse(members[bucket].len()));
    let (mut pilots, mut places) = (vec![0; buckets], vec![0; hashes.len()]);
    let mut taken = vec![false; slots];
    for bucket in order {
        let ranks = &members[bucket];
        pilots[bucket] = (0..=u16::MAX)
            .find(|&pilot| {
                let wanted: Vec<usize> = ranks
                    .iter()
                    .map(|&r| layout::slot(hashes[r], pilot, slots))
                    .collect();
                let free = |(i, place): (usize, &usize)| !taken[*place] && !wanted[..i].contains(place);
                wanted.iter().enumerate().all(free)
            })
            .expect("a pilot places the bucket");
        for &rank in ranks {
            places[rank] = layout::slot(hashes[rank], pilots[bucket], slots);
            taken[places[rank]] = true;
        }
    }
    (pilots, places)
}

/// Writes the two-stage table of character classes: `classes.index` has one byte for every 128 code
/// points, naming a row of `classes.rows`. The classes are those of the regular expressions that define
/// the encodings, so they come from the same Unicode tables.
fn classes(out: &Path) {
    let mut flags = vec![layout::OTHER; 0x11_0000];
    for (property, flag) in [
        (r"\p{Lu}", layout::UPPER),
        (r"\p{Lt}", layout::UPPER),
        (r"\p{Ll}", layout::LOWER),
        (r"\p{Lm}", layout::CASELESS),
        (r"\p{Lo}", layout::CASELESS),
        (r"\p{M}", layout::MARK),
        (r"\p{N}", layout::NUMBER),
        (r"\s", layout::SPACE),
        (r"[\r\n]", layout::NEWLINE),
    ] {
        let hir = regex_syntax::parse(property).expect("a valid class");
        let HirKind::Class(Class::Unicode(class)) = hir.kind() else {
            panic!("{property} is a class")
        };
        for range in class.ranges() {
            flags[range.start() as usize..=range.end() as usize].fill(flag);
        }
    }
    let (mut index, mut rows) = (Vec::new(), Vec::new());
    let mut known: HashMap<&[u8], u8> = HashMap::new();
    for row in flags.chunks(layout::CLASS_ROW) {
        let next = u8::try_from(known.len()).expect("at most 256 different rows");
        let number = *known.entry(row).or_insert_with(|| {
            rows.extend_from_slice(row);
            next
        });
        index.push(number);
    }
    fs::write(out.join("classes.index"), index).expect("OUT_DIR is writable");
    fs::write(out.join("classes.rows"), rows).expect("OUT_DIR is writable");
}
