//! The confirmation by SMTP, to a mail server of the test's own.

use crate::world::{Plan, World, eventually};
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// What was said to the mail server, line by line.
type Heard = Arc<Mutex<Vec<String>>>;

/// Takes mail (RFC 5321), after refusing the first `refuse` connections for the moment.
async fn mail_server(refuse: usize) -> (String, Heard) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("smtp://{}", listener.local_addr().expect("an address"));
    let heard = Heard::default();
    let told = heard.clone();
    tokio::spawn(async move {
        let mut count = 0;
        while let Ok((stream, _)) = listener.accept().await {
            count += 1;
            tokio::spawn(converse(stream, told.clone(), count <= refuse));
        }
    });
    (url, heard)
}

async fn converse(stream: TcpStream, heard: Heard, refuse: bool) -> std::io::Result<()> {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).lines();
    let greeting = if refuse {
        "421 later"
    } else {
        "220 mail.example"
    };
    write
        .write_all(format!("{greeting}\r\n").as_bytes())
        .await?;
    let mut in_message = false;
    while let Some(line) = lines.next_line().await? {
        let command = line.to_ascii_uppercase();
        let answer = match command.as_str() {
            "." if in_message => {
                in_message = false;
                "250 taken"
            }
            _ if in_message => "",
            "DATA" => {
                in_message = true;
                "354 go on"
            }
            "QUIT" => "221 bye",
            _ => "250 mail.example",
        };
        heard.lock().unwrap().push(line);
        if !answer.is_empty() {
            write.write_all(format!("{answer}\r\n").as_bytes()).await?;
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_confirmation_goes_out_by_smtp_once_the_mail_server_takes_it() {
    let (url, heard) = mail_server(1).await;
    let world = World::with(Plan {
        settings: vec![("RIALTO_SMTP_URL", url)],
        ..Plan::default()
    })
    .await;
    let shopper = world.shopper();
    shopper.add(&world.variant("VASE").await, 1).await;
    let paying = shopper.place_as_ada().await;
    let thanks = shopper.pay_and_return(&paying).await;
    let number = crate::browser::order_number(&thanks.url);
    // The first try failed for the moment; the job is done again.
    eventually("the mail was taken", async || {
        heard.lock().unwrap().iter().any(|line| line == ".")
    })
    .await;
    world.until_jobs_are_done().await;
    let tries = "SELECT attempts::bigint FROM job WHERE consumer = 'mail.order_confirmation'";
    assert_eq!(world.count(tries).await, 2);
    let heard = heard.lock().unwrap().clone();
    let has = |start: &str| heard.iter().filter(|line| line.starts_with(start)).count();
    assert_eq!(has("RCPT TO:<ada@example.com>"), 1, "{heard:#?}");
    assert_eq!(has("To: ada@example.com"), 1, "{heard:#?}");
    assert!(
        heard.iter().any(|line| line.contains(&number)),
        "{heard:#?}"
    );
    assert!(world.mails().is_empty(), "not into the folder as well");
}
