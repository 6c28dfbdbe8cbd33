//! What the entries of a ledger come to. Pure: the same entries and prices give the same sums wherever they
//! lie.
//!
//! The net effect is what compression saved, minus the retrieval tool's definition in every request, minus
//! the whole prompt of every hidden round. It may be negative, and then it is. Requests that were refused are
//! not billed, so they count for nothing.
//!
//! Money charges the cache. A token that was left out would mostly have been read from the provider's cache,
//! at a tenth of the price; so it is worth what the tokens of the prompt it is missing from cost on average,
//! by the provider's own figures. That is an estimate, as is every count of a model whose vocabulary is not
//! public. Where the provider gave no figures, it is worth a cached token: the least it can be.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{LedgerEntry, Price, Prices, Usage, day_of};

/// What stands for all names beyond the most that are told apart.
pub const OTHER: &str = "(other)";

/// Most tools, kinds, models and verdicts that are told apart, each.
const MAX_NAMES: usize = 200;

/// Sums over entries, added one by one.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Savings {
    /// All requests that were answered.
    pub total: Sum,
    /// Requests that were refused or never answered; in no other figure.
    pub unanswered: u64,
    /// By day (UTC).
    pub days: BTreeMap<String, Sum>,
    /// By model.
    pub models: BTreeMap<String, Sum>,
    /// By tool; blocks that name none stand under an empty name.
    pub tools: BTreeMap<String, Change>,
    /// By content kind.
    pub kinds: BTreeMap<String, Change>,
    /// Blocks by verdict.
    pub verdicts: BTreeMap<String, u64>,
}

/// What several requests come to, in tokens unless said otherwise.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Sum {
    /// Requests.
    pub requests: u64,
    /// Those of them whose tokens are estimated here, as their vocabulary is not public.
    pub estimated: u64,
    /// Those of them for which the provider said what it billed.
    pub reported: u64,
    /// What may be compressed, as the clients sent it.
    pub before: u64,
    /// As it was sent on.
    pub after: u64,
    /// Before minus after.
    pub saved: i64,
    /// The retrieval tool's definition.
    pub tool_tokens: u64,
    /// Hidden rounds.
    pub hidden_rounds: u64,
    /// Their prompts.
    pub hidden_input: u64,
    /// Their outputs.
    pub hidden_output: u64,
    /// Saved, minus the tool's definition, minus the prompts of hidden rounds.
    pub net: i64,
    /// What providers billed, hidden rounds included.
    pub usage: Usage,
    /// In money.
    pub money: Money,
    /// Milliseconds providers took.
    pub upstream_ms: u64,
    /// Microseconds Headroom added.
    pub added_us: u64,
}

/// What several requests come to in money, by list prices: an estimate. Only of requests whose model is in the
/// table.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Money {
    /// How many requests that are.
    pub requests: u64,
    /// What was billed, where the provider said so.
    pub spent: f64,
    /// What compression saved.
    pub saved: f64,
    /// What the retrieval tool's definition cost.
    pub tool: f64,
    /// What hidden rounds cost, outputs included.
    pub hidden: f64,
    /// Saved, minus the tool, minus hidden rounds.
    pub net: f64,
    /// The net in tokens of prompt at full price: what is left of it once cache prices are charged.
    pub full_price_tokens: f64,
}

/// Tokens before and after.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Change {
    /// As clients sent them.
    pub before: u64,
    /// As they were sent on.
    pub after: u64,
}

impl Change {
    /// Before minus after.
    pub fn saved(&self) -> i64 {
        difference(self.before, self.after)
    }
}

impl Savings {
    /// Adds one entry.
    pub fn add(&mut self, entry: &LedgerEntry, prices: &Prices) {
        if !entry.is_answered() {
            self.unanswered += 1;
            return;
        }
        let price = prices.of(&entry.model);
        self.total.add(entry, price);
        self.days.entry(day_of(entry.at)).or_default().add(entry, price);
        place(&mut self.models, &entry.model).add(entry, price);
        for part in &entry.parts {
            let tool = place(&mut self.tools, part.tool.as_deref().unwrap_or_default());
            tool.add(part.before, part.after);
            place(&mut self.kinds, &part.kind).add(part.before, part.after);
        }
        for (verdict, count) in &entry.verdicts {
            let sum = place(&mut self.verdicts, verdict);
            *sum = sum.saturating_add(*count);
        }
    }

    /// Models that were used and are not in the table of prices.
    pub fn unpriced(&self) -> impl Iterator<Item = &str> {
        let unpriced = self
            .models
            .iter()
            .filter(|(_, sum)| sum.money.requests < sum.requests);
        unpriced.map(|(model, _)| model.as_str())
    }
}

impl Sum {
    /// The share of the prompt that providers read from their caches, where any said so.
    pub fn cache_hit_rate(&self) -> Option<f64> {
        let prompt = self.usage.prompt();
        let read = self.usage.cache_read?;
        (prompt > 0).then(|| read as f64 / prompt as f64)
    }

    fn add(&mut self, entry: &LedgerEntry, price: Option<&Price>) {
        let hidden = entry.hidden.usage;
        let saved = difference(entry.tokens.before, entry.tokens.after);
        self.requests += 1;
        self.estimated += u64::from(!entry.tokens.exact);
        self.reported += u64::from(entry.usage.is_some());
        grow(&mut self.before, entry.tokens.before);
        grow(&mut self.after, entry.tokens.after);
        self.saved = self.saved.saturating_add(saved);
        grow(&mut self.tool_tokens, entry.tool_tokens);
        grow(&mut self.hidden_rounds, entry.hidden.rounds);
        grow(&mut self.hidden_input, hidden.prompt());
        grow(&mut self.hidden_output, hidden.output.unwrap_or_default());
        self.net = self
            .net
            .saturating_add(saved)
            .saturating_sub_unsigned(entry.tool_tokens)
            .saturating_sub_unsigned(hidden.prompt());
        if let Some(usage) = &entry.usage {
            self.usage = self.usage.plus(usage);
        }
        if let Some(price) = price {
            self.money.add(entry, saved, price);
        }
        grow(&mut self.upstream_ms, entry.upstream_ms);
        grow(&mut self.added_us, entry.added_us);
    }
}

impl Money {
    fn add(&mut self, entry: &LedgerEntry, saved: i64, price: &Price) {
        let usage = entry.usage.unwrap_or_default();
        let first = usage.without(&entry.hidden.usage);
        let each = match first.prompt() {
            0 => price.cache_read.unwrap_or(price.input) / MILLION,
            prompt => price.of_prompt(&first) / prompt as f64,
        };
        let saved = saved as f64 * each;
        let tool = entry.tool_tokens as f64 * each;
        let hidden = price.of_all(&entry.hidden.usage);
        let net = saved - tool - hidden;
        self.requests += 1;
        self.spent += price.of_all(&usage);
        self.saved += saved;
        self.tool += tool;
        self.hidden += hidden;
        self.net += net;
        if price.input > 0.0 {
            self.full_price_tokens += net * MILLION / price.input;
        }
    }
}

/// Prices are per so many tokens.
const MILLION: f64 = 1e6;

impl Price {
    /// What a prompt costs.
    fn of_prompt(&self, usage: &Usage) -> f64 {
        let parts = [
            (usage.input, Some(self.input)),
            (usage.cache_read, self.cache_read),
            (usage.cache_write_5m, self.cache_write_5m),
            (usage.cache_write_1h, self.cache_write_1h),
        ];
        let cost = parts
            .iter()
            .map(|(tokens, price)| tokens.unwrap_or_default() as f64 * price.unwrap_or(self.input));
        cost.sum::<f64>() / MILLION
    }

    /// What prompt and output cost.
    fn of_all(&self, usage: &Usage) -> f64 {
        self.of_prompt(usage) + usage.output.unwrap_or_default() as f64 * self.output / MILLION
    }
}

impl Change {
    fn add(&mut self, before: u64, after: u64) {
        grow(&mut self.before, before);
        grow(&mut self.after, after);
    }
}

/// The place of a name, or that of all others once there are too many.
fn place<'a, T: Default>(places: &'a mut BTreeMap<String, T>, name: &str) -> &'a mut T {
    let known = places.len() < MAX_NAMES || places.contains_key(name);
    places
        .entry(if known { name } else { OTHER }.to_owned())
        .or_default()
}

fn grow(sum: &mut u64, more: u64) {
    *sum = sum.saturating_add(more);
}

fn difference(before: u64, after: u64) -> i64 {
    let signed = i128::from(before) - i128::from(after);
    i64::try_from(signed).unwrap_or(if signed < 0 { i64::MIN } else { i64::MAX })
}

#[cfg(test)]
mod tests {
    use super::super::{Counted, Hidden, Part};
    use super::*;

    const NOON: u64 = 1_795_608_000_000;

    fn entry(before: u64, after: u64) -> LedgerEntry {
        LedgerEntry {
            at: NOON,
            model: "claude-sonnet-4-5".to_owned(),
            status: 200,
            tokens: Counted {
                before,
                after,
                ..Counted::default()
            },
            ..LedgerEntry::default()
        }
    }

    fn savings(entries: &[LedgerEntry]) -> Savings {
        let mut savings = Savings::default();
        for entry in entries {
            savings.add(entry, &Prices::default());
        }
        savings
    }

    fn near(got: f64, want: f64) -> bool {
        (got - want).abs() < 1e-9
    }

    #[test]
    fn law_12_hidden_rounds_and_the_tool_are_charged() {
        let mut one = entry(10_000, 4_000);
        one.tool_tokens = 200;
        one.hidden = Hidden {
            rounds: 1,
            usage: Usage {
                input: Some(1_000),
                cache_read: Some(3_500),
                output: Some(50),
                ..Usage::default()
            },
        };
        let total = savings(&[one]).total;
        assert_eq!((total.saved, total.net), (6_000, 6_000 - 200 - 4_500));
        assert_eq!((total.hidden_rounds, total.hidden_output), (1, 50));
    }

    #[test]
    fn law_12_a_loss_is_shown_as_one() {
        let mut one = entry(1_000, 990);
        one.tool_tokens = 200;
        one.usage = Some(Usage {
            input: Some(2_000),
            ..Usage::default()
        });
        let total = savings(&[one]).total;
        assert_eq!(total.net, -190);
        assert!(near(total.money.net, -190.0 * 3e-6), "{:?}", total.money);
        assert!(near(total.money.full_price_tokens, -190.0));
        assert_eq!(savings(&[entry(100, 150)]).total.saved, -50);
    }

    #[test]
    fn law_12_what_is_left_out_of_a_cached_prompt_is_worth_cached_tokens() {
        let mut one = entry(10_000, 5_000);
        one.usage = Some(Usage {
            input: Some(0),
            cache_read: Some(20_000),
            output: Some(100),
            ..Usage::default()
        });
        let money = savings(&[one.clone()]).total.money;
        assert!(near(money.net, 5_000.0 * 0.3e-6), "{money:?}");
        assert!(near(money.full_price_tokens, 500.0));
        assert!(near(money.spent, 20_000.0 * 0.3e-6 + 100.0 * 15e-6));
        // Written to the cache, it would have cost more than at full price.
        one.usage = Some(Usage {
            cache_write_5m: Some(10_000),
            cache_write_1h: Some(10_000),
            ..Usage::default()
        });
        let money = savings(&[one.clone()]).total.money;
        assert!(near(money.full_price_tokens, 5_000.0 * (3.75 + 6.0) / 2.0 / 3.0));
        one.usage = None;
        let money = savings(&[one]).total.money;
        assert!(near(money.full_price_tokens, 500.0), "the least it can be");
    }

    #[test]
    fn hidden_rounds_cost_their_own_price_and_do_not_colour_the_first_round() {
        let mut one = entry(2_000, 1_000);
        let hidden = Usage {
            cache_read: Some(5_000),
            output: Some(10),
            ..Usage::default()
        };
        one.hidden = Hidden {
            rounds: 1,
            usage: hidden,
        };
        one.usage = Some(hidden.plus(&Usage {
            input: Some(5_000),
            output: Some(90),
            ..Usage::default()
        }));
        let money = savings(&[one]).total.money;
        assert!(near(money.saved, 1_000.0 * 3e-6));
        assert!(near(money.hidden, 5_000.0 * 0.3e-6 + 10.0 * 15e-6));
    }

    #[test]
    fn what_was_refused_counts_for_nothing() {
        let refused = [429, 500, 0].map(|status| LedgerEntry {
            status,
            ..entry(10_000, 1)
        });
        let savings = savings(&refused);
        assert_eq!((savings.unanswered, savings.total), (3, Sum::default()));
    }

    #[test]
    fn sums_are_kept_by_day_model_tool_kind_and_verdict() {
        let part = |tool: Option<&str>, kind: &str| Part {
            tool: tool.map(str::to_owned),
            kind: kind.to_owned(),
            before: 10,
            after: 4,
        };
        let mut one = entry(30, 12);
        one.parts = vec![
            part(Some("bash"), "log"),
            part(Some("bash"), "json"),
            part(None, "log"),
        ];
        one.verdicts = BTreeMap::from([("lossless".to_owned(), 2), ("below_min".to_owned(), 1)]);
        let mut two = entry(5, 5);
        two.at = NOON + 24 * 60 * 60 * 1000;
        two.model = "llama".to_owned();
        two.usage = Some(Usage {
            input: Some(25),
            cache_read: Some(75),
            ..Usage::default()
        });
        let savings = savings(&[one, two]);
        let days: Vec<_> = savings.days.keys().collect();
        assert_eq!(days, ["2026-11-25", "2026-11-26"]);
        assert_eq!(savings.unpriced().collect::<Vec<_>>(), ["llama"]);
        assert_eq!(savings.tools["bash"], Change { before: 20, after: 8 });
        assert_eq!(savings.tools[""].saved(), 6);
        assert_eq!(savings.kinds["log"].saved(), 12);
        assert_eq!(savings.verdicts["lossless"], 2);
        assert_eq!(savings.total.cache_hit_rate(), Some(0.75));
        assert_eq!(savings.days["2026-11-25"].cache_hit_rate(), None);
        assert_eq!((savings.total.requests, savings.total.money.requests), (2, 1));
    }

    #[test]
    fn names_without_end_and_sums_beyond_measure_do_no_harm() {
        let mut all = Savings::default();
        for n in 0..1_000 {
            let mut one = entry(u64::MAX, 0);
            one.model = format!("model {n}");
            one.tool_tokens = u64::MAX;
            all.add(&one, &Prices::default());
        }
        assert_eq!(all.models.len(), MAX_NAMES + 1);
        assert_eq!(all.models[OTHER].requests, 800);
        assert_eq!(all.total.before, u64::MAX);
    }
}
