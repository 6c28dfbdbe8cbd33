//! Being told to end.
//!
//! A process of its own listens to signals; in a Node process signals are JavaScript's, which passes them on.

use tokio::sync::watch;

/// Tells a run to end. Clones are one.
#[derive(Debug, Clone)]
pub struct Interrupt(watch::Sender<u32>);

impl Default for Interrupt {
    fn default() -> Self {
        Self(watch::Sender::new(0))
    }
}

impl Interrupt {
    /// Tells it once more. False when nobody listens: then the process has to end as it would without this.
    pub fn raise(&self) -> bool {
        // Whoever is told may be gone a moment later.
        let listens = self.0.receiver_count() > 0;
        self.0.send_modify(|count| *count += 1);
        listens
    }

    /// Listens from now on.
    pub(crate) fn listen(&self) -> Listener {
        let mut receiver = self.0.subscribe();
        receiver.mark_unchanged();
        Listener(receiver)
    }

    /// One that the signals of this process raise. To be called on a runtime.
    pub(crate) fn of_signals() -> std::io::Result<Self> {
        let interrupt = Self::default();
        let raised = interrupt.clone();
        let mut signals = signals::Signals::new()?;
        tokio::spawn(async move {
            loop {
                signals.next().await;
                raised.raise();
            }
        });
        Ok(interrupt)
    }
}

/// Hears of it.
pub(crate) struct Listener(watch::Receiver<u32>);

impl Listener {
    /// Waits until it is told to end, once more.
    pub(crate) async fn told(&mut self) {
        if self.0.changed().await.is_err() {
            // Nobody is left who could tell.
            std::future::pending::<()>().await;
        }
    }
}

#[cfg(unix)]
mod signals {
    use tokio::signal::unix::{Signal, SignalKind, signal};

    /// Interrupts and requests to terminate.
    pub(super) struct Signals(Signal, Signal);

    impl Signals {
        pub(super) fn new() -> std::io::Result<Self> {
            Ok(Self(
                signal(SignalKind::interrupt())?,
                signal(SignalKind::terminate())?,
            ))
        }

        pub(super) async fn next(&mut self) {
            tokio::select! {
                _ = self.0.recv() => {}
                _ = self.1.recv() => {}
            }
        }
    }
}

#[cfg(windows)]
mod signals {
    use tokio::signal::windows::{CtrlBreak, CtrlC, ctrl_break, ctrl_c};

    /// Interrupts and breaks.
    pub(super) struct Signals(CtrlC, CtrlBreak);

    impl Signals {
        pub(super) fn new() -> std::io::Result<Self> {
            Ok(Self(ctrl_c()?, ctrl_break()?))
        }

        pub(super) async fn next(&mut self) {
            tokio::select! {
                _ = self.0.recv() => {}
                _ = self.1.recv() => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_told_whether_anybody_listens() {
        let interrupt = Interrupt::default();
        assert!(!interrupt.raise());
        let listener = interrupt.listen();
        assert!(interrupt.raise());
        drop(listener);
        assert!(!interrupt.raise());
    }
}
