//! What is made ready before anything is measured: carts of so many lines, and checkouts that only want placing.

use crate::Arguments;
use crate::client::{Client, Cookies};
use crate::scenario::{Scenario, add, form_of};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

/// A checkout page that a shopper has in front of them.
pub struct Ready {
    pub cookies: Cookies,
    pub fields: Vec<(&'static str, String)>,
}

/// What the clients find.
#[derive(Default)]
pub struct Prepared {
    checkouts: Mutex<VecDeque<Ready>>,
    /// By the number of the client.
    pub carts: Vec<Cookies>,
}

impl Prepared {
    pub async fn make(arguments: &Arc<Arguments>) -> Result<Self, String> {
        match arguments.scenario {
            Scenario::Change => Ok(Self {
                carts: many(arguments, arguments.clients, cart).await?,
                ..Self::default()
            }),
            Scenario::Place => Ok(Self {
                checkouts: Mutex::new(many(arguments, arguments.prepare, checkout).await?.into()),
                ..Self::default()
            }),
            _ => Ok(Self::default()),
        }
    }

    /// A checkout that nobody has placed.
    pub fn next(&self) -> Option<Ready> {
        let mut checkouts = self
            .checkouts
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        checkouts.pop_front()
    }
}

/// `count` times what `make` makes, sixteen at once, in the order of their numbers: neighbours share no line.
async fn many<T: Send + 'static, F>(
    arguments: &Arc<Arguments>,
    count: usize,
    make: impl Fn(Arc<Arguments>, usize) -> F + Copy + Send + 'static,
) -> Result<Vec<T>, String>
where
    F: Future<Output = Result<T, String>> + Send + 'static,
{
    const AT_ONCE: usize = 16;
    let makers: Vec<_> = (0..AT_ONCE)
        .map(|maker| {
            let arguments = arguments.clone();
            tokio::spawn(async move {
                let mut made = Vec::new();
                for number in (maker..count).step_by(AT_ONCE) {
                    made.push(make(arguments.clone(), number).await?);
                }
                Ok::<_, String>(made)
            })
        })
        .collect();
    let mut all: Vec<Option<T>> = std::iter::repeat_with(|| None).take(count).collect();
    for (number, maker) in makers.into_iter().enumerate() {
        let made = maker.await.map_err(|error| error.to_string())??;
        let places = all.iter_mut().skip(number).step_by(AT_ONCE);
        for (place, made) in places.zip(made) {
            *place = Some(made);
        }
    }
    Ok(all.into_iter().flatten().collect())
}

async fn cart(arguments: Arc<Arguments>, number: usize) -> Result<Cookies, String> {
    let mut client = Client::new(&arguments.address);
    fill(&arguments, &mut client, number).await?;
    Ok(client.leave())
}

async fn checkout(arguments: Arc<Arguments>, number: usize) -> Result<Ready, String> {
    let mut client = Client::new(&arguments.address);
    fill(&arguments, &mut client, number).await?;
    let fields = form_of(&mut client, number).await?;
    let cookies = client.leave();
    Ok(Ready { cookies, fields })
}

/// Puts the lines into a cart, other ones for each number.
async fn fill(arguments: &Arguments, client: &mut Client, number: usize) -> Result<(), String> {
    for line in 0..arguments.lines {
        let at = (number * arguments.lines + line) % arguments.variants.len();
        add(client, arguments.variants[at]).await?;
    }
    Ok(())
}
