//! What is known of a cached content, as all proxies on one store share it. Neither texts nor credentials are in
//! it: they are only hashed into its key.

use headroom_store::Vault;
use serde::{Deserialize, Serialize};

/// Under which a record lies.
pub(super) type Key = [u8; 16];

/// What ends within so many seconds is over: a request takes its time to get there.
const MARGIN: u64 = 5;

/// What is known of it. Times are in seconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub(super) enum State {
    /// A request had it.
    Seen { at: u64 },
    /// The provider did not want it, or could not take it.
    Resting { until: u64 },
    /// It lies with the provider.
    Held {
        /// By this name.
        name: String,
        /// So long.
        until: u64,
        /// The proxy that asked for that last, and deletes it at its end.
        keeper: String,
    },
}

/// What a request that has such content asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Due {
    /// It is remembered that there was one.
    Note,
    /// Nothing.
    Nothing,
    /// It comes again soon enough to be worth its price.
    Create,
    /// It is named.
    Name(String),
    /// It is named, and is to live on.
    Renew(String),
}

impl State {
    /// What is due where this is known, for content that lives `ttl` seconds.
    pub(super) fn due(known: Option<&Self>, now: u64, ttl: u64) -> Due {
        match known {
            Some(Self::Resting { until }) if now < *until => Due::Nothing,
            None | Some(Self::Resting { .. }) => Due::Note,
            // What comes less often than it would live costs more than it saves.
            Some(Self::Seen { at }) if now.saturating_sub(*at) > ttl => Due::Note,
            Some(Self::Seen { .. }) => Due::Create,
            Some(Self::Held { until, .. }) if *until <= now + MARGIN => Due::Create,
            Some(Self::Held { name, until, .. }) if until - now < ttl / 2 => Due::Renew(name.clone()),
            Some(Self::Held { name, .. }) => Due::Name(name.clone()),
        }
    }

    /// The name of what can be used now.
    pub(super) fn name(&self, now: u64) -> Option<&str> {
        match self {
            Self::Held { name, until, .. } if *until > now + MARGIN => Some(name),
            _ => None,
        }
    }
}

/// What is known under a key; what cannot be read is not known.
pub(super) fn read(vault: &dyn Vault, key: Key) -> Option<State> {
    let record = vault.get_record(key).ok()??;
    serde_json::from_slice(&record).ok()
}

/// Remembers a state. Without it content is made once more, or lives to its end.
pub(super) fn write(vault: &dyn Vault, key: Key, state: &State) {
    let written = serde_json::to_vec(state).map(|record| vault.put_record(key, &record));
    if let Ok(Err(error)) = written {
        tracing::warn!(%error, "what Gemini holds is not remembered");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TTL: u64 = 300;

    fn held(until: u64) -> State {
        State::Held {
            name: "n".to_owned(),
            until,
            keeper: "k".to_owned(),
        }
    }

    #[test]
    fn content_is_made_when_it_comes_again_in_time() {
        let due = |state: Option<State>| State::due(state.as_ref(), 1000, TTL);
        assert_eq!(due(None), Due::Note);
        assert_eq!(due(Some(State::Seen { at: 700 })), Due::Create);
        assert_eq!(due(Some(State::Seen { at: 699 })), Due::Note);
        assert_eq!(due(Some(State::Resting { until: 1001 })), Due::Nothing);
        assert_eq!(due(Some(State::Resting { until: 1000 })), Due::Note);
    }

    #[test]
    fn content_is_used_renewed_in_its_second_half_and_made_anew_at_its_end() {
        let due = |until| State::due(Some(&held(until)), 1000, TTL);
        assert_eq!(due(1300), Due::Name("n".to_owned()));
        assert_eq!(due(1150), Due::Name("n".to_owned()));
        assert_eq!(due(1149), Due::Renew("n".to_owned()));
        assert_eq!(due(1006), Due::Renew("n".to_owned()));
        assert_eq!(due(1005), Due::Create);
        assert_eq!(due(3), Due::Create);
        assert_eq!((held(1006).name(1000), held(1005).name(1000)), (Some("n"), None));
    }
}
