//! What a record shows of its collection: its values in columns of few values, the magnitude of its
//! numbers, its texts' start.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hasher};

use super::super::hash::FastHasher;
use super::columns::Columns;
use crate::compress::records::Features;
use crate::json::Kind;

/// Records looked at for gain; larger collections are sampled in even steps.
const SAMPLE: usize = 4096;
/// Bytes of a text's start that make its feature.
const PREFIX: usize = 12;

/// The features of every record that is kept or sampled.
pub(super) fn features(kept: &[bool], columns: &Columns<'_, '_>) -> Features {
    let step = kept.len().div_ceil(SAMPLE);
    let mut numbers: HashMap<u64, u32, FastHasher> = HashMap::default();
    let mut features: Vec<Vec<u32>> = vec![Vec::new(); kept.len()];
    for (index, column) in columns.columns.iter().enumerate() {
        for (record, value) in &column.cells {
            if kept[*record] || record % step == 0 {
                let next = numbers.len() as u32;
                let number = *numbers
                    .entry(feature(index, value.kind(), value.raw()))
                    .or_insert(next);
                features[*record].push(number);
            }
        }
    }
    Features {
        of: features,
        count: numbers.len(),
    }
}

/// A number's magnitude, a text's start, or the value itself.
fn feature(column: usize, kind: Kind, raw: &str) -> u64 {
    let mut hasher = FastHasher::default().build_hasher();
    hasher.write_usize(column);
    match kind {
        Kind::Number => {
            let number = raw.parse::<f64>().unwrap_or_default();
            hasher.write_u8(u8::from(number < 0.0));
            hasher.write_i32(if number == 0.0 {
                i32::MIN
            } else {
                number.abs().log2().floor() as i32
            });
        }
        Kind::String => hasher.write(&raw.as_bytes()[..raw.len().min(PREFIX)]),
        Kind::Array | Kind::Object => hasher.write_u32(raw.len().ilog2()),
        _ => hasher.write(raw.as_bytes()),
    }
    hasher.finish()
}
