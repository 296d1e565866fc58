//! What test runners say about their tests.

/// Tests that ran.
#[derive(Clone, Copy, Default, Debug, PartialEq, Eq)]
pub struct Counts {
    pub passed: u64,
    pub failed: u64,
    pub skipped: u64,
}

impl Counts {
    pub fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

/// Sums the `test result:` lines of `cargo test`.
pub fn cargo_counts(output: &str) -> Counts {
    let mut sum = Counts::default();
    for line in output.lines() {
        if let Some((_, result)) = line.split_once("test result: ") {
            sum.add(Counts {
                passed: before(result, " passed"),
                failed: before(result, " failed"),
                skipped: before(result, " ignored"),
            });
        }
    }
    sum
}

/// Reads `12 passed, 0 failed`.
pub fn last_line(line: &str) -> Option<Counts> {
    let whole = line.contains(" passed") && line.contains(" failed");
    whole.then(|| Counts {
        passed: before(line, " passed"),
        failed: before(line, " failed"),
        skipped: before(line, " skipped"),
    })
}

/// The number that stands before a word.
fn before(line: &str, word: &str) -> u64 {
    let head = line
        .split(word)
        .next()
        .filter(|head| head.len() < line.len())
        .unwrap_or_default();
    let digits = head.len() - head.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    head[head.len() - digits..].parse().unwrap_or_default()
}

/// What failing tests printed, or the end of the output when it is not there.
pub fn failures(output: &str) -> String {
    let mut told = String::new();
    let mut inside = false;
    for line in output.lines() {
        if line == "failures:" {
            inside = true;
        }
        if inside || line.starts_with("error") {
            told.push_str(line);
            told.push('\n');
        }
        if line.starts_with("test result:") {
            inside = false;
        }
    }
    if told.is_empty() {
        output.to_owned()
    } else {
        told
    }
}

#[cfg(test)]
mod tests {
    use super::{Counts, cargo_counts, failures, last_line};

    const OUTPUT: &str = "running 3 tests\ntest a ... ok\ntest b ... FAILED\n\nfailures:\n\n---- b stdout ----\nboom\n\nfailures:\n    b\n\n\
        test result: FAILED. 2 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s\n\
        test result: ok. 10 passed; 0 failed; 3 ignored; 0 measured; 0 filtered out\n";

    #[test]
    fn results_are_summed() {
        assert_eq!(
            cargo_counts(OUTPUT),
            Counts {
                passed: 12,
                failed: 1,
                skipped: 3
            }
        );
        assert_eq!(cargo_counts(""), Counts::default());
    }

    #[test]
    fn the_browser_tests_last_line_is_read() {
        assert_eq!(
            last_line("41 passed, 2 failed"),
            Some(Counts {
                passed: 41,
                failed: 2,
                skipped: 0
            })
        );
        assert_eq!(last_line("Done."), None);
    }

    #[test]
    fn only_failures_are_told() {
        let told = failures(OUTPUT);
        assert!(told.contains("boom") && !told.contains("test a"), "{told}");
    }
}
