use super::*;

/// Every pair of a state and an event is either in `legal` or refused.
fn only<S, E>(
    states: &[S],
    events: &[E],
    legal: &[(S, E, S)],
    next: impl Fn(S, E) -> Result<S, Illegal<S, E>>,
) where
    S: Copy + PartialEq + std::fmt::Debug + std::fmt::Display,
    E: Copy + PartialEq + std::fmt::Debug + std::fmt::Display,
{
    for &state in states {
        for &event in events {
            let expected = legal
                .iter()
                .find(|(from, by, _)| (*from, *by) == (state, event))
                .map_or(Err(Illegal { state, event }), |(_, _, to)| Ok(*to));
            assert_eq!(next(state, event), expected, "{state:?} {event:?}");
        }
    }
    for (from, by, _) in legal {
        assert!(states.contains(from) && events.contains(by));
    }
}

#[test]
fn only_what_is_listed_moves_a_shipment() {
    use ShipmentEvent as E;
    use ShipmentState as S;
    let legal = [
        (S::Preparing, E::Dispatched, S::Shipped),
        (S::Preparing, E::Cancelled, S::Cancelled),
        (S::Shipped, E::Delivered, S::Delivered),
        (S::Shipped, E::Undeliverable, S::Undeliverable),
        (S::Undeliverable, E::Delivered, S::Delivered),
    ];
    only(S::ALL, E::ALL, &legal, S::next);
}

#[test]
fn only_what_is_listed_moves_a_return() {
    use ReturnEvent as E;
    use ReturnState as S;
    let legal = [
        (S::Announced, E::Received, S::Received),
        (S::Announced, E::Cancelled, S::Cancelled),
        (S::Received, E::Refunded, S::Refunded),
    ];
    only(S::ALL, E::ALL, &legal, S::next);
}

#[test]
fn only_what_is_listed_moves_a_refund() {
    use RefundEvent as E;
    use RefundState as S;
    let legal = [
        (S::Due, E::Accepted, S::Sent),
        (S::Due, E::Refused, S::Failed),
        (S::Failed, E::Retried, S::Due),
    ];
    only(S::ALL, E::ALL, &legal, S::next);
}

#[test]
fn a_name_leads_back_to_what_it_names() {
    fn there_and_back<T>(all: &[T])
    where
        T: Copy
            + PartialEq
            + std::fmt::Debug
            + std::fmt::Display
            + std::str::FromStr<Err = UnknownName>,
        T: Serialize,
    {
        for one in all {
            let name = one.to_string();
            assert_eq!(name.parse::<T>(), Ok(*one));
            assert_eq!(serde_json::to_value(one).unwrap(), name);
        }
        assert!("nothing of the kind".parse::<T>().is_err());
    }
    there_and_back(ShipmentState::ALL);
    there_and_back(ReturnState::ALL);
    there_and_back(ReturnReason::ALL);
    there_and_back(RefundState::ALL);
    there_and_back(RefundReason::ALL);
}

#[test]
fn the_parts_of_a_line_add_up_to_the_whole() {
    for paid in [0, 1, 99, 100, 5_290, i64::MAX] {
        for bought in 1..=12 {
            for first in 0..=bought {
                for second in 0..=bought - first {
                    let rest = bought - first - second;
                    let parts = [
                        share(paid, bought, 0, first),
                        share(paid, bought, first, second),
                        share(paid, bought, first + second, rest),
                    ];
                    assert!(parts.iter().all(|part| *part >= 0));
                    assert_eq!(
                        parts.iter().sum::<i64>(),
                        paid,
                        "{paid} in {bought}: {parts:?}"
                    );
                }
            }
        }
    }
    assert_eq!(share(1_000, 0, 0, 1), 0);
    assert_eq!(share(1_000, 3, 0, 1), 333);
    assert_eq!(share(1_000, 3, 2, 5), 334, "no more than were bought");
}

fn shipment(state: ShipmentState) -> ShipmentView {
    ShipmentView {
        number: 1,
        state,
        carrier: String::new(),
        tracking_code: None,
        tracking_url: None,
        label_url: None,
        shipped_at: None,
        ended_at: None,
        lines: Vec::new(),
    }
}

#[test]
fn an_order_has_arrived_when_all_of_it_has() {
    use ShipmentState as S;
    let of = |states: &[S], shipped: u32, withdrawn: u32| Followed {
        shipments: states.iter().copied().map(shipment).collect(),
        units: vec![Units {
            bought: 3,
            shipped,
            withdrawn,
            ..Units::default()
        }],
        ..Followed::default()
    };
    assert_eq!(of(&[], 0, 0).progress(), Progress::Packing);
    assert_eq!(of(&[S::Preparing], 1, 0).progress(), Progress::Packing);
    assert_eq!(of(&[S::Shipped], 1, 0).progress(), Progress::PartlyShipped);
    assert_eq!(
        of(&[S::Delivered, S::Preparing], 3, 0).progress(),
        Progress::PartlyShipped
    );
    assert_eq!(
        of(&[S::Delivered, S::Shipped], 3, 0).progress(),
        Progress::Shipped
    );
    assert_eq!(of(&[S::Undeliverable], 3, 0).progress(), Progress::Shipped);
    assert_eq!(of(&[S::Delivered], 2, 1).progress(), Progress::Delivered);
}
