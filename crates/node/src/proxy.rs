//! The proxy in this process: on threads of its own, so that neither JavaScript's thread nor libuv's pool moves bytes.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use headroom::{Error, ErrorCode};
use headroom_proxy::engine::Engine;
use headroom_proxy::{ProxyOptions, Running};
use napi::bindgen_prelude::{AsyncTask, Env, Object};
use napi_derive::napi;
use serde_json::json;
use tokio::runtime::{Builder, Runtime};

use crate::job::Job;
use crate::store::NativeStore;

/// Threads that move bytes, where nothing is said: more would take the application's cores.
const THREADS: NonZeroUsize = NonZeroUsize::new(4).unwrap();

/// What all proxies of this process share: it takes connections in, and writes ledgers.
fn runtime() -> Result<&'static Runtime, Error> {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    if let Some(runtime) = RUNTIME.get() {
        return Ok(runtime);
    }
    let made = Builder::new_multi_thread()
        .worker_threads(1)
        .thread_name("headroom-proxy")
        .enable_all()
        .build()
        .map_err(|error| {
            Error::new(ErrorCode::InvalidOptions, "cannot start the proxy").because(error.to_string())
        })?;
    Ok(RUNTIME.get_or_init(|| made))
}

/// A proxy that runs until `close`, or until nobody holds it.
#[napi]
#[derive(Default)]
pub struct NativeProxy {
    running: Arc<Mutex<Option<Running>>>,
}

#[napi]
impl NativeProxy {
    /// One that does not run yet.
    #[napi(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    /// Starts it; gives `{url, port}`.
    #[napi]
    pub fn start(&self, options: String, store: &NativeStore) -> AsyncTask<Job> {
        let (place, running) = (store.place(), Arc::clone(&self.running));
        Job::alone(move || {
            let mut options: ProxyOptions = serde_json::from_str(&options).map_err(|error| {
                Error::new(ErrorCode::InvalidOptions, "cannot read the options").because(error.to_string())
            })?;
            options.check()?;
            let cores = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
            options.threads.get_or_insert(cores.min(THREADS));
            let engine = Engine::new(options.engine.clone(), place.vault()?);
            let started = runtime()?.block_on(headroom_proxy::start(&options, engine))?;
            let about = json!({ "url": started.url(), "port": started.address().port() });
            *running.lock().unwrap_or_else(PoisonError::into_inner) = Some(started);
            Ok(about.to_string())
        })
    }

    /// Ends it gently; settled when requests under way are finished, or their time is over.
    #[napi(ts_return_type = "Promise<void>")]
    pub fn close<'env>(&self, env: &'env Env) -> napi::Result<Object<'env>> {
        let (deferred, promise) = env.create_deferred()?;
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner).take();
        let closed = |_: Env| Ok(());
        match (running, runtime()) {
            (Some(running), Ok(runtime)) => drop(runtime.spawn(async move {
                running.close().await;
                deferred.resolve(closed);
            })),
            _ => deferred.resolve(closed),
        }
        Ok(promise)
    }
}
