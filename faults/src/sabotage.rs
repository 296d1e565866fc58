//! Known defects, planted one at a time: a harness that does not find them proves nothing.

use crate::row::{self, Kind, ROWS, Report, Run};
use crate::world::Rig;
use anyhow::Result;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// A defect that the server can be told to have.
pub struct Defect {
    pub name: &'static str,
    pub what: &'static str,
    probe: Probe,
    dose: u32,
}

/// What it is looked for with.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Probe {
    Row(Kind),
    /// The server dies at this step.
    Step(&'static str),
    /// Many want one of a few.
    Few,
    /// Holds run out unpaid.
    Unpaid,
    /// Money comes late, and the server dies once the refund is on its way.
    RefundSent,
}

/// All defects.
pub const DEFECTS: &[Defect] = &[
    Defect {
        name: "unconditional_hold",
        what: "stock is held whether there is any or not",
        probe: Probe::Few,
        dose: 1,
    },
    Defect {
        name: "provider_without_key",
        what: "a provider that did not answer is asked again without an idempotency key",
        probe: Probe::Row(Kind::ProviderTimesOut),
        dose: 16,
    },
    Defect {
        name: "settled_twice",
        what: "a payment that was settled is settled again",
        probe: Probe::Row(Kind::WebhooksShuffled),
        dose: 40,
    },
    Defect {
        name: "effect_before_commit",
        what: "the event and its mail leave before their transaction is committed",
        probe: Probe::Step("settle.written"),
        dose: 1,
    },
    Defect {
        name: "webhook_unkept",
        what: "a webhook is acknowledged without being kept",
        probe: Probe::Row(Kind::WebhooksShuffled),
        dose: 40,
    },
    Defect {
        name: "refund_without_key",
        what: "money is sent back without an idempotency key",
        probe: Probe::RefundSent,
        dose: 1,
    },
    Defect {
        name: "hold_never_released",
        what: "an order that is given up keeps its stock",
        probe: Probe::Unpaid,
        dose: 2,
    },
    Defect {
        name: "late_money_ignored",
        what: "a payment for a cancelled order is noted and forgotten",
        probe: Probe::Row(Kind::LateMoney),
        dose: 2,
    },
    Defect {
        name: "ledger_row_missing",
        what: "stock is moved without a row in its ledger",
        probe: Probe::Row(Kind::WebhooksShuffled),
        dose: 40,
    },
    Defect {
        name: "body_unchecked",
        what: "a key is answered whatever came with it",
        probe: Probe::Row(Kind::SameKey),
        dose: 1,
    },
    Defect {
        name: "acknowledged_uncommitted",
        what: "an order is acknowledged that was never committed",
        probe: Probe::Row(Kind::WebhooksShuffled),
        dose: 40,
    },
    Defect {
        name: "own_clock",
        what: "the machine's clock is believed, whatever PostgreSQL's shows",
        probe: Probe::Row(Kind::ClockJumps),
        dose: 1,
    },
    Defect {
        name: "done_before_effect",
        what: "a job is marked as done before it is done",
        probe: Probe::Step("job.taken"),
        dose: 1,
    },
];

/// Finds each, or says which were not found. Each probe also runs without a defect, and must find nothing then.
///
/// # Errors
/// A part could not be started.
pub async fn run(rig: &mut Rig, only: &[&str], seed: u64) -> Result<Vec<String>> {
    rig.buyers_patience = Duration::from_secs(10);
    let mut wrong = Vec::new();
    let chosen = |defect: &&Defect| only.is_empty() || only.contains(&defect.name);
    let mut controlled: Vec<(Probe, u32)> = Vec::new();
    for defect in DEFECTS.iter().filter(chosen) {
        let probe = (defect.probe, defect.dose);
        if !controlled.contains(&probe) {
            controlled.push(probe);
            let report = look(rig, defect, None, seed).await?;
            if !report.broken.is_empty() {
                println!("  without a defect it finds: {}", report.broken[0]);
                wrong.push(format!("{}'s probe is red without it", defect.name));
            }
        }
        let begun = Instant::now();
        let report = look(rig, defect, Some(defect.name), seed).await?;
        let letters = invariants(&report.broken);
        let found = !report.broken.is_empty();
        println!(
            "{} {:<26} {:>6.1} s  {:<10} {}",
            if found { "found    " } else { "NOT FOUND" },
            defect.name,
            begun.elapsed().as_secs_f64(),
            letters,
            defect.what
        );
        match report.broken.first() {
            Some(first) => println!("            {first}"),
            None => wrong.push(format!("{} was not found", defect.name)),
        }
    }
    Ok(wrong)
}

async fn look(rig: &mut Rig, defect: &Defect, planted: Option<&str>, seed: u64) -> Result<Report> {
    let kind = match defect.probe {
        Probe::Row(kind) => kind,
        Probe::Step(_) => Kind::ServerKilledAtSteps,
        Probe::Few => Kind::Rush,
        Probe::Unpaid => Kind::HoldExpires,
        Probe::RefundSent => Kind::LateMoney,
    };
    let row = ROWS.iter().find(|row| row.kind == kind).unwrap_or(&ROWS[0]);
    let mut run = Run::new(rig, row, defect.dose, seed);
    if let Some(name) = planted {
        run.env.push(("FAULT_PLANTED", name.to_owned()));
        // With a defect the shop may never come to rest.
        run.patience = Duration::from_secs(12);
    }
    match defect.probe {
        Probe::Row(kind) => run.perform(kind).await,
        Probe::Step(step) => row::at_steps(&mut run, &[step]).await,
        Probe::Few => row::rush_for_few(&mut run).await,
        Probe::Unpaid => row::unpaid(&mut run).await,
        Probe::RefundSent => {
            run.env.push(("FAULT_POINT", "refund.sent".to_owned()));
            run.perform(Kind::LateMoney).await
        }
    }
}

/// Which invariants did not hold: `M E`.
fn invariants(broken: &[String]) -> String {
    let letters: BTreeSet<&str> = broken
        .iter()
        .map(|what| match what.split_once(':') {
            Some((letter @ ("M" | "S" | "O" | "E" | "R"), _)) => letter,
            _ => "told",
        })
        .collect();
    letters.into_iter().collect::<Vec<_>>().join(" ")
}
