//! Lines of bounded length.

use std::io;

use tokio::io::{AsyncBufRead, AsyncBufReadExt as _};

/// One line, without its end.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line {
    Whole(Vec<u8>),
    /// It was read to its end, and not kept.
    TooLong,
}

/// The next line of at most so many bytes; `None` where there are no more.
pub(super) async fn next(
    input: &mut (impl AsyncBufRead + Unpin),
    bytes_max: usize,
) -> io::Result<Option<Line>> {
    let mut line = Vec::new();
    let mut is_too_long = false;
    let mut is_begun = false;
    loop {
        let piece = input.fill_buf().await?;
        if piece.is_empty() {
            break;
        }
        is_begun = true;
        let end = piece.iter().position(|byte| *byte == b'\n');
        let length = end.unwrap_or(piece.len());
        is_too_long |= line.len() + length > bytes_max;
        if is_too_long {
            line = Vec::new();
        } else {
            line.extend_from_slice(&piece[..length]);
        }
        input.consume(end.map_or(length, |end| end + 1));
        if end.is_some() {
            break;
        }
    }
    let whole = if is_too_long { Line::TooLong } else { Line::Whole(line) };
    Ok(is_begun.then_some(whole))
}

#[cfg(test)]
mod tests {
    use tokio::io::BufReader;

    use super::*;

    #[tokio::test]
    async fn a_line_too_long_is_told_and_the_next_one_is_read() {
        // Pieces shorter than a line, so that lines are put together.
        let mut input = BufReader::with_capacity(3, &b"12345\n123456\n\nlast"[..]);
        let mut lines = Vec::new();
        while let Some(line) = next(&mut input, 5).await.unwrap() {
            lines.push(line);
        }
        let whole = |text: &str| Line::Whole(text.into());
        assert_eq!(lines, [whole("12345"), Line::TooLong, whole(""), whole("last")]);
    }
}
