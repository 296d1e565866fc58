//! The programme is whole: every row of it is there, and enough defects.

use std::process::Command;

fn list() -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_faults"))
        .arg("--list")
        .output()
        .expect("the harness runs");
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).expect("a text")
}

#[test]
fn every_fault_of_the_programme_has_a_row() {
    let list = list();
    let (rows, defects) = list.split_once("\ndefects").expect("two parts");
    let names: Vec<&str> = rows
        .lines()
        .skip(1)
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    for name in [
        "server-killed",
        "server-killed-at-steps",
        "steps-fail",
        "postgres-killed",
        "sessions-terminated",
        "postgres-frozen",
        "redis-frozen",
        "redis-killed",
        "redis-flushed",
        "provider-times-out",
        "provider-broken",
        "webhooks-shuffled",
        "webhooks-lost",
        "providers-down",
        "same-key",
        "client-gone",
        "crooked",
        "rush",
        "opposite-order",
        "hold-expires",
        "cancel-capture-refund",
        "two-tabs",
        "disk-full",
        "clock-jumps",
        "simulation",
    ] {
        assert!(names.contains(&name), "{name} is missing in {names:?}");
    }
    assert!(defects.lines().count() > 10, "{defects}");
}

#[test]
fn an_unknown_option_is_named() {
    let output = Command::new(env!("CARGO_BIN_EXE_faults"))
        .arg("--nothing-like-it")
        .output()
        .expect("the harness runs");
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("--nothing-like-it"));
}
