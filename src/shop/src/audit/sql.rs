//! The audit log's one statement.

use crate::Caller;
use serde_json::Value;
use sqlx::PgConnection;
use sqlx::types::Json;
use time::OffsetDateTime;
use uuid::Uuid;

pub async fn insert(
    tx: &mut PgConnection,
    id: Uuid,
    at: OffsetDateTime,
    caller: &Caller,
    action: &str,
    (subject_kind, subject_id): (&str, &str),
    change: &Value,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"INSERT INTO audit_log (id, at, actor, action, subject_kind, subject_id, cause, trace_id, change)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"#,
        id,
        at,
        Json(&caller.actor) as _,
        action,
        subject_kind,
        subject_id,
        caller.cause,
        caller.trace,
        change,
    )
    .execute(tx)
    .await?;
    Ok(())
}
