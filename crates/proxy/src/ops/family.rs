//! The counters as metrics, once for all ways they leave the process.
//!
//! Names are those users of the Python peer have in their boards, where they mean the same. Durations are
//! histograms here; their sums and counts have the peer's names.

use super::histogram::Histogram;
use super::tally::Tally;

/// A metric.
pub(super) struct Family {
    pub(super) name: String,
    pub(super) help: &'static str,
    pub(super) values: Values,
}

/// What it holds.
pub(super) enum Values {
    /// Only grows.
    Counter(Vec<Point>),
    /// May fall.
    Gauge(Vec<Point>),
    /// A distribution, in milliseconds.
    Histogram(Histogram),
}

/// One value and what it is told apart by.
pub(super) struct Point {
    pub(super) labels: Vec<(&'static str, String)>,
    pub(super) value: f64,
}

fn point(labels: Vec<(&'static str, String)>, value: u64) -> Point {
    Point {
        labels,
        value: value as f64,
    }
}

/// One number that only grows, by its name without what all have in common.
fn counter(name: &str, help: &'static str, value: u64) -> Family {
    Family {
        name: format!("headroom_{name}_total"),
        help,
        values: Values::Counter(vec![point(Vec::new(), value)]),
    }
}

fn gauge(name: &str, help: &'static str, value: f64) -> Family {
    let labels = Vec::new();
    Family {
        name: name.to_owned(),
        help,
        values: Values::Gauge(vec![Point { labels, value }]),
    }
}

/// All metrics.
pub(super) fn all(tally: &Tally) -> Vec<Family> {
    let mut families = requests(tally);
    families.extend(tokens(tally));
    families.extend(labelled_tokens(tally));
    families.extend([
        Family {
            name: "headroom_latency_ms".to_owned(),
            help: "From a request's arrival to the end of its answer.",
            values: Values::Histogram(tally.latency.clone()),
        },
        Family {
            name: "headroom_overhead_ms".to_owned(),
            help: "Spent on making requests smaller.",
            values: Values::Histogram(tally.overhead.clone()),
        },
        Family {
            name: "headroom_ttfb_ms".to_owned(),
            help: "From a request's arrival to the first byte of its answer.",
            values: Values::Histogram(tally.first_byte.clone()),
        },
        Family {
            name: "headroom_info".to_owned(),
            help: "The version.",
            values: Values::Gauge(vec![point(
                vec![("version", env!("CARGO_PKG_VERSION").to_owned())],
                1,
            )]),
        },
    ]);
    families
}

fn requests(tally: &Tally) -> Vec<Family> {
    let by = |name: &str, help, points| Family {
        name: name.to_owned(),
        help,
        values: Values::Counter(points),
    };
    let providers = tally.requests_by(|kind| kind.provider).into_iter();
    let models = tally
        .requests_by(|kind| kind.model.clone())
        .into_iter()
        .filter(|(model, _)| !model.is_empty());
    let kinds = tally.requests.iter().map(|(kind, count)| {
        let labels = vec![
            ("provider", kind.provider.to_owned()),
            ("model", kind.model.clone()),
            ("status", kind.status.to_string()),
        ];
        point(labels, *count)
    });
    vec![
        counter("requests", "Requests to providers.", tally.total()),
        by(
            "headroom_requests_by_provider",
            "Requests by provider.",
            providers
                .map(|(provider, count)| point(vec![("provider", provider.to_owned())], count))
                .collect(),
        ),
        by(
            "headroom_requests_by_model",
            "Requests by model, where it was read.",
            models
                .map(|(model, count)| point(vec![("model", model)], count))
                .collect(),
        ),
        by(
            "headroom_requests_by_status",
            "Requests by provider, model and status of the answer.",
            kinds.collect(),
        ),
        counter(
            "requests_failed",
            "Requests that failed here, broke off or were answered with a 5xx.",
            tally.failed,
        ),
        counter(
            "requests_rate_limited",
            "Requests refused by the proxy's own limits.",
            tally.rate_limited,
        ),
        counter(
            "requests_abandoned",
            "Requests whose client left before the answer began.",
            tally.abandoned,
        ),
        counter(
            "ledger_lost",
            "Requests that are missing in the ledger.",
            tally.ledger_lost,
        ),
    ]
}

fn labelled_tokens(tally: &Tally) -> Vec<Family> {
    let usage = &tally.usage;
    let verdicts = tally
        .verdicts
        .iter()
        .map(|(verdict, count)| point(vec![("verdict", (*verdict).to_owned())], *count));
    let warnings = tally
        .warnings
        .iter()
        .map(|(code, count)| point(vec![("code", code.clone())], *count));
    vec![
        gauge(
            "headroom_tokens_saved_total",
            "Before minus after; falls where more was put back than saved.",
            tally.saved() as f64,
        ),
        Family {
            name: "headroom_cache_write_ttl_tokens_total".to_owned(),
            help: "Prompts written to providers' caches by how long they are kept.",
            values: Values::Counter(vec![
                point(vec![("ttl", "5m".to_owned())], usage.cache_write_5m.unwrap_or(0)),
                point(vec![("ttl", "1h".to_owned())], usage.cache_write_1h.unwrap_or(0)),
            ]),
        },
        Family {
            name: "headroom_verdicts_total".to_owned(),
            help: "What became of texts.",
            values: Values::Counter(verdicts.collect()),
        },
        Family {
            name: "headroom_warnings_total".to_owned(),
            help: "What requests were warned of, as that the store failed.",
            values: Values::Counter(warnings.collect()),
        },
    ]
}

fn tokens(tally: &Tally) -> Vec<Family> {
    let usage = &tally.usage;
    let of = |name: &str| tally.verdicts.get(name).copied().unwrap_or_default();
    let written = usage.cache_write_5m.unwrap_or(0) + usage.cache_write_1h.unwrap_or(0);
    let table: [(&'static str, &'static str, u64); 14] = [
        (
            "tokens_before",
            "What may be compressed, as clients sent it.",
            tally.before,
        ),
        (
            "tokens_after",
            "The same as sent on, with hidden rounds put back.",
            tally.after,
        ),
        (
            "tokens_input",
            "Prompts as providers billed them.",
            usage.prompt(),
        ),
        (
            "tokens_output",
            "Outputs as providers billed them.",
            usage.output.unwrap_or(0),
        ),
        (
            "uncached_input_tokens",
            "Prompts no cache held.",
            usage.input.unwrap_or(0),
        ),
        (
            "cache_read_tokens",
            "Prompts read from providers' caches.",
            usage.cache_read.unwrap_or(0),
        ),
        ("cache_write_tokens", "Prompts written to them.", written),
        (
            "hidden_rounds",
            "Rounds of retrieval clients never saw.",
            tally.hidden_rounds,
        ),
        ("hidden_input_tokens", "Their prompts.", tally.hidden.prompt()),
        (
            "tool_tokens",
            "The retrieval tool's definition, where offered.",
            tally.tool_tokens,
        ),
        (
            "compressions",
            "Texts that became smaller.",
            of("compressed") + of("lossless"),
        ),
        ("compress_requests", "Requests to /v1/compress.", tally.compressed),
        (
            "compress_tokens_before",
            "Tokens sent there.",
            tally.compressed_before,
        ),
        (
            "compress_tokens_after",
            "Tokens it gave back.",
            tally.compressed_after,
        ),
    ];
    table.map(|(name, help, value)| counter(name, help, value)).into()
}
