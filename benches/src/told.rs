//! What clients have to tell, and what it comes to.

use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// When each request was done and how long it took, by its kind, and what went wrong.
#[derive(Default)]
pub struct Told {
    done: BTreeMap<&'static str, Vec<(Instant, Duration)>>,
    /// How many were before the measuring.
    before: usize,
    failures: Vec<String>,
}

impl Told {
    /// One outcome; one of before the measuring (`from` is None) is not counted.
    pub fn hear(
        &mut self,
        from: Option<Instant>,
        kind: &'static str,
        outcome: Result<Duration, String>,
    ) {
        match outcome {
            _ if from.is_none() => self.before += 1,
            Ok(took) => self
                .done
                .entry(kind)
                .or_default()
                .push((Instant::now(), took)),
            Err(why) => self.failures.push(why),
        }
    }

    pub fn join(&mut self, other: Self) {
        for (kind, done) in other.done {
            self.done.entry(kind).or_default().extend(done);
        }
        self.failures.extend(other.failures);
        self.before += other.before;
    }

    /// Requests that were answered as they should be.
    pub fn len(&self) -> usize {
        self.done.values().map(Vec::len).sum()
    }

    /// Rate and latencies, in one flat object: those of a kind under its name.
    pub fn summary(&self, begin: Instant, end: Instant) -> Value {
        let all = || self.done.values().flatten();
        // What ends early is measured until its last answer.
        let last = all().map(|(at, _)| *at).max().unwrap_or(end).min(end);
        let seconds = last.duration_since(begin).as_secs_f64().max(0.001);
        let counted = all().filter(|(at, _)| *at <= end).count();
        let mut told = json!({
            "requests": self.len(),
            "requests_before": self.before,
            "per_second": counted as f64 / seconds,
            "failures": self.failures.len(),
            "first_failure": self.failures.first(),
        });
        percentiles(&mut told, "", all().map(|(_, took)| *took));
        for (kind, done) in self.done.iter().filter(|(kind, _)| !kind.is_empty()) {
            let prefix = format!("{kind}_");
            told[format!("{prefix}requests")] = done.len().into();
            percentiles(&mut told, &prefix, done.iter().map(|(_, took)| *took));
        }
        told
    }
}

/// Adds p50, p95 and p99 in milliseconds; null for nothing.
pub fn percentiles(told: &mut Value, prefix: &str, times: impl Iterator<Item = Duration>) {
    let mut micros: Vec<u64> = times
        .map(|took| u64::try_from(took.as_micros()).unwrap_or(u64::MAX))
        .collect();
    micros.sort_unstable();
    for (name, share) in [("p50", 0.50), ("p95", 0.95), ("p99", 0.99)] {
        let index = ((micros.len() as f64 * share) as usize).min(micros.len().saturating_sub(1));
        let at = micros.get(index).map(|micros| *micros as f64 / 1000.0);
        told[format!("{prefix}{name}_ms")] = at.into();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_each_kind_beside_all() {
        let mut told = Told::default();
        let begin = Instant::now();
        let of = |ms| Ok(Duration::from_millis(ms));
        told.hear(None, "cart", of(900));
        for (kind, ms) in [("cart", 10), ("cart", 30), ("search", 50)] {
            told.hear(Some(begin), kind, of(ms));
        }
        told.hear(Some(begin), "cart", Err("answered 500".to_owned()));
        let summary = told.summary(begin, begin + Duration::from_secs(3600));
        assert_eq!(summary["requests"], 3);
        assert_eq!(summary["requests_before"], 1);
        assert_eq!(summary["cart_requests"], 2);
        assert_eq!(summary["cart_p99_ms"], 30.0);
        assert_eq!(summary["p99_ms"], 50.0);
        assert_eq!(summary["failures"], 1);
        assert_eq!(summary["first_failure"], "answered 500");
    }
}
