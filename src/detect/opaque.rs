//! Opaque data: stretches nobody reads make up a good part of a text.

use crate::grammar::opaque;

/// Bytes looked at.
const SAMPLE: usize = 256 * 1024;
/// Share of the bytes that are opaque, and how many at least.
const ENOUGH: f64 = 0.25;
const LEAST: usize = 800;

/// True for data in base64, digits, packed programs, or bytes that are no text.
pub(super) fn is_opaque(text: &str) -> bool {
    let part = &text[..text.floor_char_boundary(SAMPLE)];
    let within: usize = opaque::runs(part).iter().map(|run| run.range.len()).sum();
    within >= LEAST && within as f64 >= ENOUGH * part.len() as f64
}
