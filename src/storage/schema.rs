//! The schema, as the migrations that make it: forward only.

use std::borrow::Cow;

use sqlx::SqlSafeStr as _;
use sqlx::migrate::{Migration, MigrationType};

/// Names and texts, in order. One that was released is never edited: databases that ran it would
/// be refused.
const TEXTS: [(&str, &str); 26] = [
    ("spine", include_str!("../../migrations/0001_spine.sql")),
    ("lists", include_str!("../../migrations/0002_lists.sql")),
    ("answers", include_str!("../../migrations/0003_answers.sql")),
    ("days", include_str!("../../migrations/0004_days.sql")),
    ("metrics", include_str!("../../migrations/0005_metrics.sql")),
    ("commits", include_str!("../../migrations/0006_commits.sql")),
    ("paces", include_str!("../../migrations/0007_paces.sql")),
    ("listed series", include_str!("../../migrations/0008_listed_series.sql")),
    ("search", include_str!("../../migrations/0009_search.sql")),
    ("findings", include_str!("../../migrations/0010_findings.sql")),
    ("ledger", include_str!("../../migrations/0011_ledger.sql")),
    ("strategies", include_str!("../../migrations/0012_strategies.sql")),
    ("tokens", include_str!("../../migrations/0013_tokens.sql")),
    ("windows", include_str!("../../migrations/0014_windows.sql")),
    ("aux series", include_str!("../../migrations/0015_aux_series.sql")),
    ("operations", include_str!("../../migrations/0016_operations.sql")),
    ("rule facts", include_str!("../../migrations/0017_rule_facts.sql")),
    ("allowance", include_str!("../../migrations/0018_allowance.sql")),
    ("owners", include_str!("../../migrations/0019_owners.sql")),
    ("generations", include_str!("../../migrations/0020_generations.sql")),
    ("hooks", include_str!("../../migrations/0021_hooks.sql")),
    ("costs", include_str!("../../migrations/0022_costs.sql")),
    ("trial groups", include_str!("../../migrations/0023_trial_groups.sql")),
    ("shares of owners", include_str!("../../migrations/0024_shares.sql")),
    ("imported runs", include_str!("../../migrations/0025_imported_runs.sql")),
    ("currencies and counts", include_str!("../../migrations/0026_currencies_and_counts.sql")),
];

/// The exception: the text of "lists" that failed where there was an optimization was mended, and
/// keeps the checksum by which databases that ran it know it.
const FIRST_TEXT_OF_LISTS: &str = "4d0d2af7a2c8ad24fbcd789de067cf89e495a4abe41616ff\
    e40ec5dd8c4db11c6c15f3e14bc33a864a817817cc9d29c6";

pub(super) fn migrations() -> Vec<Migration> {
    (1..)
        .zip(TEXTS)
        .map(|(version, (name, sql))| {
            let (description, sql) = (Cow::Borrowed(name), sql.into_sql_str());
            let migration = Migration::new(version, description, MigrationType::Simple, sql, false);
            match name {
                "lists" => Migration { checksum: bytes_of(FIRST_TEXT_OF_LISTS), ..migration },
                _ => migration,
            }
        })
        .collect()
}

pub(super) fn newest_schema() -> i64 {
    TEXTS.len() as i64
}

fn bytes_of(hex: &str) -> Cow<'static, [u8]> {
    let byte = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).expect("two digits");
    (0..hex.len()).step_by(2).map(byte).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use sqlx::migrate::Migrator;
    use sqlx::sqlite::SqliteConnection;
    use sqlx::{Connection as _, Executor as _, Row as _};

    /// The first text of "lists", as far as it differs.
    fn first_text_of_lists() -> String {
        let names = |column: &str, path: &str| {
            format!(
                "    {column} = (SELECT char(10) || group_concat(name, char(10)) || \
                 char(10) FROM\n        (SELECT DISTINCT value ->> '{path}' AS name\n         \
                 FROM json_each(spec, '$.backtest.subscriptions')))"
            )
        };
        let mended = TEXTS[1].1;
        let (head, rest) = mended.split_once("-- What all trials").expect("the mended part");
        let (_, tail) = rest.split_once("-- The order of the list").expect("what follows it");
        let (title, head) = head.split_once("\n-- The first text").expect("the title");
        let (_, head) = head.split_once("checksum.\n").expect("the remark");
        format!(
            "{title}\n{head}UPDATE runs SET\n    strategy = spec ->> '$.backtest.strategy.name',\n\
             {},\n{},\n{};\n\n-- The order of the list{tail}",
            names("exchanges", "$.instrument.exchange"),
            names("symbols", "$.instrument.symbol"),
            names("timeframes", "$.timeframe"),
        )
    }

    #[tokio::test]
    async fn a_database_that_ran_the_first_text_of_lists_goes_on() {
        let mut connection = SqliteConnection::connect("sqlite::memory:").await.unwrap();
        let mut former: Vec<Migration> = migrations().into_iter().take(2).collect();
        former[1] = Migration::new(
            2,
            Cow::Borrowed("lists"),
            MigrationType::Simple,
            sqlx::AssertSqlSafe(first_text_of_lists()).into_sql_str(),
            false,
        );
        Migrator::with_migrations(former).run(&mut connection).await.unwrap();
        Migrator::with_migrations(migrations()).run(&mut connection).await.unwrap();
        connection.execute("SELECT warnings FROM submit_requests").await.unwrap();
    }

    #[tokio::test]
    async fn both_texts_of_lists_make_the_same_schema() {
        let mut schemas = Vec::new();
        for text in [first_text_of_lists(), TEXTS[1].1.to_owned()] {
            let mut connection = SqliteConnection::connect("sqlite::memory:").await.unwrap();
            connection.execute(TEXTS[0].1).await.unwrap();
            connection.execute(sqlx::AssertSqlSafe(text)).await.unwrap();
            let rows = connection.fetch_all("SELECT name, sql FROM sqlite_schema ORDER BY name");
            let rows = rows.await.unwrap();
            let told = rows.iter().map(|row| (row.get(0), row.get(1)));
            schemas.push(told.collect::<Vec<(String, Option<String>)>>());
        }
        assert_eq!(schemas[0], schemas[1]);
    }

    #[tokio::test]
    async fn a_range_that_was_ever_noted_twice_is_kept_once_as_the_longer_one() {
        let mut connection = SqliteConnection::connect("sqlite::memory:").await.unwrap();
        let former = migrations().into_iter().take(3).collect();
        Migrator::with_migrations(former).run(&mut connection).await.unwrap();
        let runs = "INSERT INTO runs (run_no, run_id, run_key, kind, state, attempt, sequence, \
             engine_version, spec, total, display_name, labels, priority, owner, create_ms) \
             VALUES (1, x'01', x'01', 2, 2, 1, 1, '1', '{}', 9, '', '{}', 0, '', 1), \
             (2, x'02', x'02', 2, 2, 1, 1, '1', '{}', 9, '', '{}', 0, '', 1); \
             INSERT INTO commits VALUES (1, 1, 0, 2, 2, 0), (1, 2, 0, 5, 5, 0), \
             (1, 3, 5, 4, 4, 0), (1, 4, 5, 4, 4, 0), (2, 1, 0, 2, 2, 0)";
        connection.execute(runs).await.unwrap();
        Migrator::with_migrations(migrations()).run(&mut connection).await.unwrap();
        let kept = "SELECT run_no, commit_no, len FROM commits ORDER BY run_no, commit_no";
        let kept = connection.fetch_all(kept).await.unwrap();
        let kept: Vec<(i64, i64, i64)> =
            kept.iter().map(|row| (row.get(0), row.get(1), row.get(2))).collect();
        assert_eq!(kept, [(1, 2, 5), (1, 3, 4), (2, 1, 2)]);
    }

    #[test]
    fn the_checksum_of_lists_is_that_of_its_first_text() {
        let text = sqlx::AssertSqlSafe(first_text_of_lists()).into_sql_str();
        let first = Migration::new(2, Cow::Borrowed("lists"), MigrationType::Simple, text, false);
        assert_eq!(first.checksum, migrations()[1].checksum);
    }
}
