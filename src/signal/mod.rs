//! What words, lines and times tell: that something failed, how a run ended, when a line was written.
//!
//! One vocabulary for all compressors: records ask about values, logs about lines.

mod body;
mod line;
mod named;
mod reminders;
mod runners;
mod stamp;
mod words;

pub use body::body;
pub use line::{Signal, is_pass, is_runner_line, of_line};
pub use named::is_exception;
pub use reminders::reminders;
pub use stamp::{is_stamped, stamps};
pub use words::{is_failure, mentions_error, quotes_error};
