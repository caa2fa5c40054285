//! A database as it is after years: one run that was really run, and copies of it.

use std::path::Path;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, SqliteConnection};

use crate::Outcome;

/// Makes the only run of the database so many, each with its result. Their ids stay of version 7:
/// its time, version and variant are in the bytes that are kept.
pub(crate) async fn copy_run(data_dir: &Path, count: u32) -> Outcome<()> {
    let file = data_dir.join("tradeforge.db");
    let mut database = SqliteConnectOptions::new().filename(file).connect().await?;
    let runs = columns(&mut database, "runs", &["run_no", "run_id"]).await?;
    let copies = format!(
        "WITH RECURSIVE copies (copy) AS \
         (SELECT 2 UNION ALL SELECT copy + 1 FROM copies WHERE copy < {count}) \
         INSERT INTO runs (run_id, {runs}) \
         SELECT CAST(substr(run_id, 1, 9) || randomblob(7) AS BLOB), {runs} FROM runs, copies"
    );
    sqlx::query(AssertSqlSafe(copies)).execute(&mut database).await?;
    for table in ["backtests", "trials"] {
        let rest = columns(&mut database, table, &["run_no"]).await?;
        let copies = format!(
            "INSERT INTO {table} (run_no, {rest}) SELECT copy, {rest} FROM {table}, \
             (SELECT run_no AS copy FROM runs) WHERE copy > run_no"
        );
        sqlx::query(AssertSqlSafe(copies)).execute(&mut database).await?;
    }
    Ok(())
}

/// All columns but those, as a list in SQL.
async fn columns(
    database: &mut SqliteConnection,
    table: &str,
    without: &[&str],
) -> Outcome<String> {
    let query = sqlx::query_scalar("SELECT name FROM pragma_table_info(?)").bind(table);
    let mut names: Vec<String> = query.fetch_all(database).await?;
    names.retain(|name| !without.contains(&name.as_str()));
    Ok(names.join(", "))
}
