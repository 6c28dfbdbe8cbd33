//! Cached contents of Gemini: what all requests begin with lies with the provider and is named instead of sent.
//!
//! | file | what |
//! |---|---|
//! | `split` | what of a request can lie there, and the request without it |
//! | `place` | where a model's cached contents are, and who may ask for them |
//! | `record` | what is known of one, shared by all proxies on a store |
//! | `api` | the calls that make, prolong and delete one |
//!
//! Only system prompts, tools and their settings are held: they are the same in every conversation, while messages
//! are each one's own and grow. No request waits for any of this. The one that makes content worth holding is sent as
//! it is while the content is made; later ones name it. One whose name is refused is sent again as it is, which is
//! all that can go wrong for a client. What nobody uses ends by itself; what this proxy has made or prolonged it
//! deletes when it ends, as storage is paid for by the hour.

mod api;
mod place;
mod record;
mod split;

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use headroom::format::Format;
use headroom::tokens::Encoding;
use headroom_store::{Clock, Vault};
use hyper::StatusCode;
use hyper::http::HeaderMap;
use tokio::task::JoinSet;

use crate::app::App;
use crate::engine::{Call, CallKind};
use crate::observe::Observation;
use crate::providers::Route;
use api::Failed;
use place::Place;
use record::{Due, Key, State};
use split::Split;

/// The least that is held, in tokens as they are estimated here: the most that any model asks for.
const LEAST_TOKENS: usize = 4096;

/// How long nothing is tried after a refusal that would come again, in seconds.
const LONG_REST: u64 = 24 * 60 * 60;

/// How long nothing is tried after any other failure, in seconds.
const SHORT_REST: u64 = 5 * 60;

/// Most that are deleted at the end; the others end by themselves.
const MOST_KEPT: usize = 1000;

/// How long the end may take, for each of its two steps.
const PATIENCE: Duration = Duration::from_secs(5);

/// See the module.
pub(crate) struct CachedContents {
    /// How long one lives without being used, in seconds; `None`: none are made.
    ttl: Option<u64>,
    /// This process, in records.
    keeper: String,
    vault: Arc<dyn Vault>,
    clock: Clock,
    /// What a task is at work on.
    busy: Mutex<HashSet<Key>>,
    /// What this process has made or prolonged.
    kept: Mutex<HashMap<Key, Kept>>,
    tasks: Mutex<JoinSet<()>>,
}

/// What is to be deleted at the end.
struct Kept {
    place: Place,
    name: String,
    /// It ends by itself then, in seconds since 1970.
    until: u64,
}

/// Who asks for content, where, and for whom it is billed.
pub(crate) struct Asker {
    place: Place,
    observation: Observation,
}

/// A request that names what is held.
pub(crate) struct Named {
    /// The request.
    pub(crate) body: String,
    key: Key,
    name: String,
}

impl CachedContents {
    /// Nothing is made where `ttl`, in seconds, is `None`. `keeper`: unique to this proxy.
    pub(crate) fn new(ttl: Option<u64>, keeper: String, vault: Arc<dyn Vault>) -> Self {
        Self {
            ttl,
            keeper,
            vault,
            clock: Clock::system(),
            busy: Mutex::default(),
            kept: Mutex::default(),
            tasks: Mutex::default(),
        }
    }

    /// Who asks for content with such a request; `None` where there is nothing of the kind.
    pub(crate) fn asker(
        &self,
        route: &Route,
        call: &Call,
        headers: &HeaderMap,
        observation: &Observation,
    ) -> Option<Asker> {
        self.ttl?;
        if (call.format, call.kind) != (Format::Gemini, CallKind::Generate) {
            return None;
        }
        Some(Asker {
            place: Place::of(route, headers)?,
            observation: observation.clone(),
        })
    }

    /// Forgets what a request named in vain, with this status, so that it is not tried again too soon.
    pub(crate) fn refused(&self, app: &App, named: &Named, status: StatusCode) {
        app.ops.cached_content("refused");
        let (now, ttl) = (self.now(), self.ttl.unwrap_or_default());
        tracing::warn!(name = named.name, %status, "Gemini does not take what it held; requests go on without");
        // Gone, or not to be used so at all.
        let rest = if status == StatusCode::BAD_REQUEST {
            LONG_REST
        } else {
            ttl
        };
        lock(&self.kept).remove(&named.key);
        if record::read(&*self.vault, named.key).is_some_and(|state| state.name(now) == Some(&named.name)) {
            record::write(&*self.vault, named.key, &State::Resting { until: now + rest });
        }
    }

    /// Waits for what is under way, then deletes what this proxy keeps, as far as there is time.
    pub(crate) async fn close(&self, app: &Arc<App>) {
        let mut tasks = std::mem::take(&mut *lock(&self.tasks));
        let ended = tokio::time::timeout(PATIENCE, async { while tasks.join_next().await.is_some() {} });
        drop(ended.await);
        let mut deletions = JoinSet::new();
        for (key, kept) in std::mem::take(&mut *lock(&self.kept)) {
            let app = Arc::clone(app);
            deletions.spawn(async move { app.contents.delete(&app, key, &kept).await });
        }
        let ended = tokio::time::timeout(PATIENCE, async { while deletions.join_next().await.is_some() {} });
        if ended.await.is_err() {
            tracing::warn!("not all that Gemini holds was deleted; it ends by itself");
        }
    }

    async fn delete(&self, app: &App, key: Key, kept: &Kept) {
        let (now, name) = (self.now(), &kept.name);
        let is_ours = |known: Option<State>| match known {
            // Another proxy may have prolonged it, and deletes it at its own end.
            Some(State::Held { keeper, .. }) => keeper == self.keeper,
            Some(_) => false,
            None => true,
        };
        let let_go = || {
            let is_ours = kept.until > now && is_ours(record::read(&*self.vault, key));
            if is_ours {
                // From now on nobody shall name it.
                record::write(&*self.vault, key, &State::Seen { at: now });
            }
            is_ours
        };
        if !tokio::task::block_in_place(let_go) {
            return;
        }
        match api::delete(app, &kept.place, name).await {
            Ok(()) => {
                app.ops.cached_content("deleted");
                tracing::info!(name, "Gemini no longer holds what requests begin with");
            }
            Err(why) => tracing::warn!(
                name,
                why = why.words(),
                "what Gemini holds was not deleted; it ends by itself"
            ),
        }
    }

    fn now(&self) -> u64 {
        self.clock.now().unsigned_abs()
    }

    /// Starts a task for a key unless there is one.
    fn begin(&self, app: &Arc<App>, key: Key, work: impl Future<Output = ()> + Send + 'static) {
        if !lock(&self.busy).insert(key) {
            return;
        }
        let app = Arc::clone(app);
        let mut tasks = lock(&self.tasks);
        // Those that are over would pile up.
        while tasks.try_join_next().is_some() {}
        tasks.spawn(async move {
            work.await;
            lock(&app.contents.busy).remove(&key);
        });
    }

    /// Remembers what lies with the provider from now on.
    fn keep(&self, key: Key, place: &Place, name: &str, lifetime: u64) {
        let now = self.now();
        let until = now + lifetime;
        let state = State::Held {
            name: name.to_owned(),
            until,
            keeper: self.keeper.clone(),
        };
        record::write(&*self.vault, key, &state);
        let mut kept = lock(&self.kept);
        kept.retain(|_, other| other.until > now);
        if kept.len() < MOST_KEPT {
            let (place, name) = (place.clone(), name.to_owned());
            kept.insert(key, Kept { place, name, until });
        }
    }
}

impl Asker {
    /// The request with a name in place of what the provider holds of it; `None` where it is to be sent as it is.
    /// Uses the store, and starts what is due.
    pub(crate) fn name(self: &Arc<Self>, app: &Arc<App>, body: &[u8]) -> Option<Named> {
        let contents = &app.contents;
        let ttl = contents.ttl?;
        let body = std::str::from_utf8(body).ok()?;
        let split = Split::of(body)?;
        let held = split.held();
        if Encoding::for_model(&self.place.model).count(&held) < LEAST_TOKENS {
            return None;
        }
        let (key, now) = (self.key(&held), contents.now());
        let known = record::read(&*contents.vault, key);
        let name = match State::due(known.as_ref(), now, ttl) {
            Due::Note => {
                record::write(&*contents.vault, key, &State::Seen { at: now });
                return None;
            }
            Due::Nothing => return None,
            Due::Create => {
                contents.begin(app, key, Arc::clone(self).create(Arc::clone(app), key, held, ttl));
                return None;
            }
            Due::Renew(name) => {
                contents.begin(
                    app,
                    key,
                    Arc::clone(self).renew(Arc::clone(app), key, name.clone(), ttl),
                );
                name
            }
            Due::Name(name) => name,
        };
        let body = split.naming(body, &name)?;
        app.ops.cached_content("named");
        Some(Named { body, key, name })
    }

    /// What is said, to whom and by whom.
    fn key(&self, held: &str) -> Key {
        let mut hasher = blake3::Hasher::new_derive_key("headroom cached content 1");
        self.place.hash(&mut hasher);
        hasher.update(held.as_bytes());
        let mut key = Key::default();
        key.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
        key
    }

    async fn create(self: Arc<Self>, app: Arc<App>, key: Key, held: String, ttl: u64) {
        let contents = &app.contents;
        let read = || tokio::task::block_in_place(|| record::read(&*contents.vault, key));
        // A task that has just ended, or another proxy, may have been faster; also while it was made.
        let is_there = || read().is_some_and(|state| state.name(contents.now()).is_some());
        if is_there() {
            return;
        }
        let made = match api::create(&app, &self.place, &held, ttl).await {
            Ok(made) => made,
            Err(failed) => return self.rest(&app, key, &failed),
        };
        tracing::info!(
            name = made.name,
            tokens = made.tokens,
            "Gemini holds what requests begin with"
        );
        app.ops.cached_content("made");
        app.observer.observe(self.observation.cached(made.tokens));
        if !is_there() {
            return tokio::task::block_in_place(|| {
                contents.keep(key, &self.place, &made.name, made.lifetime);
            });
        }
        if let Err(failed) = api::delete(&app, &self.place, &made.name).await {
            tracing::debug!(why = failed.words(), "a second cached content ends by itself");
        }
    }

    fn rest(&self, app: &App, key: Key, failed: &Failed) {
        app.ops.cached_content("failed");
        let why = failed.words();
        tracing::warn!(
            model = self.place.model,
            why,
            "Gemini does not hold what requests begin with"
        );
        let rest = if failed.is_final() { LONG_REST } else { SHORT_REST };
        let until = app.contents.now() + rest;
        tokio::task::block_in_place(|| record::write(&*app.contents.vault, key, &State::Resting { until }));
    }

    async fn renew(self: Arc<Self>, app: Arc<App>, key: Key, name: String, ttl: u64) {
        let contents = &app.contents;
        match api::renew(&app, &self.place, &name, ttl).await {
            Ok(lifetime) => {
                app.ops.cached_content("prolonged");
                tokio::task::block_in_place(|| contents.keep(key, &self.place, &name, lifetime));
            }
            Err(failed) if failed.is_final() => tokio::task::block_in_place(|| {
                tracing::info!(name, why = failed.words(), "what Gemini held is gone");
                lock(&contents.kept).remove(&key);
                record::write(&*contents.vault, key, &State::Seen { at: contents.now() });
            }),
            Err(failed) => tracing::debug!(name, why = failed.words(), "what Gemini holds was not prolonged"),
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
