//! The adapter against a PayPal of a few lines, over HTTP; and golden answers for its parts.

use super::*;
use domain::{Currency, Locale, OrderId, RefundId};
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use time::macros::datetime;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use uuid::Uuid;

pub(super) const ATTEMPT: &str = "00000000-0000-0000-0000-000000000001";
const REFERENCE: &str = "5O190127TN364715T";

pub(super) fn eur(minor: i64) -> Money {
    Money::new(minor, Currency::Eur)
}

pub(super) fn attempt(amount: Money) -> Attempt {
    Attempt {
        id: AttemptId(Uuid::from_u128(1)),
        order: OrderId(Uuid::from_u128(2)),
        number: "RI-7K3M-Q2XW".to_owned(),
        amount,
        email: "ada@example.com".to_owned(),
        locale: Locale::De,
        charges: Vec::new(),
        expires_at: datetime!(2026-11-27 10:31 UTC),
        return_url: "https://rialto.example/de-eu/checkout/return".to_owned(),
        cancel_url: "https://rialto.example/de-eu/orders/RI-7K3M-Q2XW/t".to_owned(),
        method: None,
        keep: None,
    }
}

/// An order of 52.90 euros as PayPal answers it.
pub(super) fn order(status: &str, captures: Value) -> Value {
    json!({
        "id": REFERENCE,
        "intent": "CAPTURE",
        "status": status,
        "purchase_units": [{
            "reference_id": "RI-7K3M-Q2XW",
            "custom_id": ATTEMPT,
            "invoice_id": "RI-7K3M-Q2XW",
            "amount": { "currency_code": "EUR", "value": "52.90" },
            "payments": { "captures": captures },
        }],
        "links": [
            { "href": "https://api-m.paypal.com/v2/checkout/orders/5O190127TN364715T", "rel": "self", "method": "GET" },
            { "href": "https://www.paypal.com/checkoutnow?token=5O190127TN364715T", "rel": "payer-action", "method": "GET" },
        ],
    })
}

/// A capture as PayPal answers it.
pub(super) fn captured(status: &str, value: &str) -> Value {
    json!({
        "id": "3C679366HH908993F",
        "status": status,
        "amount": { "currency_code": "EUR", "value": value },
        "final_capture": true,
        "custom_id": ATTEMPT,
        "invoice_id": "RI-7K3M-Q2XW",
        "supplementary_data": { "related_ids": { "order_id": REFERENCE } },
    })
}

fn refused(issue: &str) -> (u16, Value) {
    let body =
        json!({ "name": "UNPROCESSABLE_ENTITY", "message": "no", "details": [{ "issue": issue }] });
    (422, body)
}

/// A request that came: its first line, its headers in lower case, its body.
#[derive(Clone, Debug)]
struct Heard {
    line: String,
    headers: Vec<String>,
    body: String,
}

/// Answers requests in turn, and remembers them. Tokens are granted beside.
struct Stub {
    url: String,
    heard: Arc<Mutex<Vec<Heard>>>,
    tokens: Arc<Mutex<u32>>,
}

impl Stub {
    async fn answering(answers: Vec<(u16, Value)>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (heard, tokens) = (Arc::default(), Arc::default());
        let stub = Self {
            url,
            heard: Arc::clone(&heard),
            tokens: Arc::clone(&tokens),
        };
        let answers = Arc::new(Mutex::new(VecDeque::from(answers)));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (answers, heard, tokens) = (
                    Arc::clone(&answers),
                    Arc::clone(&heard),
                    Arc::clone(&tokens),
                );
                tokio::spawn(async move { serve(stream, &answers, &heard, &tokens).await });
            }
        });
        stub
    }

    fn paypal(&self) -> PayPal {
        let keys = Keys {
            client_id: "client".to_owned(),
            client_secret: "secret".to_owned(),
            webhook_id: "WH-SHOP".to_owned(),
        };
        PayPal::new(&self.url, keys).unwrap()
    }

    fn heard(&self) -> Vec<Heard> {
        self.heard.lock().unwrap().clone()
    }

    fn lines(&self) -> Vec<String> {
        self.heard().into_iter().map(|heard| heard.line).collect()
    }
}

async fn serve(
    stream: TcpStream,
    answers: &Mutex<VecDeque<(u16, Value)>>,
    heard: &Mutex<Vec<Heard>>,
    tokens: &Mutex<u32>,
) {
    let mut stream = BufReader::new(stream);
    while let Some(request) = read_request(&mut stream).await {
        let (status, body) = if request.line.starts_with("POST /v1/oauth2/token") {
            let mut tokens = tokens.lock().unwrap();
            *tokens += 1;
            let token = format!("A21AA-{tokens}");
            (
                200,
                json!({ "access_token": token, "token_type": "Bearer", "expires_in": 32_400 }),
            )
        } else {
            heard.lock().unwrap().push(request);
            let answer = answers.lock().unwrap().pop_front();
            answer.expect("an answer for that request")
        };
        let body = body.to_string();
        let head = format!(
            "HTTP/1.1 {status} X\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        let answer = head + &body;
        if stream.get_mut().write_all(answer.as_bytes()).await.is_err() {
            return;
        }
    }
}

async fn read_request(stream: &mut BufReader<TcpStream>) -> Option<Heard> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        match line.trim_end() {
            "" => break,
            line => lines.push(line.to_owned()),
        }
    }
    let line = lines.remove(0);
    let headers: Vec<String> = lines.iter().map(|line| line.to_lowercase()).collect();
    let length = headers
        .iter()
        .find_map(|header| header.strip_prefix("content-length: ")?.parse().ok())
        .unwrap_or(0);
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    Some(Heard {
        line,
        headers,
        body: String::from_utf8(body).unwrap(),
    })
}

#[tokio::test]
async fn opens_an_order_once_for_an_attempt_with_one_token() {
    let new = || (201, order("PAYER_ACTION_REQUIRED", json!([])));
    let stub = Stub::answering(vec![new(), new()]).await;
    let paypal = stub.paypal();
    let attempt = attempt(eur(5_290));
    let first = paypal.start(&attempt).await.unwrap();
    assert_eq!(first.reference, REFERENCE);
    assert_eq!(paypal.start(&attempt).await.unwrap(), first);
    let heard = stub.heard();
    assert_eq!(heard[0].line, "POST /v2/checkout/orders HTTP/1.1");
    let key = format!("paypal-request-id: {ATTEMPT}");
    for heard in &heard {
        assert!(heard.headers.contains(&key), "{heard:?}");
        assert!(
            heard
                .headers
                .contains(&"authorization: bearer a21aa-1".to_owned())
        );
    }
    assert_eq!(heard[0].body, heard[1].body);
    assert_eq!(*stub.tokens.lock().unwrap(), 1);
}

#[tokio::test]
async fn a_token_that_is_not_taken_any_more_is_renewed_once() {
    let no = || (401, json!({ "name": "AUTHENTICATION_FAILURE" }));
    let stub = Stub::answering(vec![no(), (200, order("APPROVED", json!([]))), no(), no()]).await;
    let paypal = stub.paypal();
    assert!(paypal.ask(REFERENCE).await.unwrap().approved);
    assert_eq!(*stub.tokens.lock().unwrap(), 2);
    let refused = paypal.ask(REFERENCE).await;
    assert!(
        matches!(refused, Err(ProviderError::Refused(_))),
        "{refused:?}"
    );
    assert_eq!(*stub.tokens.lock().unwrap(), 3);
}

#[tokio::test]
async fn captures_an_approved_order() {
    let done = order("COMPLETED", json!([captured("COMPLETED", "52.90")]));
    let stub = Stub::answering(vec![(201, done)]).await;
    let report = stub
        .paypal()
        .capture(AttemptId(Uuid::from_u128(1)), REFERENCE)
        .await;
    let report = report.unwrap();
    assert_eq!(
        (report.outcome, report.amount),
        (Outcome::Captured, eur(5_290))
    );
    let heard = stub.heard();
    let line = format!("POST /v2/checkout/orders/{REFERENCE}/capture HTTP/1.1");
    assert_eq!(heard[0].line, line);
    assert!(
        heard[0]
            .headers
            .contains(&format!("paypal-request-id: {ATTEMPT}"))
    );
}

#[tokio::test]
async fn a_capture_that_is_refused_is_what_the_order_says() {
    let paid = order("COMPLETED", json!([captured("COMPLETED", "52.90")]));
    for (issue, now, outcome) in [
        ("ORDER_ALREADY_CAPTURED", paid, Outcome::Captured),
        (
            "ORDER_NOT_APPROVED",
            order("PAYER_ACTION_REQUIRED", json!([])),
            Outcome::Pending,
        ),
        (
            "INSTRUMENT_DECLINED",
            order("APPROVED", json!([])),
            Outcome::Failed,
        ),
        (
            "TRANSACTION_REFUSED",
            order("APPROVED", json!([])),
            Outcome::Failed,
        ),
    ] {
        let stub = Stub::answering(vec![refused(issue), (200, now)]).await;
        let report = stub
            .paypal()
            .capture(AttemptId(Uuid::from_u128(1)), REFERENCE)
            .await;
        let report = report.unwrap();
        assert_eq!(
            (report.outcome, report.approved),
            (outcome, false),
            "{issue}"
        );
    }
    for status in [409, 429, 500, 503] {
        let stub = Stub::answering(vec![(status, json!({ "name": "X" }))]).await;
        let answer = stub
            .paypal()
            .capture(AttemptId(Uuid::from_u128(1)), REFERENCE)
            .await;
        assert!(
            matches!(answer, Err(ProviderError::Unknown(_))),
            "{status}: {answer:?}"
        );
    }
}

#[tokio::test]
async fn an_order_that_will_not_be_captured_is_closed_unless_money_moves() {
    let with = |status: &str| order("COMPLETED", json!([captured(status, "52.90")]));
    for (now, outcome) in [
        (order("APPROVED", json!([])), Outcome::Failed),
        (order("PAYER_ACTION_REQUIRED", json!([])), Outcome::Failed),
        (with("COMPLETED"), Outcome::Captured),
        (with("PENDING"), Outcome::Pending),
    ] {
        let stub = Stub::answering(vec![(200, now.clone())]).await;
        let report = stub.paypal().expire(REFERENCE).await.unwrap();
        assert_eq!((report.outcome, report.approved), (outcome, false), "{now}");
    }
}

#[tokio::test]
async fn money_goes_back_from_the_capture_once_for_a_refund() {
    let paid = order("COMPLETED", json!([captured("COMPLETED", "52.90")]));
    let back = json!({ "id": "1JU08902781691411", "status": "COMPLETED" });
    let stub = Stub::answering(vec![
        (200, paid),
        (201, back),
        (200, order("APPROVED", json!([]))),
    ])
    .await;
    let refund = Refund {
        id: RefundId(Uuid::from_u128(3)),
        attempt: AttemptId(Uuid::from_u128(1)),
        reference: REFERENCE.to_owned(),
        amount: eur(5_290),
    };
    let paypal = stub.paypal();
    paypal.refund(&refund).await.unwrap();
    let heard = stub.heard();
    assert_eq!(
        heard[1].line,
        "POST /v2/payments/captures/3C679366HH908993F/refund HTTP/1.1"
    );
    assert!(
        heard[1]
            .headers
            .contains(&"paypal-request-id: refund-00000000-0000-0000-0000-000000000003".to_owned())
    );
    let unpaid = paypal.refund(&refund).await;
    assert!(
        matches!(unpaid, Err(ProviderError::Refused(_))),
        "{unpaid:?}"
    );
}

#[tokio::test]
async fn a_webhook_is_believed_when_paypal_says_so() {
    let now = datetime!(2026-11-27 10:00 UTC);
    let mut headers = HeaderMap::new();
    for (name, value) in [
        ("paypal-auth-algo", "SHA256withRSA"),
        (
            "paypal-cert-url",
            "https://api.paypal.com/v1/notifications/certs/CERT-1",
        ),
        (
            "paypal-transmission-id",
            "69cd13f0-d67a-11e5-baa3-778b53f4ae55",
        ),
        (
            "paypal-transmission-sig",
            "lmI95Jx3Y9nhR5SJWlHVIWpg4AgFk7n9",
        ),
        ("paypal-transmission-time", "2026-11-27T10:00:00Z"),
    ] {
        headers.insert(name, value.parse().unwrap());
    }
    let body = json!({ "id": "WH-1", "event_type": "CHECKOUT.ORDER.APPROVED", "resource": order("APPROVED", json!([])) });
    let body = serde_json::to_vec(&body).unwrap();
    let verdict = |status: &str| (200, json!({ "verification_status": status }));
    let answers = vec![
        verdict("SUCCESS"),
        verdict("FAILURE"),
        (400, json!({ "name": "VALIDATION_ERROR" })),
        (503, json!({})),
    ];
    let stub = Stub::answering(answers).await;
    let paypal = stub.paypal();
    let read = paypal.read_webhook(&headers, &body, now).await.unwrap();
    assert_eq!(read.event, "WH-1");
    assert!(read.about.is_some_and(|(_, _, report)| report.approved));
    for _ in 0..2 {
        let forged = paypal.read_webhook(&headers, &body, now).await;
        assert_eq!(forged, Err(WebhookError::Forged));
    }
    let unsure = paypal.read_webhook(&headers, &body, now).await;
    assert!(
        matches!(unsure, Err(WebhookError::Unverified(_))),
        "{unsure:?}"
    );
    // Without PayPal's headers it is not even asked.
    let stranger = paypal.read_webhook(&HeaderMap::new(), &body, now).await;
    assert_eq!(stranger, Err(WebhookError::Forged));
    assert_eq!(stub.lines().len(), 4);
}

#[tokio::test]
async fn what_can_not_be_read_is_unknown() {
    for answer in [
        json!("garbage"),
        json!({}),
        json!({ "id": "5O1", "status": "APPROVED" }),
    ] {
        let stub = Stub::answering(vec![(200, answer.clone())]).await;
        let read = stub.paypal().ask(REFERENCE).await;
        assert!(
            matches!(read, Err(ProviderError::Unknown(_))),
            "{answer}: {read:?}"
        );
    }
    let nobody = PayPal::new(
        "http://127.0.0.1:1",
        Keys {
            client_id: "client".to_owned(),
            client_secret: "secret".to_owned(),
            webhook_id: String::new(),
        },
    );
    let answer = nobody.unwrap().ask(REFERENCE).await;
    assert!(
        matches!(answer, Err(ProviderError::Unknown(_))),
        "{answer:?}"
    );
}

#[tokio::test]
async fn only_ids_go_into_paths() {
    let stub = Stub::answering(Vec::new()).await;
    for odd in [
        "",
        "../refunds",
        "5O1?x=1",
        "5O 1",
        "5O1/capture",
        &"a".repeat(65),
    ] {
        let answer = stub.paypal().ask(odd).await;
        assert!(
            matches!(answer, Err(ProviderError::Refused(_))),
            "{odd:?}: {answer:?}"
        );
    }
    assert!(stub.lines().is_empty());
}
