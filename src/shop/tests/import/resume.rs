//! Large files: in parts that are committed, in memory that does not grow, and going on after a stop.

use crate::{import, machine, shop, sql};
use shop::catalog::import::{self as importing, ImportError, ImportOptions};
use sqlx::PgPool;
use std::io::{Cursor, Read, Seek, SeekFrom};
use time::Duration;

const OPTIONS: ImportOptions = ImportOptions {
    market: None,
    skip_bad_rows: false,
};

/// Products that differ from each other, with `price` for all.
fn file(products: usize, price: &str) -> String {
    let mut file = "Handle,Title,Type,Variant Price,Variant Inventory Qty\n".to_owned();
    for number in 0..products {
        file.push_str(&format!(
            "thing-{number},Thing {number},Kind,{price},{number}\n"
        ));
    }
    file
}

/// A file that can be read once from its beginning to its end; the second time, its disk breaks near the end.
struct Breaking {
    file: Cursor<Vec<u8>>,
    passes: u32,
}

impl Read for Breaking {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let left = self.file.get_ref().len() as u64 - self.file.position();
        if self.passes > 0 && left < 4_000 {
            return Err(std::io::Error::other("the disk broke"));
        }
        let most = buffer.len().min(1_000);
        self.file.read(&mut buffer[..most])
    }
}

impl Seek for Breaking {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        self.passes += 1;
        self.file.seek(to)
    }
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn an_import_that_stopped_goes_on(db: PgPool) {
    let shop = shop(db).await;
    let text = file(4_600, "2.00");
    let broken = Breaking {
        file: Cursor::new(text.clone().into_bytes()),
        passes: 0,
    };
    let error = importing::run(&shop, &machine(), broken, &OPTIONS, &mut |_| {})
        .await
        .unwrap_err();
    let ImportError::Stopped { done, total, why } = error else {
        panic!("{error}");
    };
    assert_eq!((done, total), (4_000, 4_600));
    assert!(why.contains("the disk broke"), "{why}");
    assert_eq!(
        sql::products(&shop.db).await,
        4_000,
        "each committed part is there"
    );

    // Somebody changes one of those that are done; going on does not touch it again.
    sql::rename(&shop.db, "thing-3", "Renamed").await;
    shop.clock.advance(Duration::HOUR);
    let report = import(&shop, &text).await.unwrap();
    assert_eq!(report.gone_on_after, 4_000);
    assert_eq!((report.products_new, report.products_updated), (4_600, 0));
    assert_eq!(report.variants, 4_600);
    assert_eq!(sql::products(&shop.db).await, 4_600);
    assert_eq!(sql::title(&shop.db, "thing-3").await, "Renamed");

    // It has ended: the same again begins anew.
    let again = import(&shop, &text).await.unwrap();
    assert_eq!((again.gone_on_after, again.products_updated), (0, 1));
    assert_eq!(again.products_unchanged, 4_599);
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn another_file_or_another_day_begins_anew(db: PgPool) {
    let shop = shop(db).await;
    let stop = async |text: &str| {
        let broken = Breaking {
            file: Cursor::new(text.as_bytes().to_vec()),
            passes: 0,
        };
        let stopped = importing::run(&shop, &machine(), broken, &OPTIONS, &mut |_| {}).await;
        assert!(
            matches!(stopped, Err(ImportError::Stopped { done: 2_000, .. })),
            "{stopped:?}"
        );
    };
    let text = file(2_500, "2.00");
    stop(&text).await;
    import(&shop, "Handle,Title,Variant Price\nthing-1,Otherwise,9\n")
        .await
        .unwrap();
    let report = import(&shop, &text).await.unwrap();
    assert_eq!(report.gone_on_after, 0, "another file came between");
    assert_eq!(sql::title(&shop.db, "thing-1").await, "Thing 1");

    let dearer = file(2_500, "3.00");
    stop(&dearer).await;
    shop.clock.advance(Duration::DAY + Duration::SECOND);
    let report = import(&shop, &dearer).await.unwrap();
    assert_eq!((report.gone_on_after, report.products_updated), (0, 500));
}

#[sqlx::test(migrator = "shop::MIGRATIONS")]
async fn problems_are_counted_beyond_the_first_thousand(db: PgPool) {
    let shop = shop(db).await;
    let mut text = file(3, "2.00");
    for number in 0..1_500 {
        text.push_str(&format!("bad-{number},Bad,,none,1\n"));
    }
    let error = import(&shop, &text).await.unwrap_err();
    let ImportError::Problems(problems) = error else {
        panic!("{error}");
    };
    assert_eq!(problems.len(), 1_000);
    assert_eq!(sql::products(&shop.db).await, 0);
    let report = crate::import_with(&shop, &text, true).await.unwrap();
    assert_eq!((report.products_new, report.skipped.len()), (3, 1_000));
    assert_eq!(report.skipped_more, 500);
    assert!(report.to_string().ends_with("… and 500 more problems"));
}
