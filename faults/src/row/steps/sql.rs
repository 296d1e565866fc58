//! Statements that fail: triggers in a world's database that raise an error when it is their turn. The turn is counted by a
//! sequence, which no rollback takes back.

use super::Stage;
use sqlx::{AssertSqlSafe, PgPool};
use std::fmt::Write as _;

/// A statement that can be made to fail.
#[derive(Clone, Copy, Debug)]
pub struct Statement {
    pub stage: Stage,
    table: &'static str,
    /// `INSERT` or `UPDATE`.
    change: &'static str,
    /// It is not the statement that fails, but the commit of its transaction.
    at_commit: bool,
}

const fn insert(stage: Stage, table: &'static str) -> Statement {
    Statement {
        stage,
        table,
        change: "INSERT",
        at_commit: false,
    }
}

const fn update(stage: Stage, table: &'static str) -> Statement {
    Statement {
        change: "UPDATE",
        ..insert(stage, table)
    }
}

const fn commit(of: Statement) -> Statement {
    Statement {
        at_commit: true,
        ..of
    }
}

/// Everything that placing, paying, giving up and sending back write.
pub const STATEMENTS: &[Statement] = &[
    insert(Stage::Place, "idempotency_key"),
    insert(Stage::Place, "orders"),
    insert(Stage::Place, "order_line"),
    update(Stage::Place, "stock"),
    insert(Stage::Place, "stock_ledger"),
    insert(Stage::Place, "payment_attempt"),
    insert(Stage::Place, "promotion_use"),
    update(Stage::Place, "promotion"),
    insert(Stage::Place, "gift_card_entry"),
    update(Stage::Place, "gift_card"),
    insert(Stage::Place, "order_credit"),
    insert(Stage::Place, "outbox"),
    insert(Stage::Place, "audit_log"),
    commit(insert(Stage::Place, "orders")),
    update(Stage::Place, "payment_attempt"),
    update(Stage::Free, "payment_attempt"),
    update(Stage::Free, "orders"),
    commit(update(Stage::Free, "orders")),
    insert(Stage::Pay, "webhook_event"),
    update(Stage::Pay, "webhook_event"),
    update(Stage::Pay, "payment_attempt"),
    update(Stage::Pay, "orders"),
    update(Stage::Pay, "stock"),
    insert(Stage::Pay, "stock_ledger"),
    insert(Stage::Pay, "outbox"),
    insert(Stage::Pay, "job"),
    update(Stage::Pay, "job"),
    commit(update(Stage::Pay, "orders")),
    update(Stage::Expire, "orders"),
    insert(Stage::Expire, "stock_ledger"),
    update(Stage::Expire, "promotion_use"),
    insert(Stage::Expire, "gift_card_entry"),
    commit(update(Stage::Expire, "orders")),
    insert(Stage::Refund, "refund"),
    update(Stage::Refund, "refund"),
    insert(Stage::Refund, "gift_card_entry"),
    insert(Stage::Refund, "outbox"),
];

/// What PostgreSQL may say: something is broken, its disk is full, the statement took too long.
pub const CODES: [&str; 3] = ["XX000", "53100", "57014"];

impl Statement {
    /// `orders.insert`, `orders.insert.commit`: the same for every stage.
    pub fn name(&self) -> String {
        let at_commit = if self.at_commit { ".commit" } else { "" };
        format!(
            "{}.{}{at_commit}",
            self.table,
            self.change.to_ascii_lowercase()
        )
    }
}

/// Puts the triggers there; none of them fails yet.
pub async fn install(db: &PgPool) -> sqlx::Result<()> {
    let mut text = String::from(
        "CREATE SEQUENCE fault_turn;
         CREATE TABLE fault_armed (name text NOT NULL, nth bigint NOT NULL, code text NOT NULL);
         INSERT INTO fault_armed VALUES ('', 0, '');
         CREATE FUNCTION fault_here() RETURNS trigger LANGUAGE plpgsql AS $$
         DECLARE armed fault_armed;
         BEGIN
             SELECT * INTO armed FROM fault_armed;
             -- What the harness itself writes is nobody's step.
             IF current_setting('application_name') <> 'faults' AND armed.name = TG_ARGV[0] AND nextval('fault_turn') = armed.nth THEN
                 RAISE EXCEPTION USING ERRCODE = armed.code, MESSAGE = format('%s was asked to fail', armed.name);
             END IF;
             RETURN NEW;
         END $$;",
    );
    let mut there = Vec::new();
    for statement in STATEMENTS {
        let name = statement.name();
        if there.contains(&name) {
            continue;
        }
        let (table, change) = (statement.table, statement.change);
        let (kind, when, how) = match statement.at_commit {
            true => (
                "CONSTRAINT TRIGGER",
                "AFTER",
                "DEFERRABLE INITIALLY DEFERRED",
            ),
            false => ("TRIGGER", "BEFORE", ""),
        };
        let _ = write!(
            text,
            "CREATE {kind} \"fault {name}\" {when} {change} ON {table} {how}
             FOR EACH ROW EXECUTE FUNCTION fault_here('{name}');"
        );
        there.push(name);
    }
    sqlx::raw_sql(AssertSqlSafe(text)).execute(db).await?;
    Ok(())
}

/// The `nth` of these fails, with that code of an error.
pub async fn arm(db: &PgPool, name: &str, nth: u32, code: &str) -> sqlx::Result<()> {
    disarm(db).await?;
    sqlx::query("SELECT setval('fault_turn', 1, false)")
        .execute(db)
        .await?;
    sqlx::query("UPDATE fault_armed SET name = $1, nth = $2, code = $3")
        .bind(name)
        .bind(i64::from(nth))
        .bind(code)
        .execute(db)
        .await?;
    Ok(())
}

pub async fn disarm(db: &PgPool) -> sqlx::Result<()> {
    sqlx::query("UPDATE fault_armed SET name = '', nth = 0")
        .execute(db)
        .await?;
    Ok(())
}

/// Whether the statement that was to fail did.
pub async fn has_failed(db: &PgPool) -> sqlx::Result<bool> {
    sqlx::query_scalar(
        "SELECT nth > 0 AND is_called AND last_value >= nth FROM fault_turn, fault_armed",
    )
    .fetch_one(db)
    .await
}

/// What placing takes: orders, units held or sold, uses of promotions, and what gift cards hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Taken {
    pub orders: i64,
    units: i64,
    uses: i64,
    credit: i64,
}

pub async fn taken(db: &PgPool) -> sqlx::Result<Taken> {
    sqlx::query_as(
        "SELECT (SELECT count(*) FROM orders) AS orders,
                (SELECT coalesce(sum(held + sold), 0)::bigint FROM stock) AS units,
                (SELECT coalesce(sum(used), 0)::bigint FROM promotion) AS uses,
                (SELECT coalesce(sum(balance_minor), 0)::bigint FROM gift_card) AS credit",
    )
    .fetch_one(db)
    .await
}

/// Number and state of the order that was placed under that key; a refund that is not sent yet makes it `refund_due`.
pub async fn order_of(db: &PgPool, key: uuid::Uuid) -> sqlx::Result<Option<(String, String)>> {
    sqlx::query_as(
        "SELECT o.number, CASE WHEN EXISTS (SELECT FROM refund r WHERE r.customer_id = o.customer_id
                                            AND r.order_id = o.id AND r.state = 'due') THEN 'refund_due' ELSE o.state END
         FROM idempotency_key k JOIN orders o ON o.customer_id = k.customer_id AND o.id = k.order_id WHERE k.key = $1",
    )
    .bind(key)
    .fetch_optional(db)
    .await
}
