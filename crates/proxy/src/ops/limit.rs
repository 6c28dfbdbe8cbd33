//! How much may be asked for: requests and tokens a minute for each credential, tokens a day for all.
//!
//! A credential is known by a hash with a key of this process, in memory alone. A bucket holds one minute's worth
//! and fills evenly. What a request costs is known when it is over, so a bucket may fall below zero; nothing is let
//! through until it is above again.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use headroom_store::Vault;
use headroom_store::ledger::LedgerEntry;
use hyper::http::HeaderMap;

use crate::options::LimitOptions;

/// Headers that say who pays, in this order.
const CREDENTIALS: [&str; 4] = ["authorization", "x-api-key", "x-goog-api-key", "api-key"];

/// Credentials that are told apart: a client that sends a new one with every request shall not fill the memory.
const MAX_CREDENTIALS: usize = 10_000;

const MINUTE: f64 = 60.0;
const DAY_MS: u64 = 24 * 60 * 60 * 1000;

/// Whose request it is: a hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Credential([u8; 16]);

/// See the module.
pub(super) struct Limits {
    options: LimitOptions,
    key: [u8; 32],
    buckets: Mutex<HashMap<Credential, Buckets>>,
    today: Mutex<Today>,
}

/// What one credential has left.
#[derive(Debug, Clone, Copy)]
struct Buckets {
    requests: f64,
    tokens: f64,
    filled: Instant,
}

/// What was spent today.
#[derive(Debug, Clone, Copy, Default)]
struct Today {
    /// Days since 1970.
    day: u64,
    tokens: u64,
}

impl Limits {
    /// Full buckets; the day begins with what the ledger has of it.
    pub(super) fn new(options: &LimitOptions, vault: &dyn Vault) -> Self {
        // Nobody outside knows the moment and the address of a value.
        let moment = format!("{:?} {:p}", SystemTime::now(), options);
        Self {
            options: *options,
            key: *blake3::hash(moment.as_bytes()).as_bytes(),
            buckets: Mutex::default(),
            today: Mutex::new(match options.tokens_per_day {
                Some(_) => Today::so_far(vault, now_ms()),
                None => Today::default(),
            }),
        }
    }

    /// False where nothing is limited: then nothing is looked at.
    pub(super) fn any(&self) -> bool {
        self.options != LimitOptions::default()
    }

    /// Who pays for a request with these headers.
    pub(super) fn credential(&self, headers: &HeaderMap) -> Credential {
        let given = CREDENTIALS.iter().find_map(|name| headers.get(*name));
        let hash = blake3::keyed_hash(&self.key, given.map_or(b"", |value| value.as_bytes()));
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&hash.as_bytes()[..16]);
        Credential(bytes)
    }

    /// Lets a request in, or says what is used up and when to come again.
    pub(super) fn admit(&self, credential: Credential) -> Result<(), (&'static str, Duration)> {
        self.admit_at(credential, Instant::now(), now_ms())
    }

    fn admit_at(
        &self,
        credential: Credential,
        now: Instant,
        ms: u64,
    ) -> Result<(), (&'static str, Duration)> {
        if let Some(limit) = self.options.tokens_per_day
            && self.spent_on(ms) >= limit
        {
            let left = Duration::from_millis(DAY_MS - ms % DAY_MS);
            return Err(("the tokens of this day are used up", left));
        }
        let (requests, tokens) = self.rates();
        if requests.is_infinite() && tokens.is_infinite() {
            return Ok(());
        }
        let mut all = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= MAX_CREDENTIALS && !all.contains_key(&credential) {
            make_room(&mut all, requests, tokens, now);
        }
        let buckets = all.entry(credential).or_insert(Buckets {
            requests,
            tokens,
            filled: now,
        });
        buckets.fill(requests, tokens, now);
        let wait = |missing: f64, rate: f64| Duration::from_secs_f64((missing * MINUTE / rate).max(0.0));
        if buckets.requests < 1.0 {
            return Err((
                "too many requests in this minute",
                wait(1.0 - buckets.requests, requests),
            ));
        }
        if buckets.tokens <= 0.0 {
            return Err((
                "too many tokens in this minute",
                wait(1.0 - buckets.tokens, tokens),
            ));
        }
        buckets.requests -= 1.0;
        Ok(())
    }

    /// A request is over; what it cost is taken from what is left. Where the provider said nothing, what was sent
    /// counts.
    pub(super) fn spend(&self, credential: Option<Credential>, entry: &LedgerEntry) {
        let tokens = cost(entry);
        if self.options.tokens_per_day.is_some() {
            let mut today = self.today(now_ms());
            today.tokens = today.tokens.saturating_add(tokens);
        }
        if let (Some(credential), Some(_)) = (credential, self.options.tokens_per_minute) {
            let mut all = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(buckets) = all.get_mut(&credential) {
                buckets.tokens -= tokens as f64;
            }
        }
    }

    /// What a minute gives.
    fn rates(&self) -> (f64, f64) {
        let requests = self.options.requests_per_minute.map_or(f64::INFINITY, f64::from);
        let tokens = self
            .options
            .tokens_per_minute
            .map_or(f64::INFINITY, |tokens| tokens as f64);
        (requests, tokens)
    }

    fn spent_on(&self, ms: u64) -> u64 {
        self.today(ms).tokens
    }

    /// The day's account.
    fn today(&self, ms: u64) -> MutexGuard<'_, Today> {
        let mut today = self.today.lock().unwrap_or_else(PoisonError::into_inner);
        let day = ms / DAY_MS;
        if today.day != day {
            *today = Today { day, tokens: 0 };
        }
        today
    }
}

impl Today {
    fn so_far(vault: &dyn Vault, ms: u64) -> Self {
        let day = ms / DAY_MS;
        let mut tokens: u64 = 0;
        let mut add = |entry: LedgerEntry| tokens = tokens.saturating_add(cost(&entry));
        if let Err(error) = vault.read(day * DAY_MS..(day + 1) * DAY_MS, &mut add) {
            tracing::warn!(%error, "the tokens of this day count from now on");
        }
        Self { day, tokens }
    }
}

impl Buckets {
    fn fill(&mut self, requests: f64, tokens: f64, now: Instant) {
        let minutes = now.saturating_duration_since(self.filled).as_secs_f64() / MINUTE;
        self.requests = (self.requests + requests * minutes).min(requests);
        self.tokens = (self.tokens + tokens * minutes).min(tokens);
        self.filled = now;
    }
}

/// Forgets the credentials that have everything left, which costs nobody anything; if there are none, all: then
/// somebody floods, and the memory comes first.
fn make_room(all: &mut HashMap<Credential, Buckets>, requests: f64, tokens: f64, now: Instant) {
    all.retain(|_, buckets| {
        buckets.fill(requests, tokens, now);
        buckets.requests < requests || buckets.tokens < tokens
    });
    if all.len() >= MAX_CREDENTIALS {
        all.clear();
    }
}

/// What a request cost, in tokens.
fn cost(entry: &LedgerEntry) -> u64 {
    match &entry.usage {
        Some(usage) => usage.prompt().saturating_add(usage.output.unwrap_or_default()),
        None if entry.is_answered() => entry.tokens.after,
        None => 0,
    }
}

fn now_ms() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_millis() as u64)
}

#[cfg(test)]
mod tests {
    use headroom_store::MemoryVault;
    use headroom_store::ledger::{Counted, Ledger, Usage};

    use super::*;

    fn limits(options: LimitOptions, vault: &MemoryVault) -> Limits {
        Limits::new(&options, vault)
    }

    fn spent(tokens: u64) -> LedgerEntry {
        LedgerEntry {
            status: 200,
            usage: Some(Usage {
                input: Some(tokens),
                ..Usage::default()
            }),
            ..LedgerEntry::default()
        }
    }

    fn who(limits: &Limits, key: &'static str) -> Credential {
        let mut headers = HeaderMap::new();
        headers.insert("x-api-key", key.parse().unwrap());
        limits.credential(&headers)
    }

    #[test]
    fn a_minute_gives_so_many_requests_to_each_credential() {
        let limits = limits(
            LimitOptions {
                requests_per_minute: Some(2),
                ..LimitOptions::default()
            },
            &MemoryVault::default(),
        );
        let (anna, bob, begin) = (who(&limits, "anna"), who(&limits, "bob"), Instant::now());
        let at = |who, seconds| limits.admit_at(who, begin + Duration::from_secs(seconds), 0);
        assert_eq!((at(anna, 0), at(anna, 0)), (Ok(()), Ok(())));
        let (why, wait) = at(anna, 0).unwrap_err();
        assert!(why.contains("requests"), "{why}");
        assert_eq!(wait, Duration::from_secs(30));
        assert_eq!(at(bob, 0), Ok(()));
        assert_eq!(at(anna, 31), Ok(()));
        assert!(at(anna, 31).is_err());
        assert!(at(anna, 1_000).is_ok() && at(anna, 1_000).is_ok() && at(anna, 1_000).is_err());
    }

    #[test]
    fn tokens_beyond_the_minute_are_waited_for() {
        let limits = limits(
            LimitOptions {
                tokens_per_minute: Some(600),
                ..LimitOptions::default()
            },
            &MemoryVault::default(),
        );
        let (anna, begin) = (who(&limits, "anna"), Instant::now());
        let at = |seconds| limits.admit_at(anna, begin + Duration::from_secs(seconds), 0);
        assert_eq!(at(0), Ok(()));
        limits.spend(Some(anna), &spent(1_200));
        let wait = at(0).unwrap_err().1;
        assert!((60..62).contains(&wait.as_secs()), "{wait:?}");
        assert!(at(59).is_err());
        assert_eq!(at(61), Ok(()));
    }

    #[test]
    fn a_day_begins_with_what_the_ledger_has_and_ends_at_midnight() {
        let vault = MemoryVault::default();
        let today = now_ms();
        let earlier = LedgerEntry {
            at: today - today % DAY_MS,
            status: 200,
            tokens: Counted {
                after: 70,
                ..Counted::default()
            },
            ..LedgerEntry::default()
        };
        vault.append(&[earlier]).unwrap();
        let limits = limits(
            LimitOptions {
                tokens_per_day: Some(100),
                ..LimitOptions::default()
            },
            &vault,
        );
        let (anna, now) = (who(&limits, "anna"), Instant::now());
        let noon = today - today % DAY_MS + DAY_MS / 2;
        assert_eq!(limits.admit_at(anna, now, noon), Ok(()));
        limits.spend(None, &spent(30));
        let wait = limits.admit_at(anna, now, noon).unwrap_err().1;
        assert_eq!(wait, Duration::from_hours(12));
        assert_eq!(limits.admit_at(anna, now, noon + DAY_MS), Ok(()));
    }

    #[test]
    fn credentials_without_end_do_not_fill_the_memory() {
        let limits = limits(
            LimitOptions {
                requests_per_minute: Some(1),
                ..LimitOptions::default()
            },
            &MemoryVault::default(),
        );
        let now = Instant::now();
        for number in 0..25_000_u64 {
            let mut bytes = [0; 16];
            bytes[..8].copy_from_slice(&number.to_le_bytes());
            assert_eq!(limits.admit_at(Credential(bytes), now, 0), Ok(()));
        }
        assert!(limits.buckets.lock().unwrap().len() <= MAX_CREDENTIALS);
    }
}
