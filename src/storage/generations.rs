//! What a search that learns proposed, generation by generation: stored before it is computed.

use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use super::Store;
use super::commit::{Fence, running};
use super::error::StoreError;
use crate::run::RunId;

const TABLE: &str = "generations";
const BYTES: usize = size_of::<u64>();

impl Store {
    /// Keeps the indices of a generation. False if the run is no longer running in that attempt or
    /// was asked to end: then nothing was written.
    pub async fn propose(
        &self,
        fence: Fence,
        number: u64,
        indices: Vec<u64>,
    ) -> Result<bool, StoreError> {
        self.writer
            .write(move |connection| {
                Box::pin(async move {
                    let Some(run_no) = running(connection, fence).await? else { return Ok(false) };
                    let bytes: Vec<u8> =
                        indices.iter().flat_map(|index| index.to_le_bytes()).collect();
                    sqlx::query(
                        "INSERT INTO generations (run_no, generation, indices) VALUES ($1, $2, $3) \
                         ON CONFLICT (run_no, generation) DO NOTHING",
                    )
                    .bind(run_no)
                    .bind(number as i64)
                    .bind(bytes)
                    .execute(&mut *connection)
                    .await?;
                    Ok(true)
                })
            })
            .await
    }

    /// All generations so far, in order.
    pub async fn generations(&self, run_id: RunId) -> Result<Vec<Vec<u64>>, StoreError> {
        let rows = sqlx::query(
            "SELECT run_no, indices FROM generations \
             WHERE run_no = (SELECT run_no FROM runs WHERE run_id = $1) ORDER BY generation",
        )
        .bind(run_id.as_bytes().to_vec())
        .fetch_all(&self.readers)
        .await?;
        rows.iter().map(generation).collect()
    }
}

fn generation(row: &SqliteRow) -> Result<Vec<u64>, StoreError> {
    let (run_no, bytes): (i64, &[u8]) = (row.try_get("run_no")?, row.try_get("indices")?);
    let (words, rest) = bytes.as_chunks::<BYTES>();
    if !rest.is_empty() {
        return Err(StoreError::Inconsistent { table: TABLE, column: "indices", row: run_no });
    }
    Ok(words.iter().map(|word| u64::from_le_bytes(*word)).collect())
}

#[cfg(test)]
mod tests {
    use super::super::scene::Scene;

    #[tokio::test]
    async fn generations_are_kept_once_and_in_order() {
        let scene = Scene::over(Vec::new()).await;
        let (store, fence) = (&scene.store, scene.fence);
        assert!(store.propose(fence, 0, vec![5, 1 << 40]).await.unwrap());
        assert!(store.propose(fence, 1, vec![7]).await.unwrap());
        assert!(store.propose(fence, 0, vec![9]).await.unwrap());
        let kept = store.generations(fence.run_id).await.unwrap();
        assert_eq!(kept, [vec![5, 1 << 40], vec![7]]);
        let later = super::Fence { attempt: fence.attempt + 1, ..fence };
        assert!(!store.propose(later, 2, vec![1]).await.unwrap());
    }
}
