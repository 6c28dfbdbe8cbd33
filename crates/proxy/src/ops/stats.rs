//! `/stats` and `/stats-history`: what it came to, under the names of the Python peer where they mean the same.
//!
//! `requests`, `tokens`, `latency`, `overhead`, `ttfb`, `verdicts` and `prefix_cache` count from the start of this
//! process; `persistent_savings` and `cost` are sums over the ledger, net of hidden rounds, the tool's definition
//! and cache prices, and may be negative.

use std::fmt::Write;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use headroom::Error;
use headroom_store::ledger::{LedgerEntry, Savings, day_of};
use headroom_store::{Stats, Vault};
use hyper::{Response, StatusCode};
use serde_json::{Map, Value, json};

use super::histogram::Histogram;
use super::recent::REQUESTS;
use super::routes::parameter;
use super::tally::{Tally, difference};
use super::{Ops, answer};
use crate::app::App;
use crate::relay::body::Body;

/// Days that are summed up when nobody says how many, and at most.
const DAYS: u64 = 30;
const MAX_DAYS: u64 = 400;

const DAY_MS: u64 = 24 * 60 * 60 * 1000;

/// Sums of a long ledger that took at least this are given again for so many times what they took.
const LONG: Duration = Duration::from_millis(250);
const REUSED: u32 = 20;

/// What the ledger and the store have to say.
#[derive(Clone)]
struct Kept {
    savings: Arc<Savings>,
    held: Stats,
    recent: Arc<Vec<LedgerEntry>>,
}

/// The last sums, and how long they are good.
#[derive(Default)]
pub(super) struct Summary(Mutex<Option<(u64, Instant, Kept)>>);

impl Summary {
    fn known(&self, days: u64) -> Option<Kept> {
        let last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (known, until, kept) = last.as_ref()?;
        (*known == days && Instant::now() < *until).then(|| kept.clone())
    }

    fn remember(&self, days: u64, took: Duration, kept: &Kept) {
        let until = Instant::now() + took * REUSED;
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((days, until, kept.clone()));
    }
}

/// Answers `/stats?days=`.
pub(super) async fn stats(app: &Arc<App>, query: Option<&str>) -> Response<Body> {
    let days = days(query);
    match kept(app, days).await {
        Ok(kept) => answer::json(StatusCode::OK, &all(&app.ops, &app.ops.tally(), &kept, days)),
        Err(error) => answer::failed(StatusCode::SERVICE_UNAVAILABLE, "storage_error", &error),
    }
}

/// Answers `/stats-history?format=json|csv&days=`: one line a day, whatever series is asked for.
pub(super) async fn history(app: &Arc<App>, query: Option<&str>) -> Response<Body> {
    let kept = match kept(app, days(query)).await {
        Ok(kept) => kept,
        Err(error) => return answer::failed(StatusCode::SERVICE_UNAVAILABLE, "storage_error", &error),
    };
    if parameter(query, "format") == Some("csv") {
        let mut csv =
            "day,requests,tokens_before,tokens_after,saved,net,hidden_rounds,money_net\n".to_owned();
        for (day, sum) in &kept.savings.days {
            // Writing to a string cannot fail.
            let _: std::fmt::Result = writeln!(
                csv,
                "{day},{},{},{},{},{},{},{:.6}",
                sum.requests, sum.before, sum.after, sum.saved, sum.net, sum.hidden_rounds, sum.money.net
            );
        }
        return answer::text(StatusCode::OK, "text/csv; charset=utf-8", csv);
    }
    answer::json(
        StatusCode::OK,
        &json!({ "series": "daily", "daily": kept.savings.days, "currency": app.ops.prices.currency }),
    )
}

fn days(query: Option<&str>) -> u64 {
    let asked = parameter(query, "days").and_then(|days| days.parse().ok());
    asked.unwrap_or(DAYS).clamp(1, MAX_DAYS)
}

async fn kept(app: &Arc<App>, days: u64) -> Result<Kept, Error> {
    if let Some(kept) = app.ops.summary.known(days) {
        return Ok(kept);
    }
    // What was answered a moment ago counts.
    app.ops.writer.flush().await;
    let (vault, ops) = (Arc::clone(app.engine.vault()), Arc::clone(&app.ops));
    let begun = Instant::now();
    let sums = tokio::task::spawn_blocking(move || sum(&*vault, &ops, days));
    let kept = sums.await.map_err(|error| {
        Error::new(headroom::ErrorCode::Store, "the figures cannot be added up").because(error.to_string())
    })??;
    let took = begun.elapsed();
    if took >= LONG {
        app.ops.summary.remember(days, took, &kept);
    }
    Ok(kept)
}

fn sum(vault: &dyn Vault, ops: &Ops, days: u64) -> Result<Kept, Error> {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_millis() as u64);
    // Whole days, today's included.
    let from = (now / DAY_MS + 1).saturating_sub(days) * DAY_MS;
    Ok(Kept {
        savings: Arc::new(vault.savings(from..u64::MAX, &ops.prices)?),
        held: vault.stats()?,
        recent: Arc::new(vault.recent(REQUESTS)?),
    })
}

fn all(ops: &Ops, tally: &Tally, kept: &Kept, days: u64) -> Value {
    let savings = &kept.savings;
    let total = &savings.total;
    let mut persistent = serde_json::to_value(&**savings).unwrap_or_default();
    persistent["span_days"] = days.into();
    persistent["unpriced"] = savings.unpriced().collect();
    persistent["total"]["cache_hit_rate"] = total.cache_hit_rate().into();
    let money = &total.money;
    let recent: Vec<Value> = kept.recent.iter().map(|entry| request(ops, entry)).collect();
    let mut stats = since_start(tally);
    stats.extend(members(json!({
        "version": env!("CARGO_PKG_VERSION"),
        "uptime_seconds": ops.started.elapsed().as_secs(),
        "summary": {
            "span_days": days,
            "requests": total.requests,
            "tokens_saved": total.saved,
            "tokens_net": total.net,
            "money_net": money.net,
            "currency": ops.prices.currency,
        },
        "persistent_savings": persistent,
        "cost": {
            "currency": ops.prices.currency,
            "requests_priced": money.requests,
            "spent": money.spent,
            "saved": money.saved,
            "retrieval_tool": money.tool,
            "hidden_rounds": money.hidden,
            "net": money.net,
        },
        "compression": {
            "ccr_entries": kept.held.originals.count,
            "ccr_bytes": kept.held.originals.bytes,
            "ccr_stored_bytes": kept.held.originals.stored_bytes,
            "ccr_retrievals": ops.retrieved.load(std::sync::atomic::Ordering::Relaxed),
        },
        "recent_requests": recent,
    })));
    Value::Object(stats)
}

fn members(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

fn since_start(tally: &Tally) -> Map<String, Value> {
    let usage = &tally.usage;
    let prompt = usage.prompt();
    let mut models = tally.requests_by(|kind| kind.model.clone());
    models.remove("");
    let hit_rate = usage
        .cache_read
        .filter(|_| prompt > 0)
        .map(|read| read as f64 / prompt as f64);
    members(json!({
        "requests": {
            "total": tally.total(),
            "cached": 0,
            "failed": tally.failed,
            "rate_limited": tally.rate_limited,
            "abandoned": tally.abandoned,
            "by_provider": tally.requests_by(|kind| kind.provider),
            "by_model": models,
            "by_status": tally.requests_by(|kind| kind.status.to_string()),
            "compress": tally.compressed,
        },
        "tokens": {
            "input": prompt,
            "output": usage.output.unwrap_or_default(),
            "saved": tally.saved(),
            "total_before_compression": tally.before,
            "total_after_compression": tally.after,
            "savings_percent": percent(tally.saved(), tally.before),
            "retrieval_tool": tally.tool_tokens,
            "hidden_input": tally.hidden.prompt(),
        },
        "hidden_rounds": tally.hidden_rounds,
        "prefix_cache": {
            "read_tokens": usage.cache_read,
            "write_tokens_5m": usage.cache_write_5m,
            "write_tokens_1h": usage.cache_write_1h,
            "hit_rate": hit_rate,
        },
        "latency": spread(&tally.latency),
        "overhead": spread(&tally.overhead),
        "ttfb": spread(&tally.first_byte),
        "verdicts": tally.verdicts,
        "ledger_lost": tally.ledger_lost,
    }))
}

fn spread(histogram: &Histogram) -> Value {
    let bounds = histogram.bounds().iter().map(|bound| json!(bound));
    let bounds = bounds.chain([Value::Null]);
    let buckets: Vec<Value> = bounds
        .zip(histogram.counts())
        .map(|(le, count)| json!({ "le": le, "count": count }))
        .collect();
    json!({
        "count": histogram.count(),
        "average_ms": histogram.mean(),
        "min_ms": histogram.least(),
        "max_ms": histogram.most(),
        "buckets": buckets,
    })
}

/// A request of the ledger, as clients of the peer read it.
fn request(ops: &Ops, entry: &LedgerEntry) -> Value {
    let saved = difference(entry.tokens.before, entry.tokens.after);
    let usage = entry.usage.unwrap_or_default();
    json!({
        "request_id": entry.request,
        "timestamp": moment(entry.at),
        "provider": entry.provider,
        "model": entry.model,
        "agent": entry.agent,
        "status": entry.status,
        "stream": entry.stream,
        "mode": "optimize",
        "input_tokens_original": entry.tokens.before,
        "input_tokens_optimized": entry.tokens.after,
        "tokens_input_before": entry.tokens.before,
        "tokens_input_after": entry.tokens.after,
        "has_exact_tokens": entry.tokens.exact,
        "tokens_saved": saved,
        "savings_percent": percent(saved, entry.tokens.before),
        "billed_input_tokens": entry.usage.map(|usage| usage.prompt()),
        "output_tokens": usage.output,
        "tokens_output": usage.output,
        "cached_tokens": usage.cache_read,
        "hidden_rounds": entry.hidden.rounds,
        "optimization_latency_ms": entry.added_us as f64 / 1e3,
        "total_latency_ms": entry.upstream_ms + entry.added_us / 1_000,
        "texts": ops.recent.texts(&entry.request),
    })
}

/// What share of `whole` that is, in percent.
fn percent(part: i64, whole: u64) -> f64 {
    if whole == 0 {
        0.0
    } else {
        part as f64 * 100.0 / whole as f64
    }
}

/// A time in UTC: `2026-11-25T23:18:23Z`.
fn moment(at: u64) -> String {
    let seconds = at / 1_000 % 86_400;
    format!(
        "{}T{:02}:{:02}:{:02}Z",
        day_of(at),
        seconds / 3_600,
        seconds / 60 % 60,
        seconds % 60
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_clients_read_them() {
        assert_eq!(moment(1_795_648_703_999), "2026-11-25T23:18:23Z");
        assert_eq!(days(Some("a=1&days=7")), 7);
        assert_eq!(
            (days(None), days(Some("days=0")), days(Some("days=x"))),
            (30, 1, 30)
        );
    }
}
