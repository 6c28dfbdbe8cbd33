//! Connections: made when first needed, kept for the next call, never more than a few.
//!
//! A server that refuses says so at once. One that says nothing costs whoever asks it the patience, and a request asks
//! more than once; so after that it is left alone for as long, and then one call finds out whether it is back.

use std::path::PathBuf;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use redis::{Client, Connection, ConnectionInfo, ErrorKind, RedisError, TlsCertificates};

use super::failure::Trouble;

/// Most connections at once; further calls wait for one.
const MAX_OPEN: usize = 16;

/// Blocking connections to one server. Each connecting, sending and waiting for an answer takes at most the
/// patience.
pub(super) struct Pool {
    info: ConnectionInfo,
    ca: Option<PathBuf>,
    patience: Duration,
    state: Mutex<State>,
    freed: Condvar,
    /// Until when nobody is to ask, as nothing was said.
    silent: Mutex<Option<Instant>>,
}

#[derive(Default)]
struct State {
    idle: Vec<Connection>,
    /// Idle ones and those in use.
    open: usize,
}

impl Pool {
    pub(super) fn new(info: ConnectionInfo, ca: Option<PathBuf>, patience: Duration) -> Self {
        Self {
            info,
            ca,
            patience,
            state: Mutex::default(),
            freed: Condvar::new(),
            silent: Mutex::default(),
        }
    }

    /// Runs `work` on a connection. Once more on a new one if the first was an old one that turns out to be
    /// closed, as after a restart of the server; so all work has to be such that doing it twice does no harm.
    pub(super) fn run<T>(
        &self,
        mut work: impl FnMut(&mut Connection) -> Result<T, Trouble>,
    ) -> Result<T, Trouble> {
        if self.is_left_alone() {
            return Err(Trouble::Silent);
        }
        let outcome = self.try_run(&mut work);
        let rest = outcome.as_ref().err().filter(|trouble| trouble.is_silence());
        *self.silence() = rest.map(|_| Instant::now() + self.patience);
        outcome
    }

    fn try_run<T>(&self, work: &mut impl FnMut(&mut Connection) -> Result<T, Trouble>) -> Result<T, Trouble> {
        let (lease, is_new) = self.lease()?;
        match lease.work(work) {
            Err(trouble) if !is_new && trouble.is_closed() => {
                // The others are most likely closed as well.
                self.drop_idle();
                self.lease()?.0.work(work)
            }
            other => other,
        }
    }

    /// True while a server that said nothing is left alone. Whoever finds that this is over asks it, and nobody else
    /// until that call has an outcome.
    fn is_left_alone(&self) -> bool {
        let mut silence = self.silence();
        let now = Instant::now();
        match *silence {
            None => false,
            Some(until) if now < until => true,
            Some(_) => {
                *silence = Some(now + self.patience);
                false
            }
        }
    }

    fn silence(&self) -> MutexGuard<'_, Option<Instant>> {
        self.silent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lease(&self) -> Result<(Lease<'_>, bool), Trouble> {
        let give_up = Instant::now() + self.patience;
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(connection) = state.idle.pop() {
                let lease = Lease {
                    pool: self,
                    connection: Some(connection),
                };
                return Ok((lease, false));
            }
            if state.open < MAX_OPEN {
                break;
            }
            let left = give_up.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(Trouble::Busy);
            }
            state = self
                .freed
                .wait_timeout(state, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
        state.open += 1;
        drop(state);
        let mut lease = Lease {
            pool: self,
            connection: None,
        };
        lease.connection = Some(self.connect()?);
        Ok((lease, true))
    }

    fn connect(&self) -> Result<Connection, Trouble> {
        let client = match &self.ca {
            Some(ca) => Client::build_with_tls(
                self.info.clone(),
                TlsCertificates {
                    client_tls: None,
                    root_cert: Some(std::fs::read(ca).map_err(Trouble::Certificates)?),
                },
            )?,
            None => Client::open(self.info.clone())?,
        };
        // Of TLS alone; whoever came first has decided, and that will do.
        drop(rustls::crypto::ring::default_provider().install_default());
        let connection = client.get_connection_with_timeout(self.patience)?;
        connection.set_read_timeout(Some(self.patience))?;
        connection.set_write_timeout(Some(self.patience))?;
        Ok(connection)
    }

    fn drop_idle(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let idle = std::mem::take(&mut state.idle);
        state.open -= idle.len();
    }
}

/// The right to one of the connections; given back when dropped.
struct Lease<'a> {
    pool: &'a Pool,
    connection: Option<Connection>,
}

impl Lease<'_> {
    fn work<T>(mut self, work: &mut impl FnMut(&mut Connection) -> Result<T, Trouble>) -> Result<T, Trouble> {
        let Some(connection) = &mut self.connection else {
            return Err(Trouble::Busy);
        };
        let outcome = work(connection);
        if outcome.as_ref().is_err_and(|trouble| !trouble.leaves_order()) {
            // An answer may still be on its way, which the next caller would take for its own.
            self.connection = None;
        }
        outcome
    }
}

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        let mut state = self.pool.state.lock().unwrap_or_else(PoisonError::into_inner);
        match self.connection.take() {
            Some(connection) if redis::ConnectionLike::is_open(&connection) => state.idle.push(connection),
            _ => state.open -= 1,
        }
        drop(state);
        self.pool.freed.notify_one();
    }
}

/// True for errors the server itself answered with: the connection is as good as before.
pub(super) fn is_answer(error: &RedisError) -> bool {
    matches!(error.kind(), ErrorKind::Server(_) | ErrorKind::Extension)
}
