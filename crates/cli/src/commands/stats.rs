//! `headroom stats`: what is stored, and what the last day came to.

use std::path::Path;

use clap::Args;
use headroom_store::ledger::{Savings, Sum};
use headroom_store::{Held, Stats as Stored, Vault};
use serde_json::{Value, json};

use crate::commands::savings;
use crate::input;
use crate::io::Io;
use crate::stop::Stop;
use crate::style::{Style, count, number, share, signed, size};
use crate::table;

/// Milliseconds of the time that is summed up.
const LATELY: u64 = 24 * 60 * 60 * 1000;

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Stats {
    /// As JSON
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  headroom stats
  headroom stats --json | jq .last_24_hours.total.net

`headroom savings` shows longer times, by day, model, tool and kind.";

pub(crate) fn run(arguments: &Stats, place: Option<&Path>, io: &mut Io<'_>) -> Result<(), Stop> {
    let vault = input::store(place, io)?;
    let stored = vault.stats()?;
    let now = savings::now(io);
    let lately = vault.savings(now.saturating_sub(LATELY)..u64::MAX, &input::prices(io)?)?;
    input::tell_notices(&*vault, io);
    if arguments.json {
        let text = serde_json::to_string_pretty(&as_json(&*vault, &stored, &lately)).unwrap_or_default();
        return io.data(text + "\n");
    }
    let style = Style::of(io.terminals.stdout, io);
    let idle = stored.oldest_use.map(|used| io.clock.now().saturating_sub(used));
    io.data(style.strong(&vault.place()) + "\n")?;
    io.data(held(&stored, idle) + "\n\n")?;
    io.data(last_day(&lately, style) + "\n")
}

fn as_json(vault: &dyn Vault, stored: &Stored, lately: &Savings) -> Value {
    json!({
        "store": vault.place(),
        "stored": stored,
        "last_24_hours": savings::as_json(lately),
    })
}

/// What is stored; `idle`: seconds since the longest unused original was used.
fn held(stored: &Stored, idle: Option<i64>) -> String {
    let row = |name: &str, held: &Held| {
        let bytes = size(held.bytes);
        let packed = size(held.stored_bytes);
        let number = count(usize::try_from(held.count).unwrap_or(usize::MAX));
        [name.to_owned(), number, bytes, packed]
    };
    let rows = [
        ["", "number", "size", "as stored"].map(str::to_owned),
        row("originals", &stored.originals),
        row("records of hidden rounds", &stored.records),
        row("shared values", &stored.pinned),
        row("requests in the ledger", &stored.ledger),
    ];
    let mut lines = vec![table::lines(&rows)];
    if stored.file_bytes > 0 {
        lines.push(format!("{} on disc", size(stored.file_bytes)));
    }
    if let Some(days @ 1..) = idle.map(|seconds| seconds / (24 * 60 * 60)) {
        let days = number(days.unsigned_abs(), "day");
        lines.push(format!("longest unused original: for {days}"));
    }
    lines.join("\n")
}

fn last_day(lately: &Savings, style: Style) -> String {
    let Sum {
        requests,
        before,
        net,
        ..
    } = lately.total;
    let title = style.strong(&format!("last 24 hours: {}", number(requests, "request")));
    let mut lines = vec![title];
    if lately.unanswered > 0 {
        lines.push(format!(
            "  refused or not answered, not counted: {}",
            lately.unanswered
        ));
    }
    if requests == 0 {
        return lines.join("\n");
    }
    lines.push(format!(
        "  net saving: {} tokens of input, {} of what can be compressed",
        signed(net),
        share(net, before)
    ));
    lines.extend(savings::estimates(lately).map(|note| format!("  {note}")));
    if let Some(rate) = lately.total.cache_hit_rate() {
        lines.push(format!(
            "  read from providers' caches: {:.0}% of the prompts",
            rate * 100.0
        ));
    }
    let each = |sum: u64| sum as f64 / requests as f64;
    lines.push(format!(
        "  time a request: {:.1} ms here, {:.0} ms upstream",
        each(lately.total.added_us) / 1000.0,
        each(lately.total.upstream_ms)
    ));
    lines.push(format!("  blocks: {}", savings::verdicts(lately)));
    lines.join("\n")
}
