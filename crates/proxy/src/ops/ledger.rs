//! Writing the ledger off the way of requests: a queue with an end, and one task that appends what waits in it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use headroom_store::Vault;
use headroom_store::ledger::LedgerEntry;
use tokio::sync::{Notify, mpsc, oneshot};

/// Entries that may wait. At some 500 bytes each they take 2 MB.
const QUEUE: usize = 4096;

/// Most entries of one append.
const BATCH: usize = 512;

/// Entries are gathered for so long: one transaction for all of a busy moment.
const GATHER: Duration = Duration::from_millis(200);

/// Losses are said when their number reaches the next power of this.
const SAID_EVERY: u64 = 10;

/// What the writer is told.
enum Message {
    Entry(Box<LedgerEntry>),
    /// Say when everything before this is written.
    Flush(oneshot::Sender<()>),
}

/// The queue's near end.
pub(super) struct Writer {
    queue: mpsc::Sender<Message>,
    hurry: Arc<Notify>,
    lost: Arc<Lost>,
}

impl Writer {
    /// Starts the task on the runtime this is called on; it ends with the writer.
    pub(super) fn start(vault: Arc<dyn Vault>) -> Self {
        Self::with_room(vault, QUEUE)
    }

    fn with_room(vault: Arc<dyn Vault>, room: usize) -> Self {
        let (queue, waiting) = mpsc::channel(room);
        let writer = Self {
            queue,
            hurry: Arc::default(),
            lost: Arc::default(),
        };
        let (hurry, lost) = (Arc::clone(&writer.hurry), Arc::clone(&writer.lost));
        tokio::spawn(write(vault, waiting, hurry, lost));
        writer
    }

    /// Hands an entry over. Never waits: where there is no room, the entry is lost, and counted.
    pub(super) fn add(&self, entry: LedgerEntry) {
        if self.queue.try_send(Message::Entry(Box::new(entry))).is_err() {
            self.lost.add(1, "the queue is full");
        }
    }

    /// Returns when all entries handed over before are written, or lost.
    pub(super) async fn flush(&self) {
        let (done, wait) = oneshot::channel();
        self.hurry.notify_one();
        if self.queue.send(Message::Flush(done)).await.is_ok() {
            self.hurry.notify_one();
            drop(wait.await);
        }
    }

    /// Entries that were not written.
    pub(super) fn lost(&self) -> u64 {
        self.lost.count.load(Ordering::Relaxed)
    }
}

#[derive(Default)]
struct Lost {
    count: AtomicU64,
    said: AtomicU64,
}

impl Lost {
    fn add(&self, count: u64, why: &str) {
        let lost = self.count.fetch_add(count, Ordering::Relaxed) + count;
        let said = self.said.load(Ordering::Relaxed);
        if lost >= said {
            self.said
                .store(lost.saturating_mul(SAID_EVERY), Ordering::Relaxed);
            tracing::warn!(lost, why, "requests are missing in the ledger");
        }
    }
}

/// Appends what comes, until the writer is gone and the queue is empty.
async fn write(
    vault: Arc<dyn Vault>,
    mut queue: mpsc::Receiver<Message>,
    hurry: Arc<Notify>,
    lost: Arc<Lost>,
) {
    let mut messages = Vec::with_capacity(BATCH);
    while queue.recv_many(&mut messages, BATCH).await > 0 {
        let more = messages.len() == BATCH;
        let mut entries = Vec::with_capacity(messages.len());
        let mut waiting = Vec::new();
        for message in messages.drain(..) {
            match message {
                Message::Entry(entry) => entries.push(*entry),
                Message::Flush(done) => waiting.push(done),
            }
        }
        append(&vault, entries, &lost).await;
        for done in waiting {
            // Whoever asked may have gone.
            let _: Result<(), ()> = done.send(());
        }
        // A full batch is gathered enough.
        if !more {
            tokio::select! {
                () = tokio::time::sleep(GATHER) => {}
                () = hurry.notified() => {}
            }
        }
    }
}

async fn append(vault: &Arc<dyn Vault>, entries: Vec<LedgerEntry>, lost: &Lost) {
    if entries.is_empty() {
        return;
    }
    let count = entries.len() as u64;
    let vault = Arc::clone(vault);
    let written = tokio::task::spawn_blocking(move || vault.append(&entries)).await;
    match written {
        Ok(Ok(())) => {}
        Ok(Err(error)) => lost.add(count, &error.to_string()),
        Err(error) => lost.add(count, &error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use headroom_store::MemoryVault;
    use headroom_store::ledger::Ledger;

    use super::*;

    /// Far ahead, so that none is too old to be kept.
    const BEGIN: u64 = 4_000_000_000_000;

    fn entry(number: u64) -> LedgerEntry {
        LedgerEntry {
            at: BEGIN + number,
            ..LedgerEntry::default()
        }
    }

    #[tokio::test]
    async fn everything_handed_over_before_a_flush_is_written_in_order() {
        let vault = Arc::new(MemoryVault::default());
        let writer = Writer::start(Arc::<MemoryVault>::clone(&vault));
        for at in 1..=1_000 {
            writer.add(entry(at));
            if at % 100 == 0 {
                tokio::task::yield_now().await;
            }
        }
        writer.flush().await;
        let mut times = Vec::new();
        vault
            .read(0..u64::MAX, &mut |entry| times.push(entry.at - BEGIN))
            .unwrap();
        assert_eq!(times, (1..=1_000).collect::<Vec<_>>());
        assert_eq!(writer.lost(), 0);
    }

    #[tokio::test]
    async fn what_finds_no_room_is_counted_and_nobody_waits() {
        let vault = Arc::new(MemoryVault::default());
        let writer = Writer::with_room(Arc::<MemoryVault>::clone(&vault), 8);
        // On one thread the task cannot run in between.
        for at in 1..=20 {
            writer.add(entry(at));
        }
        assert_eq!(writer.lost(), 12);
        writer.flush().await;
        assert_eq!(vault.recent(100).unwrap().len(), 8);
    }
}
