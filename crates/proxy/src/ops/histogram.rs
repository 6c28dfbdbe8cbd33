//! How values are distributed, by fixed bounds.

/// Bounds for whole requests and first bytes, in milliseconds.
pub(super) const LATENCY: &[f64] = &[
    5.0, 10.0, 25.0, 50.0, 100.0, 250.0, 500.0, 1_000.0, 2_500.0, 5_000.0, 10_000.0, 30_000.0, 60_000.0,
    120_000.0, 300_000.0,
];

/// Bounds for what the proxy adds, in milliseconds.
pub(super) const OVERHEAD: &[f64] = &[
    0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 25.0, 50.0, 100.0, 250.0, 1_000.0,
];

/// Values counted by bounds.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Histogram {
    bounds: &'static [f64],
    /// One for each bound and one for what is beyond the last; not cumulative.
    counts: Vec<u64>,
    sum: f64,
    least: f64,
    most: f64,
}

impl Histogram {
    pub(super) fn new(bounds: &'static [f64]) -> Self {
        Self {
            bounds,
            counts: vec![0; bounds.len() + 1],
            sum: 0.0,
            least: f64::INFINITY,
            most: 0.0,
        }
    }

    pub(super) fn add(&mut self, value: f64) {
        let place = self.bounds.partition_point(|bound| *bound < value);
        self.counts[place] += 1;
        self.sum += value;
        self.least = self.least.min(value);
        self.most = self.most.max(value);
    }

    pub(super) fn bounds(&self) -> &'static [f64] {
        self.bounds
    }

    pub(super) fn counts(&self) -> &[u64] {
        &self.counts
    }

    pub(super) fn sum(&self) -> f64 {
        self.sum
    }

    pub(super) fn count(&self) -> u64 {
        self.counts.iter().sum()
    }

    pub(super) fn mean(&self) -> f64 {
        match self.count() {
            0 => 0.0,
            count => self.sum / count as f64,
        }
    }

    /// The smallest value; 0 where there is none.
    pub(super) fn least(&self) -> f64 {
        if self.least.is_finite() { self.least } else { 0.0 }
    }

    pub(super) fn most(&self) -> f64 {
        self.most
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_on_a_bound_counts_below_it() {
        let mut histogram = Histogram::new(&[1.0, 10.0]);
        for value in [0.5, 1.0, 1.1, 10.0, 11.0] {
            histogram.add(value);
        }
        assert_eq!(histogram.counts(), [2, 2, 1]);
        assert_eq!(
            (histogram.count(), histogram.least(), histogram.most()),
            (5, 0.5, 11.0)
        );
        assert_eq!(Histogram::new(LATENCY).least().to_string(), "0");
    }
}
