use super::*;

fn orders(json: &str) -> Orders {
    serde_json::from_str(json).unwrap()
}

fn under(json: &str) -> Faults {
    let faults = Faults::none();
    faults.set(orders(json)).unwrap();
    faults
}

#[test]
fn a_counted_rule_meets_that_many_requests_of_its_kind() {
    let faults = under(r#"{"requests":[{"kind":"reset","next":2,"method":"POST"}]}"#);
    assert_eq!(faults.judge("GET", "/v1/refunds"), None);
    assert_eq!(faults.judge("POST", "/pay/cs_test_1"), None);
    assert_eq!(faults.judge("POST", "/simulator/faults"), None);
    assert!(faults.judge("POST", "/v1/refunds").is_some());
    assert!(faults.judge("POST", "/v2/checkout/orders").is_some());
    assert_eq!(faults.judge("POST", "/v1/refunds"), None);
    assert_eq!(faults.show().requests.unwrap()[0].hits, 2);
}

#[test]
fn a_rule_is_for_a_provider_an_operation_or_a_path() {
    let faults = under(
        r#"{"requests":[
            {"kind":"slow","provider":"paypal","operation":"refund.create"},
            {"kind":"status500","operation":"page"},
            {"kind":"garbage","provider":"carrier"},
            {"kind":"trickle","path":"/v1/charges"}]}"#,
    );
    let kind = |method, path| faults.judge(method, path).map(|verdict| verdict.kind);
    assert_eq!(
        kind("POST", "/v2/payments/captures/1/refund"),
        Some(Kind::Slow)
    );
    assert_eq!(kind("POST", "/v1/refunds"), None);
    assert_eq!(kind("GET", "/pay/cs_1"), Some(Kind::Status500));
    assert_eq!(kind("POST", "/checkoutnow"), Some(Kind::Status500));
    assert_eq!(kind("GET", "/v2/trackers/trk_1"), Some(Kind::Garbage));
    assert_eq!(kind("GET", "/v2/nowhere"), Some(Kind::Garbage));
    assert_eq!(kind("GET", "/v1/charges/ch_1"), Some(Kind::Trickle));
}

#[test]
fn a_provider_is_down_until_told_otherwise() {
    let faults = under(r#"{"down":{"paypal":"reset"}}"#);
    for _ in 0..3 {
        let verdict = faults.judge("POST", "/v1/oauth2/token").unwrap();
        assert_eq!(verdict.kind, Kind::Reset);
    }
    assert!(
        faults.judge("GET", "/checkoutnow").is_some(),
        "its page too"
    );
    assert_eq!(faults.judge("POST", "/v1/checkout/sessions"), None);
    assert!(faults.is_down(Service::Paypal) && !faults.is_down(Service::Stripe));
    faults.down(Service::Stripe, Some(Kind::Status500));
    assert!(faults.judge("POST", "/v1/checkout/sessions").is_some());
    faults.down(Service::Paypal, None);
    assert_eq!(faults.judge("POST", "/v1/oauth2/token"), None);
    faults.clear();
    assert_eq!(faults.judge("POST", "/v1/checkout/sessions"), None);
}

#[test]
fn the_same_seed_meets_the_same_requests_whatever_others_meet() {
    let run = |seed: u64, noise: usize| {
        let faults = under(
            r#"{"requests":[
                {"kind":"slow","share":0.5,"provider":"paypal"},
                {"kind":"status500","share":0.3,"provider":"stripe"}],
                "webhooks":{"drop":0.5}}"#,
        );
        let seed = Orders {
            seed: Some(seed),
            ..Orders::default()
        };
        faults.set(seed).unwrap();
        (0..1000)
            .map(|_| {
                for _ in 0..noise {
                    faults.judge("POST", "/v2/checkout/orders");
                    faults.delivery(Service::Stripe, "any");
                }
                faults.judge("POST", "/v1/refunds").is_some()
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(run(7, 0), run(7, 3));
    assert_ne!(run(7, 0), run(8, 0));
    let met = run(7, 0).into_iter().filter(|met| *met).count();
    assert!((200..400).contains(&met), "{met} of 1000 at 0.3");
}

#[test]
fn what_is_out_of_bounds_or_unknown_changes_nothing() {
    let faults = Faults::none();
    for (json, said) in [
        (r#"{"requests":[{"kind":"slow","share":1.5}]}"#, "1.5"),
        (r#"{"webhooks":{"drop":-0.1}}"#, "-0.1"),
        (r#"{"webhooks_of":{"paypal":{"duplicate":101}}}"#, "100"),
        (
            r#"{"requests":[{"kind":"slow","provider":"paypal","operation":"session.create"}]}"#,
            "order.capture",
        ),
    ] {
        let refused = faults.set(orders(json)).unwrap_err();
        assert!(refused.contains(said), "{json}: {refused}");
    }
    assert_eq!(faults.judge("POST", "/v1/refunds"), None);
}

#[test]
fn webhook_rules_duplicate_and_drop_by_provider_and_type() {
    let faults = under(r#"{"webhooks":{"duplicate":4,"delay_ms":30}}"#);
    let plan = faults.delivery(Service::Stripe, "any");
    assert_eq!((plan.copies.len(), plan.drop), (3, false));
    assert_eq!(plan.delay, Duration::from_millis(30));
    faults
        .set(orders(
            r#"{"webhooks_of":{"paypal":{"drop":1.0,"types":["X"],"before_response":true}}}"#,
        ))
        .unwrap();
    assert!(faults.delivery(Service::Paypal, "X").drop);
    assert_eq!(
        faults.delivery(Service::Paypal, "Y"),
        DeliveryPlan::default()
    );
    assert!(faults.webhooks_come_first(Service::Paypal, "X"));
    assert!(!faults.webhooks_come_first(Service::Paypal, "Y"));
    assert!(!faults.delivery(Service::Stripe, "X").drop);
    faults.clear();
    assert!(!faults.delivery(Service::Paypal, "X").drop);
}

#[test]
fn a_number_of_copies_is_drawn_between_its_bounds() {
    let faults = under(r#"{"webhooks":{"duplicate":1,"duplicate_up_to":10}}"#);
    let copies: Vec<_> = (0..500)
        .map(|_| faults.delivery(Service::Stripe, "any").copies.len())
        .collect();
    assert_eq!(copies.iter().min(), Some(&0));
    assert_eq!(copies.iter().max(), Some(&9));
}

#[test]
fn a_share_of_events_comes_late_by_hours() {
    let faults = under(r#"{"webhooks":{"old_hours":72,"old_share":0.5}}"#);
    let late = (0..500)
        .filter(|_| match faults.delivery(Service::Stripe, "any").old {
            0 => false,
            old => {
                assert_eq!(old, 72 * 3_600);
                true
            }
        })
        .count();
    assert!((150..350).contains(&late), "{late}");
}
