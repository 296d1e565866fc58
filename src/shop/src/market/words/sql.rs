//! The words' statements.

use domain::Locale;
use sqlx::PgConnection;

/// By columns.
#[derive(Default)]
pub struct Rows {
    pub kinds: Vec<String>,
    pub sources: Vec<String>,
    pub words: Vec<String>,
}

/// These are the words of `locale` from now on.
pub async fn replace(tx: &mut PgConnection, locale: Locale, rows: &Rows) -> sqlx::Result<()> {
    sqlx::query!("DELETE FROM option_word WHERE locale = $1", locale.code())
        .execute(&mut *tx)
        .await?;
    sqlx::query!(
        "INSERT INTO option_word (locale, kind, source, word)
         SELECT $1, * FROM unnest($2::text[], $3::text[], $4::text[])",
        locale.code(),
        &rows.kinds,
        &rows.sources,
        &rows.words,
    )
    .execute(tx)
    .await?;
    Ok(())
}
