//! Texts as Windows writes them in China, Japan and Korea: bytes that could be any letters, so that
//! only the headings they spell tell how they are written down.

use encoding_rs::{EUC_KR, Encoding, GB18030, SHIFT_JIS, WINDOWS_1252};

use super::headings::known_count;

/// Lines among which the headings are sought, and how many of them must be known.
const LINES: usize = 16;
const KNOWN_MIN: usize = 3;

/// The encoding in which a file's beginning spells more known headings than in that of the west.
pub(super) fn east_asian(head: &[u8]) -> Option<&'static Encoding> {
    // The last line may be cut within a character.
    let lines: Vec<&[u8]> = head.split(|byte| *byte == b'\n').take(LINES).collect();
    let whole =
        if lines.len() > 1 && !head.ends_with(b"\n") { lines.len() - 1 } else { lines.len() };
    let known = |encoding: &'static Encoding| {
        let in_line = |line: &&[u8]| {
            let text = encoding.decode_without_bom_handling_and_without_replacement(line)?;
            let fields =
                text.split([',', ';', '\t', '|']).map(|it| it.trim_matches('"').to_owned());
            Some(known_count(&fields.collect::<Vec<_>>()))
        };
        lines[..whole].iter().filter_map(in_line).max().unwrap_or(0)
    };
    let western = known(WINDOWS_1252);
    let best = [GB18030, SHIFT_JIS, EUC_KR].map(|encoding| (known(encoding), encoding));
    let best = best.into_iter().max_by_key(|(count, _)| *count)?;
    (best.0 >= KNOWN_MIN && best.0 > western).then_some(best.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str, encoding: &'static Encoding) -> Option<&'static str> {
        let (bytes, ..) = encoding.encode(text);
        east_asian(&bytes).map(Encoding::name)
    }

    #[test]
    fn headings_tell_the_encodings_of_east_asia() {
        let chinese = "日期,股票代码,开盘,收盘,最高,最低,成交量\n2024-01-02,1,1,1,1,1,1\n";
        assert_eq!(told(chinese, GB18030), Some("gb18030"));
        let japanese = "日付;始値;高値;安値;終値;出来高\n2024/01/02;1;1;1;1;1\n";
        assert_eq!(told(japanese, SHIFT_JIS), Some("Shift_JIS"));
        let korean = "일자\t시가\t고가\t저가\t종가\t거래량\n2024/01/02\t1\t1\t1\t1\t1\n";
        assert_eq!(told(korean, EUC_KR), Some("EUC-KR"));
        let german = "Datum;Eröffnung;Höchst;Tief;Schluß;Stücke\n2.1.2024;1;1;1;1;1\n";
        assert_eq!(told(german, WINDOWS_1252), None);
    }
}
