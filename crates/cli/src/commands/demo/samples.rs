//! The demo's tool outputs, made here from a seed: the same on every machine, nobody's data.

use serde_json::{Map, Value, json};

/// One tool call: what was asked, what was called, what came back.
#[derive(Debug)]
pub(super) struct Sample {
    pub(super) question: &'static str,
    pub(super) tool: &'static str,
    pub(super) output: String,
    /// Lines of the result that are worth showing.
    pub(super) lines: usize,
}

/// The samples, in the order of the demo.
pub(super) fn all() -> [Sample; 3] {
    let mut dice = Dice(2_024);
    [
        Sample {
            question: "Which orders failed, and why?",
            tool: "list_orders",
            output: orders(&mut dice).to_string(),
            lines: 30,
        },
        Sample {
            question: "Why was the payment of ORD-2058 refused?",
            tool: "get_event",
            // Many tools print for people.
            output: format!("{:#}", event(&mut dice)),
            lines: 12,
        },
        Sample {
            question: "What does the cache hold for cart:41?",
            tool: "dump_cache",
            output: cache(&mut dice).to_string(),
            lines: 12,
        },
    ]
}

/// The samples as one conversation in the shape of OpenAI's chat completions.
pub(super) fn conversation(samples: &[Sample]) -> String {
    let mut messages = vec![json!({ "role": "system", "content": "You are a helpful assistant." })];
    for (index, sample) in samples.iter().enumerate() {
        let id = format!("call_{index}");
        let function = json!({ "name": sample.tool, "arguments": "{}" });
        let call = json!({ "id": id, "type": "function", "function": function });
        messages.push(json!({ "role": "user", "content": sample.question }));
        messages.push(json!({ "role": "assistant", "content": null, "tool_calls": [call] }));
        messages.push(json!({ "role": "tool", "tool_call_id": id, "content": sample.output }));
    }
    Value::Array(messages).to_string()
}

/// xorshift: enough for samples.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 16) % sides
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        let sides = from.len() as u64;
        usize::try_from(self.roll(sides))
            .ok()
            .and_then(|side| from.get(side))
            .copied()
            .unwrap_or_default()
    }

    fn hex(&mut self, digits: usize) -> String {
        (0..digits)
            .filter_map(|_| char::from_digit(u32::try_from(self.roll(16)).ok()?, 16))
            .collect()
    }
}

const CUSTOMERS: [&str; 8] = [
    "Aster Trading",
    "Birch & Sons",
    "Cedar Labs",
    "Dahlia Foods",
    "Elm Street Books",
    "Fern Outdoor",
    "Ginkgo Systems",
    "Hazel Studio",
];
const CITIES: [&str; 6] = ["Lisbon", "Oslo", "Vienna", "Turin", "Ghent", "Porto"];

/// Two of a hundred failed, and one costs far more than the others.
fn orders(dice: &mut Dice) -> Value {
    let order = |number: u64| {
        let status = match number {
            2_037 | 2_058 => "failed",
            _ if dice.roll(9) == 0 => "processing",
            _ => "shipped",
        };
        let error = match number {
            2_037 => json!("address could not be verified: unknown postal code"),
            2_058 => json!("payment refused: card expired"),
            _ => Value::Null,
        };
        let total = if number == 2_071 {
            48_900.0
        } else {
            (2_000 + dice.roll(18_000)) as f64 / 100.0
        };
        json!({
            "number": format!("ORD-{number}"),
            "status": status,
            "error": error,
            "total": total,
            "currency": "EUR",
            "customer": { "name": dice.pick(&CUSTOMERS), "city": dice.pick(&CITIES) },
            "items": 1 + dice.roll(6),
            "created_at": format!("2026-03-{:02}T{:02}:{:02}:00Z", 1 + (number - 2_001) / 4, dice.roll(24), dice.roll(60)),
            "id": format!("ord_{}", dice.hex(12)),
            "url": format!("https://shop.example.com/api/orders/ORD-{number}"),
        })
    };
    let orders: Vec<Value> = (2_001..=2_100).map(order).collect();
    json!({ "object": "list", "has_more": true, "orders": orders })
}

/// Deep, mostly empty, with what matters at the bottom.
fn event(dice: &mut Dice) -> Value {
    let lines: Vec<Value> = (1..=6)
        .map(|position| {
            json!({
                "position": position, "sku": format!("SKU-{}", dice.roll(90_000) + 10_000),
                "quantity": 1 + dice.roll(3), "unit_amount": 100 * (1 + dice.roll(90)), "currency": "eur",
                "discount": null, "tax": { "rate": 21, "inclusive": true, "jurisdiction": null },
            })
        })
        .collect();
    let attempts: Vec<Value> = (1..=3)
        .map(|attempt| {
            json!({
                "attempt": attempt, "at": format!("2026-03-15T09:{:02}:12Z", attempt * 10), "status": "refused",
                "network": { "code": "54", "message": "card expired", "advice": "do_not_retry" },
            })
        })
        .collect();
    let address = json!({ "line1": "1 Example Square", "line2": null, "city": "Ghent", "country": "BE", "state": null });
    json!({
        "id": format!("evt_{}", dice.hex(16)), "type": "payment.refused", "api_version": "2026-01-01",
        "created_at": "2026-03-15T09:30:14Z", "livemode": true, "pending_webhooks": 1,
        "data": { "object": {
            "order": "ORD-2058", "amount": 18_240, "currency": "eur", "customer": { "name": "Fern Outdoor",
                "billing": { "address": address, "tax_id": null }, "shipping": { "address": address, "carrier": null } },
            "lines": lines, "attempts": attempts,
            "metadata": {}, "refunds": [], "dispute": null, "next_action": null, "review": null,
        } },
        "request": { "id": null, "idempotency_key": null },
    })
}

/// One key of eighty is asked for.
fn cache(dice: &mut Dice) -> Value {
    let entry = |number: u64| {
        (
            format!("cart:{number}"),
            json!(format!("{}-{}", dice.hex(8), dice.hex(12))),
        )
    };
    Value::Object((1..=80).map(entry).collect::<Map<_, _>>())
}
