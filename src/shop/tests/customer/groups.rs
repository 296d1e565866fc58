//! Customers in groups.

use crate::claim::{ask, email, mailed, press};
use domain::{Actor, Role, StaffId};
use shop::customer::{GroupError, add_to_group, begin_session, members, remove_from_group};
use shop::testing::TestShop;
use shop::{Caller, Failure};
use sqlx::PgPool;
use uuid::Uuid;

fn staff(role: Role) -> Caller {
    let staff = StaffId(Uuid::from_u128(7));
    Caller {
        actor: Actor::Staff {
            staff,
            roles: vec![role],
        },
        ..Caller::machine("test", "test")
    }
}

fn refused<T: std::fmt::Debug>(answer: Result<T, Failure<GroupError>>) -> GroupError {
    match answer {
        Err(Failure::Refused(error)) => error,
        other => panic!("{other:?}"),
    }
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn a_customer_joins_and_leaves_a_group_by_their_claimed_address(db: PgPool) {
    let shop = TestShop::new(db).await;
    let (_, session) = begin_session(&shop, None).await.unwrap();
    let (owner, ada) = (staff(Role::Owner), email("ada@example.com"));
    assert_eq!(
        refused(add_to_group(&shop, &owner, &ada, "trade").await),
        GroupError::UnknownEmail("ada@example.com".to_owned()),
        "a guest proves nothing"
    );
    ask(&shop, &session, "Ada@example.com").await.unwrap();
    let token = mailed(&shop).await;
    press(&shop, &session, &token).await.unwrap();

    assert!(add_to_group(&shop, &owner, &ada, "trade").await.unwrap());
    assert!(!add_to_group(&shop, &owner, &ada, "trade").await.unwrap());
    assert!(add_to_group(&shop, &owner, &ada, "friends").await.unwrap());
    let names = async |group: Option<&str>| {
        let members = members(&shop, group, 10).await.unwrap();
        let name = |member: shop::customer::Member| (member.group, member.customer);
        members.into_iter().map(name).collect::<Vec<_>>()
    };
    let is = |group: &str| (group.to_owned(), session.customer);
    assert_eq!(names(None).await, [is("friends"), is("trade")]);
    assert_eq!(names(Some("trade")).await, [is("trade")]);
    assert!(
        remove_from_group(&shop, &owner, &ada, "trade")
            .await
            .unwrap()
    );
    assert!(
        !remove_from_group(&shop, &owner, &ada, "trade")
            .await
            .unwrap()
    );
    assert_eq!(names(None).await, [is("friends")]);

    for bad in ["", "Trade", "no spaces", &"x".repeat(41)] {
        let answer = add_to_group(&shop, &owner, &ada, bad).await;
        assert_eq!(refused(answer), GroupError::BadName, "{bad}");
    }
    for denied in [shop.caller(&session), staff(Role::Support)] {
        let answer = add_to_group(&shop, &denied, &ada, "trade").await;
        assert_eq!(refused(answer), GroupError::Denied);
    }
}
