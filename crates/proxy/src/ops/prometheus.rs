//! Metrics as Prometheus reads them: text format 0.0.4.

use std::fmt::Write;

use super::family::{Family, Point, Values};
use super::histogram::Histogram;

/// The text's type.
pub(super) const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// All families as text.
pub(super) fn write(families: &[Family]) -> String {
    let mut out = String::new();
    for family in families {
        // Writing to a string cannot fail.
        let _: std::fmt::Result = write_family(&mut out, family);
    }
    out
}

fn write_family(out: &mut String, family: &Family) -> std::fmt::Result {
    let name = &family.name;
    let kind = match family.values {
        Values::Counter(_) => "counter",
        Values::Gauge(_) => "gauge",
        Values::Histogram(_) => "histogram",
    };
    writeln!(out, "# HELP {name} {}\n# TYPE {name} {kind}", family.help)?;
    match &family.values {
        Values::Counter(points) | Values::Gauge(points) => {
            points.iter().try_for_each(|point| write_point(out, name, point))
        }
        Values::Histogram(histogram) => write_histogram(out, name, histogram),
    }
}

fn write_point(out: &mut String, name: &str, point: &Point) -> std::fmt::Result {
    out.push_str(name);
    for (at, (label, value)) in point.labels.iter().enumerate() {
        let value = value
            .replace('\\', "\\\\")
            .replace('"', "\\\"")
            .replace('\n', "\\n");
        write!(out, "{}{label}=\"{value}\"", if at == 0 { '{' } else { ',' })?;
    }
    writeln!(
        out,
        "{} {}",
        if point.labels.is_empty() { "" } else { "}" },
        point.value
    )
}

fn write_histogram(out: &mut String, name: &str, histogram: &Histogram) -> std::fmt::Result {
    let mut below = 0;
    for (bound, count) in histogram.bounds().iter().zip(histogram.counts()) {
        below += count;
        writeln!(out, "{name}_bucket{{le=\"{bound}\"}} {below}")?;
    }
    let count = histogram.count();
    writeln!(out, "{name}_bucket{{le=\"+Inf\"}} {count}")?;
    writeln!(out, "{name}_sum {}\n{name}_count {count}", histogram.sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_escaped_and_buckets_cumulative() {
        let mut histogram = Histogram::new(&[0.5, 10.0]);
        histogram.add(0.25);
        histogram.add(2.0);
        histogram.add(99.0);
        let text = write(&[
            Family {
                name: "a".to_owned(),
                help: "first",
                values: Values::Counter(vec![Point {
                    labels: vec![("model", "x\"\\\ny".to_owned()), ("status", "200".to_owned())],
                    value: 3.0,
                }]),
            },
            Family {
                name: "b".to_owned(),
                help: "second",
                values: Values::Histogram(histogram),
            },
        ]);
        assert_eq!(
            text,
            "# HELP a first\n# TYPE a counter\na{model=\"x\\\"\\\\\\ny\",status=\"200\"} 3\n\
             # HELP b second\n# TYPE b histogram\nb_bucket{le=\"0.5\"} 1\nb_bucket{le=\"10\"} 2\n\
             b_bucket{le=\"+Inf\"} 3\nb_sum 101.25\nb_count 3\n"
        );
    }
}
