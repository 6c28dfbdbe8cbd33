//! The way of a request: plan, apply, report.

mod plan;
mod report;

pub use plan::{Action, Decision, Plan};
pub use report::{BlockReport, Report, Verdict, Warning};
