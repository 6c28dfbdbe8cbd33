//! Distributions of times.

/// The figures of some times: `{"count":…,"p50":…,"p90":…,"p99":…,"max":…}`, in microseconds.
pub(crate) fn spread(nanoseconds: &mut [u64]) -> String {
    nanoseconds.sort_unstable();
    let at = |share: f64| microseconds(quantile(nanoseconds, share));
    format!(
        r#"{{"count":{},"p50":{:.1},"p90":{:.1},"p99":{:.1},"max":{:.1}}}"#,
        nanoseconds.len(),
        at(0.5),
        at(0.9),
        at(0.99),
        at(1.0)
    )
}

/// The value that so large a share of sorted ones does not exceed; 0 where there are none.
pub(crate) fn quantile(sorted: &[u64], share: f64) -> u64 {
    let last = sorted.len().saturating_sub(1);
    let at = (share * sorted.len() as f64).ceil() as usize;
    sorted.get(at.saturating_sub(1).min(last)).copied().unwrap_or(0)
}

/// Microseconds.
pub(crate) fn microseconds(nanoseconds: u64) -> f64 {
    nanoseconds as f64 / 1e3
}
