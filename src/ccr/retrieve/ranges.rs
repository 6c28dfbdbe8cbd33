//! Ranges as a reader writes them: `5-37`, `5`, `5-`, `-20`, `1-3,7`. They count from 1 and include both ends.

use std::ops::Range;

use crate::error::{Error, ErrorCode};

/// The ranges of `spec` over `total` units, from 0, ascending and merged. What lies beyond the end is
/// dropped, unless that is all of it.
pub(super) fn parse(spec: &str, unit: &str, total: usize) -> Result<Vec<Range<usize>>, Error> {
    let wrong = |cause: String| {
        Error::new(
            ErrorCode::InvalidSelection,
            format!("cannot read {unit}s {spec:?}"),
        )
        .because(cause)
        .hint(format!(
            "{unit}s count from 1: \"5-37\", \"5\", \"5-\" (to the end), \"-20\" (the first 20), \"1-3,7\""
        ))
    };
    let mut ranges = Vec::new();
    for part in spec.split(',').map(str::trim).filter(|part| !part.is_empty()) {
        let (from, to) = part.split_once(['-', '–']).unwrap_or((part, part));
        let number = |text: &str, open: usize| match text.trim() {
            "" => Ok(open),
            text => text
                .parse::<usize>()
                .map_err(|_| wrong(format!("{text:?} is not a number"))),
        };
        if from.trim().is_empty() && to.trim().is_empty() {
            return Err(wrong(format!("{part:?} has no number")));
        }
        let (from, to) = (number(from, 1)?, number(to, usize::MAX)?);
        match (from, to) {
            (0, _) | (_, 0) => return Err(wrong(format!("{part:?} begins before {unit} 1"))),
            _ if to < from => return Err(wrong(format!("{part:?} ends before it begins"))),
            _ => ranges.push(from - 1..to),
        }
    }
    if ranges.is_empty() {
        return Err(wrong("it names nothing".to_owned()));
    }
    ranges.retain(|range| range.start < total);
    if ranges.is_empty() {
        return Err(wrong(format!("there are {total} {unit}s")));
    }
    Ok(merge(ranges, total))
}

fn merge(mut ranges: Vec<Range<usize>>, total: usize) -> Vec<Range<usize>> {
    ranges.sort_by_key(|range| range.start);
    let mut merged: Vec<Range<usize>> = Vec::with_capacity(ranges.len());
    for range in ranges {
        let range = range.start..range.end.min(total);
        match merged.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => merged.push(range),
        }
    }
    merged
}

/// Ascending unit numbers (from 0) as a reader writes them.
pub(super) fn write(units: impl IntoIterator<Item = Range<usize>>) -> String {
    let mut ranges: Vec<Range<usize>> = Vec::new();
    for range in units {
        match ranges.last_mut() {
            Some(last) if last.end == range.start => last.end = range.end,
            _ => ranges.push(range),
        }
    }
    let one = |range: &Range<usize>| match range.len() {
        1 => range.end.to_string(),
        _ => format!("{}-{}", range.start + 1, range.end),
    };
    ranges.iter().map(one).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::single_range_in_vec_init, reason = "one range is what is meant")]
    fn every_spelling_reads() {
        for (spec, expected) in [
            ("5-7", vec![4..7]),
            ("5", vec![4..5]),
            ("5-", vec![4..10]),
            ("-3", vec![0..3]),
            (" 1 - 3 , 7 ", vec![0..3, 6..7]),
            ("7,1-3,2-5", vec![0..5, 6..7]),
            ("9-99", vec![8..10]),
            ("1,50", vec![0..1]),
            ("2–3", vec![1..3]),
        ] {
            assert_eq!(parse(spec, "row", 10).unwrap(), expected, "{spec}");
        }
    }

    #[test]
    fn what_makes_no_sense_is_named() {
        for (spec, cause) in [
            ("", "names nothing"),
            ("x", "\"x\" is not a number"),
            ("0", "begins before row 1"),
            ("0-3", "begins before row 1"),
            ("9-3", "ends before it begins"),
            ("-", "has no number"),
            ("11-20", "there are 10 rows"),
            ("99999999999999999999999", "is not a number"),
            ("1-2-3", "is not a number"),
        ] {
            let error = parse(spec, "row", 10).unwrap_err();
            assert_eq!(error.code, ErrorCode::InvalidSelection);
            assert!(
                error.cause.as_deref().unwrap_or_default().contains(cause),
                "{spec}: {error}"
            );
        }
    }

    proptest::proptest! {
        #[test]
        fn what_is_written_reads_back(picked in proptest::collection::btree_set(0_usize..60, 1..40)) {
            let spec = write(picked.iter().map(|&unit| unit..unit + 1));
            let back: Vec<usize> = parse(&spec, "row", 60).unwrap().into_iter().flatten().collect();
            proptest::prop_assert_eq!(back, picked.into_iter().collect::<Vec<_>>());
        }
    }
}
