//! The ledger: the entries of a day, sorted by their time.

use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Duration;

use headroom::error::Error;

use super::pool::send;
use super::{MAX_EXPIRY, RedisVault, expire};
use crate::ledger::{Ledger, LedgerEntry, day_of};

/// Milliseconds of a day.
const DAY: u64 = 24 * 60 * 60 * 1000;

/// Entries read at a time.
const PAGE: usize = 1_000;

/// Days after today that are looked at: clocks of several machines differ.
const AHEAD: u64 = 1;

impl Ledger for RedisVault {
    /// An entry that stands there already, word for word, is not added again.
    fn append(&self, entries: &[LedgerEntry]) -> Result<(), Error> {
        let mut days: BTreeMap<String, Vec<(u64, String)>> = BTreeMap::new();
        for entry in entries {
            if let Ok(json) = serde_json::to_string(&entry.bounded()) {
                days.entry(key_of(entry.at)).or_default().push((entry.at, json));
            }
        }
        if days.is_empty() {
            return Ok(());
        }
        // The last entry of a day stays as long as asked for, the first a day longer.
        let expiry = self
            .options
            .ledger_max_age
            .saturating_add(Duration::from_millis(DAY));
        let expiry = expiry.min(MAX_EXPIRY).as_secs();
        self.run("cannot write the ledger", |connection| {
            let mut batch = redis::pipe();
            for (key, entries) in &days {
                let add = batch.cmd("ZADD").arg(key);
                for (at, json) in entries {
                    add.arg(*at).arg(json);
                }
                batch.add_command(expire(key, expiry));
            }
            send(&batch, connection).map(drop)
        })
    }

    fn read(&self, span: Range<u64>, each: &mut dyn FnMut(LedgerEntry)) -> Result<(), Error> {
        for day in self.days(&span) {
            let key = key_of(day);
            let mut from = 0;
            loop {
                let page: Vec<String> = self.run("cannot read the ledger", |connection| {
                    let mut command = redis::cmd("ZRANGE");
                    Ok(command
                        .arg(&key)
                        .arg(from)
                        .arg(from + PAGE - 1)
                        .query(connection)?)
                })?;
                let entries = page.iter().filter_map(|json| parse(json));
                entries
                    .filter(|entry| span.contains(&entry.at))
                    .for_each(&mut *each);
                if page.len() < PAGE {
                    break;
                }
                from += PAGE;
            }
        }
        Ok(())
    }

    fn recent(&self, count: usize) -> Result<Vec<LedgerEntry>, Error> {
        let mut found = Vec::new();
        for day in self.days(&(0..u64::MAX)).rev() {
            if found.len() >= count {
                break;
            }
            let left = count - found.len();
            let page: Vec<String> = self.run("cannot read the ledger", |connection| {
                let mut command = redis::cmd("ZREVRANGE");
                Ok(command.arg(key_of(day)).arg(0).arg(left - 1).query(connection)?)
            })?;
            found.extend(page.iter().filter_map(|json| parse(json)));
        }
        Ok(found)
    }
}

impl RedisVault {
    /// The days of a span that may have entries, each as a time in it.
    fn days(&self, span: &Range<u64>) -> impl DoubleEndedIterator<Item = u64> + use<> {
        let today = u64::try_from(self.options.clock.now())
            .unwrap_or_default()
            .saturating_mul(1_000)
            / DAY;
        let kept = self.options.ledger_max_age.min(MAX_EXPIRY).as_secs() * 1_000 / DAY + 1;
        let first = (span.start / DAY).max(today.saturating_sub(kept));
        let last = (span.end.saturating_sub(1) / DAY).min(today + AHEAD);
        let days = if span.is_empty() { 0..0 } else { first..last + 1 };
        days.map(|day| day * DAY)
    }
}

/// The key of the day a time is in.
fn key_of(at: u64) -> String {
    format!("{}{{{}}}", super::survey::LEDGER, day_of(at))
}

fn parse(json: &str) -> Option<LedgerEntry> {
    serde_json::from_str(json).ok()
}
