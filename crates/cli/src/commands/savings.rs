//! `headroom savings`: the net effect, in tokens and in money.

use std::collections::BTreeMap;
use std::path::Path;

use clap::Args;
use headroom_store::ledger::{Change, Prices, Savings as Sums, Sum, day_of};
use serde_json::{Value, json};

use crate::input;
use crate::io::Io;
use crate::stop::Stop;
use crate::style::{Cut, Style, count, fit, number, share, signed};
use crate::table;

/// Milliseconds of a day.
const DAY: u64 = 24 * 60 * 60 * 1000;

/// Columns of the CSV. Counts are tokens but for requests and rounds; the money and the tokens at full price
/// are estimates.
const CSV: &str = "day,requests,estimated,before,after,tool,hidden_rounds,hidden_input,hidden_output,\
                   saved,net,input,cache_read,cache_write_5m,cache_write_1h,output,full_price_tokens,money,currency";

/// Rows of a table for people; the rest stands together.
const ROWS: usize = 12;

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Savings {
    /// How many days back, today included; days are those of UTC
    #[arg(long, value_name = "N", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=3660))]
    days: u64,

    /// As JSON
    #[arg(long, conflicts_with = "csv")]
    json: bool,

    /// As CSV, a line a day
    #[arg(long)]
    csv: bool,
}

const EXAMPLES: &str = "\
Examples:
  headroom savings --days 7
  headroom savings --csv > savings.csv

Net is what compression saved, minus the definition of the retrieval tool, minus
the prompts of hidden rounds. It can be negative. Money is an estimate from list
prices: `prices.json` in the Headroom home takes the place of the built-in table
  { \"currency\": \"USD\", \"as_of\": \"2026-10\", \"models\": { \"my-model\":
    { \"input\": 3, \"cache_read\": 0.3, \"cache_write_5m\": 3.75,
      \"cache_write_1h\": 6, \"output\": 15 } } }
per million tokens. A name stands for its dated releases, too, and one that ends
in * for every model that begins so.";

/// A span of time with its sums, and what they were priced with.
struct View {
    days: u64,
    from: String,
    to: String,
    sums: Sums,
    prices: Prices,
}

pub(crate) fn run(arguments: &Savings, place: Option<&Path>, io: &mut Io<'_>) -> Result<(), Stop> {
    let vault = input::store(place, io)?;
    let prices = input::prices(io)?;
    let now = now(io);
    let from = (now - now % DAY).saturating_sub((arguments.days - 1) * DAY);
    let sums = vault.savings(from..u64::MAX, &prices)?;
    input::tell_notices(&*vault, io);
    let view = View {
        days: arguments.days,
        from: day_of(from),
        to: day_of(now),
        sums,
        prices,
    };
    if arguments.json {
        let text = serde_json::to_string_pretty(&view.json()).unwrap_or_default();
        return io.data(text + "\n");
    }
    if arguments.csv {
        return io.data(view.csv());
    }
    let style = Style::of(io.terminals.stdout, io);
    io.data(view.text(style) + "\n")
}

/// What time it is, in milliseconds since 1970.
pub(crate) fn now(io: &Io<'_>) -> u64 {
    u64::try_from(io.clock.now())
        .unwrap_or_default()
        .saturating_mul(1000)
}

/// Sums as JSON, with what is worked out from them.
pub(crate) fn as_json(sums: &Sums) -> Value {
    let mut value = json!(sums);
    let rate = |sum: &Sum| json!(sum.cache_hit_rate());
    value["total"]["cache_hit_rate"] = rate(&sums.total);
    for (name, groups) in [("days", &sums.days), ("models", &sums.models)] {
        for (key, sum) in groups {
            value[name][key]["cache_hit_rate"] = rate(sum);
        }
    }
    value["unpriced_models"] = json!(sums.unpriced().collect::<Vec<_>>());
    value
}

/// What is estimated among the tokens, if anything is.
pub(crate) fn estimates(sums: &Sums) -> Option<String> {
    let Sum {
        estimated, requests, ..
    } = sums.total;
    (estimated > 0).then(|| {
        let of = if estimated == requests {
            "all requests".to_owned()
        } else {
            format!("{estimated} of {}", number(requests, "request"))
        };
        format!("tokens are estimated in {of}: their vocabulary is not public")
    })
}

/// Verdicts with their shares, most frequent first.
pub(crate) fn verdicts(sums: &Sums) -> String {
    let all = sums
        .verdicts
        .values()
        .fold(0_u64, |sum, count| sum.saturating_add(*count));
    if all == 0 {
        return "none".to_owned();
    }
    let mut verdicts: Vec<(&String, u64)> =
        sums.verdicts.iter().map(|(name, count)| (name, *count)).collect();
    verdicts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let shares = verdicts
        .iter()
        .map(|(name, count)| format!("{name} {:.0}%", *count as f64 * 100.0 / all as f64));
    shares.collect::<Vec<_>>().join(", ")
}

impl View {
    fn json(&self) -> Value {
        let mut value = json!({
            "from": self.from,
            "to": self.to,
            "currency": self.prices.currency,
            "prices_as_of": self.prices.as_of,
            "money_is_an_estimate": true,
        });
        if let (Value::Object(view), Value::Object(sums)) = (&mut value, as_json(&self.sums)) {
            view.extend(sums);
        }
        value
    }

    fn csv(&self) -> String {
        let mut lines = vec![CSV.to_owned()];
        for (day, sum) in &self.sums.days {
            let usage = sum.usage;
            let counts = [
                sum.requests,
                sum.estimated,
                sum.before,
                sum.after,
                sum.tool_tokens,
                sum.hidden_rounds,
                sum.hidden_input,
                sum.hidden_output,
            ];
            let billed = [
                usage.input,
                usage.cache_read,
                usage.cache_write_5m,
                usage.cache_write_1h,
                usage.output,
            ];
            let money = (sum.money.requests > 0).then_some(&sum.money);
            let mut cells = vec![day.clone()];
            cells.extend(counts.map(|count| count.to_string()));
            cells.extend([sum.saved, sum.net].map(|tokens| tokens.to_string()));
            // Nothing said is an empty cell, not a zero.
            cells.extend(billed.map(|tokens| tokens.map_or_else(String::new, |tokens| tokens.to_string())));
            cells.push(money.map_or_else(String::new, |money| format!("{:.0}", money.full_price_tokens)));
            cells.push(money.map_or_else(String::new, |money| format!("{:.6}", money.net)));
            cells.push(self.prices.currency.clone());
            lines.push(cells.join(","));
        }
        lines.join("\n") + "\n"
    }

    fn text(&self, style: Style) -> String {
        let span = if self.days == 1 {
            format!("today, {}", self.to)
        } else {
            format!("last {}, {} to {}", number(self.days, "day"), self.from, self.to)
        };
        let all = self.sums.total.requests;
        let title = style.strong(&format!("{span}: {}", number(all, "request")));
        if all == 0 {
            return title + "\nno request was answered through the proxy in this time";
        }
        let mut parts = vec![title + "\n" + &self.headline(style)];
        let groups = [("day", &self.sums.days), ("model", &self.sums.models)];
        parts.extend(
            groups
                .iter()
                .filter_map(|(name, groups)| requests(name, groups, style)),
        );
        let groups = [("tool", &self.sums.tools), ("kind", &self.sums.kinds)];
        parts.extend(
            groups
                .iter()
                .filter_map(|(name, groups)| changes(name, groups, style)),
        );
        if !self.sums.verdicts.is_empty() {
            parts.push(format!("blocks: {}", verdicts(&self.sums)));
        }
        parts.join("\n\n")
    }

    fn headline(&self, style: Style) -> String {
        let sum = &self.sums.total;
        let row = |name: &str, tokens: &str, note: String| [name.to_owned(), tokens.to_owned(), note];
        let minus = |tokens: u64| signed(0_i64.saturating_sub_unsigned(tokens));
        let mut rows = vec![
            row(
                "net saving",
                &signed(sum.net),
                format!("tokens of input, {}", share(sum.net, sum.before)),
            ),
            row("  by compression", &signed(sum.saved), String::new()),
            row("  the retrieval tool", &minus(sum.tool_tokens), String::new()),
            row(
                "  prompts of hidden rounds",
                &minus(sum.hidden_input),
                String::new(),
            ),
        ];
        let money = &sum.money;
        let currency = &self.prices.currency;
        if money.requests > 0 {
            let tokens = signed(money.full_price_tokens.round() as i64);
            rows.push(row(
                "with cache prices",
                &tokens,
                "tokens at full price, estimated".to_owned(),
            ));
            rows.push(row(
                "in money",
                &amount(money.net),
                format!("{currency}, estimated"),
            ));
            rows.push(row(
                "  billed by providers",
                &amount(money.spent),
                format!("{currency}, estimated"),
            ));
        }
        let width = rows.iter().map(|[_, tokens, _]| tokens.chars().count()).max();
        let width = width.unwrap_or_default();
        let lines = rows.iter().enumerate().map(|(at, [name, tokens, note])| {
            let line = format!("{name:<26}  {tokens:>width$}  {note}");
            let line = line.trim_end();
            match at {
                0 if sum.net > 0 => style.good(line),
                0 => style.strong(line),
                _ => line.to_owned(),
            }
        });
        let mut lines: Vec<String> = lines.collect();
        lines.extend(self.notes().into_iter().map(|note| style.faint(&note)));
        lines.join("\n")
    }

    /// What the figures do not say themselves.
    fn notes(&self) -> Vec<String> {
        let sum = &self.sums.total;
        let mut notes = Vec::new();
        notes.extend(estimates(&self.sums));
        if sum.money.requests > 0 {
            notes.push(format!(
                "money: {} of {} at list prices of {}; what was left out is",
                tokens(sum.money.requests),
                number(sum.requests, "request"),
                self.prices.as_of
            ));
            notes.push("  priced like the prompt it is missing from, cached parts as cached".to_owned());
        }
        let unpriced: Vec<&str> = self.sums.unpriced().collect();
        if !unpriced.is_empty() {
            notes.push("no price is known, so tokens only:".to_owned());
            let (shown, rest) = unpriced.split_at(unpriced.len().min(3));
            notes.extend(
                shown
                    .iter()
                    .map(|model| format!("  {}", fit(model, 60, Cut::End))),
            );
            if !rest.is_empty() {
                notes.push(format!("  and {} more, see --json", rest.len()));
            }
        }
        if sum.reported < sum.requests {
            let silent = number(sum.requests - sum.reported, "request");
            notes.push(format!("of {silent} the provider did not say what it billed"));
        }
        if self.sums.unanswered > 0 {
            notes.push(format!(
                "refused or not answered, not counted: {}",
                self.sums.unanswered
            ));
        }
        notes
    }
}

/// A table of requests; the last rows of days, the most frequent of other groups.
fn requests(name: &str, groups: &BTreeMap<String, Sum>, style: Style) -> Option<String> {
    let mut sums: Vec<(&String, &Sum)> = groups.iter().collect();
    if name != "day" {
        sums.sort_by_key(|(_, sum)| std::cmp::Reverse(sum.requests));
    }
    let from = if name == "day" {
        sums.len().saturating_sub(ROWS)
    } else {
        0
    };
    let rows = sums.iter().skip(from).take(ROWS).map(|(key, sum)| {
        [
            (*key).clone(),
            tokens(sum.requests),
            tokens(sum.before),
            tokens(sum.after),
            signed(sum.net),
            share(sum.net, sum.before),
            sum.cache_hit_rate()
                .map_or("-".to_owned(), |rate| format!("{:.0}%", rate * 100.0)),
        ]
    });
    let header = [name, "requests", "before", "after", "net", "", "cache"].map(str::to_owned);
    titled(header, rows.collect(), sums.len(), style)
}

/// A table of tokens by name, those that saved most first.
fn changes(name: &str, groups: &BTreeMap<String, Change>, style: Style) -> Option<String> {
    let mut changes: Vec<(&String, &Change)> = groups.iter().collect();
    changes.sort_by_key(|(_, change)| std::cmp::Reverse(change.saved()));
    let rows = changes.iter().take(ROWS).map(|(key, change)| {
        [
            if key.is_empty() {
                "(none)".to_owned()
            } else {
                (*key).clone()
            },
            tokens(change.before),
            tokens(change.after),
            signed(change.saved()),
            share(change.saved(), change.before),
        ]
    });
    let header = [name, "before", "after", "saved", ""].map(str::to_owned);
    titled(header, rows.collect(), changes.len(), style)
}

/// Rows under a header, with how many more there are; `None` without rows.
fn titled<const N: usize>(
    header: [String; N],
    rows: Vec<[String; N]>,
    all: usize,
    style: Style,
) -> Option<String> {
    if rows.is_empty() {
        return None;
    }
    let more = all - rows.len();
    let table: Vec<[String; N]> = std::iter::once(header).chain(rows).collect();
    let text = table::lines(&table);
    let (head, body) = text.split_once('\n')?;
    let mut lines = vec![style.faint(head), body.to_owned()];
    if more > 0 {
        lines.push(format!("{more} more, see --json"));
    }
    Some(lines.join("\n"))
}

fn tokens(number: u64) -> String {
    count(usize::try_from(number).unwrap_or(usize::MAX))
}

/// Money for people: cents, or four digits behind the point of what is less than one.
fn amount(money: f64) -> String {
    // No minus before a zero.
    let money = if money.abs() < 0.00005 { 0.0 } else { money };
    if money.abs() < 1.0 {
        format!("{money:.4}")
    } else {
        format!("{money:.2}")
    }
}
