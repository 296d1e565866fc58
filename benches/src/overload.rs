//! More requests than can be answered: they come at their rate, whatever becomes of those before.

use crate::Arguments;
use crate::client::Client;
use crate::told::percentiles;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// Requests under way at once; what should be sent beyond that is counted, and not sent.
const MOST: usize = 4_000;
/// How often requests are sent.
const TICK: Duration = Duration::from_millis(2);
/// How long it is waited for things to be as usual again, and how many quick answers in a row that takes.
const PATIENCE: Duration = Duration::from_secs(60);
const IN_A_ROW: u32 = 10;

/// How one request ended.
struct End {
    /// Seconds since the beginning, when it was answered.
    at: f64,
    took: Duration,
    /// 0: not at all.
    status: u16,
}

/// Sends `rate` requests a second for `seconds`, and looks how soon all is as usual afterwards.
pub async fn run(arguments: &Arc<Arguments>) -> Result<Value, String> {
    if arguments.products.is_empty() {
        return Err("overload needs --products".to_owned());
    }
    let idle: Arc<Mutex<Vec<Client>>> = Arc::default();
    let began = Instant::now();
    let mut under_way: JoinSet<End> = JoinSet::new();
    let mut ends = Vec::new();
    let (mut sent, mut unsent) = (0_u64, 0_u64);
    let mut ticks = tokio::time::interval(TICK);
    while began.elapsed().as_secs_f64() < arguments.seconds {
        ticks.tick().await;
        while let Some(end) = under_way.try_join_next() {
            ends.extend(end.ok());
        }
        let due = (began.elapsed().as_secs_f64() * arguments.rate) as u64;
        while sent + unsent < due {
            if under_way.len() >= MOST {
                unsent += 1;
                continue;
            }
            let path = arguments.products[(sent as usize) % arguments.products.len()].clone();
            let (idle, address) = (idle.clone(), arguments.address.clone());
            under_way.spawn(async move { ask(&idle, &address, &path, began).await });
            sent += 1;
        }
    }
    let over = Instant::now();
    let recovered = recovered(arguments, over).await;
    while let Some(end) = under_way.join_next().await {
        ends.extend(end.ok());
    }
    let of = |status: u16| ends.iter().filter(move |end| end.status == status);
    let within = |end: &&End| end.at <= arguments.seconds;
    let mut told = json!({
        "sent": sent,
        "unsent": unsent,
        "good_per_second": of(200).filter(within).count() as f64 / arguments.seconds,
        "refused_per_second": of(503).filter(within).count() as f64 / arguments.seconds,
        "unanswered": of(0).count(),
        "other": ends.iter().filter(|end| ![0, 200, 503].contains(&end.status)).count(),
        "usual_again_ms": recovered.map(|time| time.as_secs_f64() * 1000.0),
    });
    percentiles(&mut told, "good_", of(200).map(|end| end.took));
    percentiles(&mut told, "refused_", of(503).map(|end| end.took));
    Ok(told)
}

/// On a connection that is free, or a new one.
async fn ask(idle: &Mutex<Vec<Client>>, address: &str, path: &str, began: Instant) -> End {
    let free = idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
    let mut client = free.unwrap_or_else(|| Client::new(address));
    let from = Instant::now();
    let answer = client.get(path).await;
    let end = End {
        at: began.elapsed().as_secs_f64(),
        took: from.elapsed(),
        status: answer.as_ref().map_or(0, |answer| answer.status.as_u16()),
    };
    if answer.is_ok() {
        idle.lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(client);
    }
    end
}

/// How long after `over` answers are as quick as usual again, several in a row; None when they are not.
async fn recovered(arguments: &Arguments, over: Instant) -> Option<Duration> {
    let usual = Duration::from_secs_f64(arguments.usual * 2.0 / 1000.0);
    let mut client = Client::new(&arguments.address);
    let (mut in_a_row, mut since) = (0, over);
    for path in arguments.products.iter().cycle() {
        let from = Instant::now();
        if over.elapsed() > PATIENCE {
            return None;
        }
        let answer = client.get(path).await;
        let is_good = answer.is_ok_and(|answer| answer.status.as_u16() == 200);
        if is_good && from.elapsed() < usual {
            in_a_row += 1;
            if in_a_row == IN_A_ROW {
                return Some(since - over);
            }
        } else {
            in_a_row = 0;
            since = Instant::now();
        }
        tokio::time::sleep(TICK).await;
    }
    None
}
