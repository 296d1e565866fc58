//! From a program's complaint to one line that says what to do.

/// Looks for the causes that have nothing to do with this project in what a failed program printed.
pub fn explain(output: &str) -> Option<&'static str> {
    CAUSES
        .iter()
        .find(|(signs, _)| signs.iter().any(|sign| output.contains(sign)))
        .map(|(_, mend)| *mend)
}

const CAUSES: &[(&[&str], &str)] = &[
    (
        &["No space left on device", "ENOSPC", "Disk quota exceeded"],
        "the disk is full: free some gigabytes (`cargo clean` removes this checkout's builds), then run the same command again",
    ),
    (
        &[
            "Could not resolve",
            "Temporary failure resolving",
            "Temporary failure in name resolution",
            "failed to lookup address information",
            "Name or service not known",
            "getaddrinfo ENOTFOUND",
            "EAI_AGAIN",
            "ENETUNREACH",
            "Network is unreachable",
            "Could not connect to server",
            "Failed to connect to",
            "Unable to connect to",
            "Connection timed out",
            "spurious network error",
        ],
        "no network: something that is not on this machine yet has to be downloaded once; connect (or set https_proxy), then run the same command again",
    ),
    (
        &[
            "Could not get lock /var/lib/",
            "is another process using it?",
        ],
        "another program is installing packages: wait until apt is free, then run the same command again",
    ),
    (
        &["linker `cc` not found", "failed to find tool \"cc\""],
        "no C compiler: type `apt-get install -y build-essential pkg-config perl git ca-certificates` as root",
    ),
    (
        &[
            "requires rustc ",
            "is not supported by the following packages",
        ],
        "this Rust is too old: type `rustup update stable`",
    ),
    (
        &["signal: 9, SIGKILL", "(signal: 9"],
        "something ended the compiler, most often for lack of memory: close other programs, or try `CARGO_BUILD_JOBS=1`",
    ),
];

#[cfg(test)]
mod tests {
    use super::explain;

    #[test]
    fn known_causes_get_their_mend() {
        let full = "error: failed to write `x.rlib`: No space left on device (os error 28)";
        assert!(explain(full).is_some_and(|m| m.starts_with("the disk is full")));
        let offline = "W: Failed to fetch …  Temporary failure resolving 'mirror.example'";
        assert!(explain(offline).is_some_and(|m| m.starts_with("no network")));
        assert_eq!(explain("error[E0308]: mismatched types"), None);
    }
}
