//! Lists that come in pages, as one list. Knows nothing of what is listed.

use crate::cli::wire::error::CliError;

/// The most items that the server puts on a page.
const PAGE_SIZE_MAX: usize = 1_000;

/// Some items, and the token that gets the ones after them.
pub(in crate::cli) struct Page<T> {
    /// The items.
    pub(in crate::cli) items: Vec<T>,
    /// Gets the next page; empty on the last one.
    pub(in crate::cli) next_token: String,
}

/// All items up to `limit`. The page's token is empty unless there are more.
pub(in crate::cli) async fn collect<T>(
    limit: Option<usize>,
    fetch: impl AsyncFnMut(i32, String) -> Result<Page<T>, CliError>,
) -> Result<Page<T>, CliError> {
    let mut items = Vec::new();
    let take = |page| {
        items.extend(page);
        Ok(())
    };
    let next_token = each(limit, fetch, take).await?;
    Ok(Page { items, next_token })
}

/// Gives the items up to `limit` page by page, keeping none. Answers with the token that gets
/// what is left out; empty if nothing is.
pub(in crate::cli) async fn each<T>(
    limit: Option<usize>,
    mut fetch: impl AsyncFnMut(i32, String) -> Result<Page<T>, CliError>,
    mut take: impl FnMut(Vec<T>) -> Result<(), CliError>,
) -> Result<String, CliError> {
    let mut left = limit.unwrap_or(usize::MAX);
    let mut token = String::new();
    loop {
        let page = fetch(left.min(PAGE_SIZE_MAX) as i32, token).await?;
        left = left.saturating_sub(page.items.len());
        token = page.next_token;
        take(page.items)?;
        if token.is_empty() || left == 0 {
            return Ok(token);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Counts up to `total`, at most 700 numbers a page; the token is the next number.
    async fn count(total: usize, limit: Option<usize>) -> (usize, String) {
        let page = collect(limit, async |page_size, token: String| {
            let first: usize = token.parse().unwrap_or_default();
            let end = (first + (page_size as usize).min(700)).min(total);
            let next_token = if end < total { end.to_string() } else { String::new() };
            Ok(Page { items: (first..end).collect(), next_token })
        });
        let page = page.await.unwrap();
        assert!(page.items.iter().copied().eq(0..page.items.len()));
        (page.items.len(), page.next_token)
    }

    #[tokio::test]
    async fn all_pages_are_read_in_order() {
        assert_eq!(count(2_500, None).await, (2_500, String::new()));
        assert_eq!(count(0, None).await, (0, String::new()));
    }

    #[tokio::test]
    async fn a_limit_is_kept_and_what_is_left_out_is_known() {
        assert_eq!(count(2_500, Some(1_500)).await, (1_500, "1500".to_owned()));
        assert_eq!(count(20, Some(50)).await, (20, String::new()));
    }
}
