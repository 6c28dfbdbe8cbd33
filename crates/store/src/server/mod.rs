//! Originals, records, boards and the ledger on a Redis or Valkey server, shared by any number of machines.
//!
//! # What lies where
//!
//! | key | value |
//! |---|---|
//! | `headroom:o:{<ref>}` | an original, sealed as a record is: proven by key and hash when read back |
//! | `headroom:r:{<key>}` | a record, sealed |
//! | `headroom:p:{<key>}` | a value on a board, sealed behind its last second |
//! | `headroom:b:{<key>}` | the names of a board's values: a sorted set by when they were pinned |
//! | `headroom:l:{<day>}` | the entries of a day (UTC): a sorted set of JSON by their time |
//!
//! Every command names one key, and what stands in braces decides the slot, so the keys may be spread over
//! the nodes of a cluster behind a proxy. This client itself does not follow redirections.
//!
//! # What survives what
//!
//! `put` returns after the server has acknowledged every write (law 4), and with `?replicas=N` after N
//! replicas have, too (`WAIT`). What an acknowledgement is worth is the server's to say: with
//! `appendonly yes` and `appendfsync always` an original survives a loss of power; with the usual
//! `everysec` the last second may be lost, without a file all of it with the server; and a fail-over may
//! lose what no replica had. An original that was lost is missing, never wrong.
//!
//! # Age and budget
//!
//! Originals, records and values on boards live [`StoreOptions::max_age`] after their last use, as the server's own expiry; each
//! use is written down at once. The budget is the server's `maxmemory`: with `noeviction` a full server
//! refuses a put and nothing is left out; with an LRU policy the longest unused go.
//! [`StoreOptions::max_bytes`] does not apply. Days of the ledger live [`StoreOptions::ledger_max_age`].

mod address;
mod boards;
mod failure;
mod ledger;
mod pool;
mod survey;

use std::borrow::Cow;
use std::collections::HashSet;
use std::ffi::OsString;
use std::fmt;
use std::time::Duration;

use headroom::ccr::{Entry, Ref, Store};
use headroom::error::Error;
use redis::{Cmd, Connection, RedisError};

use crate::notices::Notices;
use crate::{Records, StoreOptions, sealed};
use address::Address;
use failure::Trouble;
use pool::{Pool, send};

pub use address::is_server;

/// Longest expiry that is asked for; servers refuse what their clock cannot count.
const MAX_EXPIRY: Duration = Duration::from_hours(100 * 366 * 24);

/// Bytes sent at once: a put of many large originals goes in several writes.
const BATCH_BYTES: usize = 8 << 20;

/// The vault on a server. Made without any I/O: the first use connects.
pub struct RedisVault {
    address: Address,
    options: StoreOptions,
    pool: Pool,
    notices: Notices,
}

impl fmt::Debug for RedisVault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisVault")
            .field("place", &self.address.shown)
            .finish_non_exhaustive()
    }
}

impl RedisVault {
    /// The vault at an address, `redis://` or, over TLS, `rediss://`: `redis://user:password@host:port/db`.
    ///
    /// `?replicas=N` waits for so many replicas at each put; `?ca=FILE` trusts the certificates in a PEM file
    /// instead of the system's. Without credentials in it, those of `HEADROOM_REDIS_USERNAME` and
    /// `HEADROOM_REDIS_PASSWORD` are used; `lookup` gives the value of an environment variable. Fails with
    /// [`headroom::error::ErrorCode::InvalidOptions`] when it is no such address.
    pub fn new(
        address: &str,
        options: StoreOptions,
        lookup: impl Fn(&str) -> Option<OsString>,
    ) -> Result<Self, Error> {
        let address = Address::parse(address, lookup)?;
        let pool = Pool::new(address.info.clone(), address.ca.clone(), options.patience);
        Ok(Self {
            address,
            options,
            pool,
            notices: Notices::default(),
        })
    }

    /// Runs `work` on a connection; a failure is told with the title.
    fn run<T>(
        &self,
        title: &str,
        work: impl FnMut(&mut Connection) -> Result<T, Trouble>,
    ) -> Result<T, Error> {
        self.pool
            .run(work)
            .map_err(|trouble| trouble.into_error(title, &self.address.shown))
    }

    /// Seconds until what is used now goes.
    fn expiry(&self) -> u64 {
        self.options.max_age.min(MAX_EXPIRY).as_secs().max(1)
    }

    /// Waits until as many replicas as asked for have what this connection wrote.
    fn wait(&self, connection: &mut Connection) -> Result<(), Trouble> {
        let wanted = self.address.replicas;
        if wanted == 0 {
            return Ok(());
        }
        // Half of the patience, so that the answer comes before the connection is given up.
        let patience = u64::try_from(self.options.patience.as_millis() / 2).unwrap_or(u64::MAX);
        let reached: u64 = redis::cmd("WAIT")
            .arg(wanted)
            .arg(patience.max(1))
            .query(connection)?;
        if reached < wanted {
            return Err(Trouble::Replicas { wanted, reached });
        }
        Ok(())
    }

    /// What is sealed under a key, which is used by that; what is damaged is removed.
    fn read(&self, kind: Kind, key: [u8; 16], title: &str) -> Result<Option<Vec<u8>>, Error> {
        let name = kind.name(key);
        let expiry = self.expiry();
        let found: Option<Vec<u8>> = self.run(title, |connection| {
            let mut command = redis::cmd("GETEX");
            Ok(command.arg(&name).arg("EX").arg(expiry).query(connection)?)
        })?;
        let Some(found) = found else { return Ok(None) };
        if let Some(value) = sealed::open(key, &found) {
            return Ok(Some(value));
        }
        self.discard(&name, &found);
        Ok(None)
    }

    /// Removes a damaged value, unless another has taken its place meanwhile.
    fn discard(&self, name: &str, damaged: &[u8]) {
        self.notices.note(format!(
            "{} at {} is damaged and was removed",
            name.replace(['{', '}'], ""),
            self.address.shown
        ));
        let removed = self.run("", |connection| {
            survey::remove_if(connection, name, |connection| {
                let now: Option<Vec<u8>> = redis::cmd("GET").arg(name).query(connection)?;
                Ok(now.is_some_and(|now| now == damaged))
            })
        });
        if removed.is_err() {
            // It stays and is refused again next time.
        }
    }

    /// Stores values under their keys, or refreshes those that are there.
    fn write(&self, values: &[Value<'_>], title: &str) -> Result<(), Error> {
        self.run(title, |connection| {
            let missing = self.refresh(connection, values)?;
            let mut batch = redis::pipe();
            let mut bytes = 0;
            for value in missing {
                let body = value.body()?;
                bytes += body.len();
                batch
                    .cmd("SET")
                    .arg(value.kind.name(value.key))
                    .arg(body)
                    .arg("EX")
                    .arg(self.expiry());
                if bytes >= BATCH_BYTES {
                    send(&batch, connection)?;
                    batch.clear();
                    bytes = 0;
                }
            }
            if !batch.is_empty() {
                send(&batch, connection)?;
            }
            self.wait(connection)
        })
    }

    /// Makes what is there young again and returns what is not.
    fn refresh<'a, 'v>(
        &self,
        connection: &mut Connection,
        values: &'a [Value<'v>],
    ) -> Result<Vec<&'a Value<'v>>, Trouble> {
        let mut batch = redis::pipe();
        for value in values {
            let name = value.kind.name(value.key);
            // Before the look at it, so that it cannot go in between.
            batch.add_command(expire(&name, self.expiry()));
            batch.cmd("GETRANGE").arg(name).arg(0).arg(sealed::START - 1);
        }
        let looks = send(&batch, connection)?.into_iter().skip(1).step_by(2);
        let starts = looks.map(redis::from_redis_value::<Vec<u8>>);
        let starts: Vec<Vec<u8>> = starts.collect::<Result<_, _>>().map_err(RedisError::from)?;
        let absent = values
            .iter()
            .zip(starts)
            .filter(|(value, start)| !value.is_at(start));
        Ok(absent.map(|(value, _)| value).collect())
    }
}

fn expire(name: &str, seconds: u64) -> Cmd {
    let mut command = redis::cmd("EXPIRE");
    command.arg(name).arg(seconds);
    command
}

/// What a key stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Original,
    Record,
    Pinned,
}

impl Kind {
    /// The start of its keys.
    fn prefix(self) -> &'static str {
        match self {
            Self::Original => "headroom:o:",
            Self::Record => "headroom:r:",
            Self::Pinned => "headroom:p:",
        }
    }

    fn name(self, key: [u8; 16]) -> String {
        format!("{}{{{:032x}}}", self.prefix(), u128::from_be_bytes(key))
    }
}

/// Something to be stored.
struct Value<'a> {
    kind: Kind,
    key: [u8; 16],
    content: Cow<'a, [u8]>,
}

impl Value<'_> {
    fn body(&self) -> Result<Vec<u8>, Trouble> {
        Ok(sealed::seal(self.key, &self.content)?)
    }

    /// Whether `start` begins what is to be stored.
    fn is_at(&self, start: &[u8]) -> bool {
        sealed::is_seal_of(self.key, &self.content, start)
    }
}

/// An original as it is sealed: the tool's length plus one (0: no tool), its name, the text.
fn with_tool(entry: &Entry) -> Vec<u8> {
    let tool = entry.tool.as_deref();
    let length = tool.map_or(0, |tool| tool.len() as u64 + 1);
    let mut content = length.to_le_bytes().to_vec();
    content.extend(tool.unwrap_or_default().as_bytes());
    content.extend(entry.text.as_bytes());
    content
}

/// The entry, unless it is not what the ref stands for.
fn without_tool(reference: Ref, content: &[u8]) -> Option<Entry> {
    let (length, rest) = content.split_first_chunk::<8>()?;
    let length = usize::try_from(u64::from_le_bytes(*length)).ok()?;
    let (tool, text) = rest.split_at_checked(length.saturating_sub(1))?;
    let text = std::str::from_utf8(text).ok()?;
    let tool = std::str::from_utf8(tool).ok()?;
    (Ref::of(text) == reference).then(|| Entry {
        text: text.to_owned(),
        tool: (length > 0).then(|| tool.to_owned()),
    })
}

impl Store for RedisVault {
    /// Not all or nothing: keys lie in several slots. After a failure some of the entries may be there, to
    /// which nothing that was shown points.
    fn put(&self, entries: &[Entry]) -> Result<Vec<Ref>, Error> {
        let refs: Vec<Ref> = entries.iter().map(|entry| Ref::of(&entry.text)).collect();
        let mut seen = HashSet::new();
        let values: Vec<Value<'_>> = refs
            .iter()
            .zip(entries)
            .filter(|(reference, _)| seen.insert(**reference))
            .map(|(reference, entry)| Value {
                kind: Kind::Original,
                key: *reference.as_bytes(),
                content: with_tool(entry).into(),
            })
            .collect();
        if !values.is_empty() {
            self.write(&values, "cannot store the originals")?;
        }
        Ok(refs)
    }

    fn get(&self, reference: Ref) -> Result<Option<Entry>, Error> {
        let key = *reference.as_bytes();
        let content = self.read(Kind::Original, key, "cannot read the original")?;
        Ok(content.and_then(|content| without_tool(reference, &content)))
    }
}

impl Records for RedisVault {
    fn put_record(&self, key: [u8; 16], value: &[u8]) -> Result<(), Error> {
        let value = Value {
            kind: Kind::Record,
            key,
            content: value.into(),
        };
        self.write(&[value], "cannot store the record")
    }

    fn get_record(&self, key: [u8; 16]) -> Result<Option<Vec<u8>>, Error> {
        self.read(Kind::Record, key, "cannot read the record")
    }
}
