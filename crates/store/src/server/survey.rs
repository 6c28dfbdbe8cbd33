//! Saying what is on a server, and forgetting on request. Both walk over its keys, a page at a time.

use headroom::error::Error;
use redis::Connection;

use super::boards::BOARD;
use super::failure::Trouble;
use super::pool::send;
use super::{Kind, RedisVault};
use crate::sealed;
use crate::vault::{Held, Purge, Purged, Stats, Vault};

/// The start of the ledger's keys.
pub(super) const LEDGER: &str = "headroom:l:";

/// Keys asked for at a time.
const PAGE: usize = 1_000;

/// Keys of one kind, with what is known of them.
struct Found {
    name: String,
    /// Bytes of the value and as stored.
    bytes: u64,
    stored: u64,
    /// Seconds until it goes; negative when it is gone, or would not go.
    left: i64,
}

impl Vault for RedisVault {
    fn place(&self) -> String {
        self.address.shown.clone()
    }

    fn take_notices(&self) -> Vec<String> {
        self.notices.take()
    }

    /// Asks for every key, so it takes a while on a server with millions. The bytes of originals include the
    /// names of their tools, those of values on boards a date; those of the ledger are what the server estimates
    /// it takes in memory.
    fn stats(&self) -> Result<Stats, Error> {
        self.run("cannot read the store", |connection| {
            let mut stats = Stats::default();
            for (kind, held) in [
                (Kind::Original, &mut stats.originals),
                (Kind::Record, &mut stats.records),
                (Kind::Pinned, &mut stats.pinned),
            ] {
                *held = Held::default();
                each_page(connection, kind.prefix(), |connection, names| {
                    for found in look_at(connection, names)? {
                        held.count += 1;
                        held.bytes += found.bytes;
                        held.stored_bytes += found.stored;
                    }
                    Ok(())
                })?;
            }
            each_page(connection, LEDGER, |connection, names| {
                let (count, bytes) = look_at_days(connection, &names)?;
                stats.ledger.count += count;
                stats.ledger.bytes += bytes;
                stats.ledger.stored_bytes += bytes;
                Ok(())
            })?;
            Ok(stats)
        })
    }

    /// How long something was not used is told from the time it has left, so it is right as long as all who
    /// share the server keep things equally long.
    fn purge(&self, what: Purge) -> Result<Purged, Error> {
        let expiry = i64::try_from(self.expiry()).unwrap_or(i64::MAX);
        let most_left = match what {
            Purge::OlderThan(age) => expiry.saturating_sub(crate::seconds(age)),
            Purge::All => i64::MAX,
        };
        // Counted anew when the work is begun anew.
        self.run("cannot purge the store", |connection| {
            let mut purged = Purged::default();
            for kind in [Kind::Original, Kind::Record, Kind::Pinned] {
                each_page(connection, kind.prefix(), |connection, names| {
                    for found in look_at(connection, names)? {
                        if found.left >= most_left {
                            continue;
                        }
                        let removed = remove_if(connection, &found.name, |connection| {
                            let left: i64 = redis::cmd("TTL").arg(&found.name).query(connection)?;
                            Ok(left < most_left)
                        })?;
                        match kind {
                            _ if !removed => {}
                            Kind::Original => {
                                purged.entries += 1;
                                purged.bytes += found.bytes;
                            }
                            Kind::Record => purged.records += 1,
                            Kind::Pinned => purged.pinned += 1,
                        }
                    }
                    Ok(())
                })?;
            }
            if what == Purge::All {
                each_page(connection, LEDGER, |connection, names| {
                    for name in names {
                        let count: u64 = redis::cmd("ZCARD").arg(&name).query(connection)?;
                        let removed: u64 = redis::cmd("UNLINK").arg(&name).query(connection)?;
                        purged.requests += count * removed;
                    }
                    Ok(())
                })?;
                each_page(connection, BOARD, |connection, boards| {
                    for board in boards {
                        redis::cmd("UNLINK").arg(board).query::<()>(connection)?;
                    }
                    Ok(())
                })?;
            }
            Ok(purged)
        })
    }
}

/// Removes a key if the condition holds, and nobody writes to it meanwhile. True when it is gone by this.
pub(super) fn remove_if(
    connection: &mut Connection,
    name: &str,
    condition: impl FnOnce(&mut Connection) -> Result<bool, Trouble>,
) -> Result<bool, Trouble> {
    redis::cmd("WATCH").arg(name).query::<()>(connection)?;
    if !condition(connection)? {
        redis::cmd("UNWATCH").query::<()>(connection)?;
        return Ok(false);
    }
    let mut transaction = redis::pipe();
    transaction.atomic().cmd("UNLINK").arg(name);
    // Nothing: somebody wrote to it.
    let removed: Option<(u64,)> = transaction.query(connection)?;
    Ok(removed.is_some_and(|(removed,)| removed > 0))
}

/// Calls `work` with the names that begin so, a page at a time.
fn each_page(
    connection: &mut Connection,
    prefix: &str,
    mut work: impl FnMut(&mut Connection, Vec<String>) -> Result<(), Trouble>,
) -> Result<(), Trouble> {
    let mut cursor = 0_u64;
    loop {
        let mut command = redis::cmd("SCAN");
        command.arg(cursor).arg("MATCH").arg(format!("{prefix}*"));
        let (next, names): (u64, Vec<String>) = command.arg("COUNT").arg(PAGE).query(connection)?;
        if !names.is_empty() {
            work(connection, names)?;
        }
        if next == 0 {
            return Ok(());
        }
        cursor = next;
    }
}

fn look_at(connection: &mut Connection, names: Vec<String>) -> Result<Vec<Found>, Trouble> {
    let mut batch = redis::pipe();
    for name in &names {
        batch.cmd("TTL").arg(name);
        batch.cmd("STRLEN").arg(name);
        batch.cmd("GETRANGE").arg(name).arg(0).arg(sealed::SIZED - 1);
    }
    let answers = send(&batch, connection)?;
    let mut found = Vec::with_capacity(names.len());
    for (name, answers) in names.into_iter().zip(answers.chunks(3)) {
        let [left, stored, start] = answers else { continue };
        let stored = redis::from_redis_value_ref::<u64>(stored).map_err(redis::RedisError::from)?;
        let start = redis::from_redis_value_ref::<Vec<u8>>(start).map_err(redis::RedisError::from)?;
        found.push(Found {
            name,
            bytes: sealed::size(&start, stored),
            stored,
            left: redis::from_redis_value_ref(left).map_err(redis::RedisError::from)?,
        });
    }
    Ok(found)
}

/// How many entries these days have, and what they take.
fn look_at_days(connection: &mut Connection, names: &[String]) -> Result<(u64, u64), Trouble> {
    let mut batch = redis::pipe();
    for name in names {
        batch.cmd("ZCARD").arg(name);
        batch.cmd("MEMORY").arg("USAGE").arg(name);
    }
    let answers = send(&batch, connection)?.into_iter();
    let answers = answers.map(redis::from_redis_value::<Option<u64>>);
    let answers: Vec<_> = answers
        .collect::<Result<_, _>>()
        .map_err(redis::RedisError::from)?;
    let sum = |first: usize| answers.iter().skip(first).step_by(2).flatten().sum();
    Ok((sum(0), sum(1)))
}
