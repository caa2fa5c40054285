//! Auxiliary series: values beside bars, in and out, each row with the time at which it was known.

use std::fmt::Write as _;
use std::process::{Command, Output};

use tonic::Code;
use tradeforge::pb;
use tradeforge::pb::upload_aux_request::Part;

use crate::fuzz::{Fuzz, assert_answered};
use crate::support::{
    AUX_ROWS, ChildServer, Refusal, START_MS, TestServer, aux, aux_of, weights_arrow_of,
    weights_parquet_of,
};

const HOUR_MS: i64 = 3_600_000;

/// Three rows of two columns, an hour apart, with a value that is absent.
fn three_rows() -> String {
    let [first, second, third] = [0, 1, 2].map(|hour| START_MS + hour * HOUR_MS);
    format!("known_at,weight,score\n{first},0.5,-3\n{second},,1e-3\n{third},True,0\n")
}

#[tokio::test]
async fn rows_come_back_as_they_were_and_the_same_rows_are_the_same_version() {
    let server = TestServer::start().await;
    let imported = server.import_aux(aux("signals"), three_rows()).await.unwrap();
    let series = imported.aux.unwrap();
    assert!(imported.created && imported.warnings.is_empty());
    assert_eq!((series.row_count, series.source.as_str()), (3, "content"));
    let columns: Vec<_> = series
        .columns
        .iter()
        .map(|it| (it.name.as_str(), it.value_count, it.min, it.max))
        .collect();
    let wanted = [("weight", 2, Some(0.5), Some(1.0)), ("score", 3, Some(-3.0), Some(0.001))];
    assert_eq!(columns, wanted);
    let rows = server.aux_rows(&series).await;
    assert_eq!(rows[0], (START_MS, vec![Some(0.5), Some(-3.0)]));
    assert_eq!(rows[1], (START_MS + HOUR_MS, vec![None, Some(0.001)]));
    assert_eq!(rows[2], (START_MS + 2 * HOUR_MS, vec![Some(1.0), Some(0.0)]));
    let again = server.import_aux(aux("signals"), three_rows()).await.unwrap();
    assert!(!again.created);
    assert_eq!(server.all_aux(true).await, [again.aux.unwrap()]);
    // Under another name, or of an instrument, it is another series of the same content.
    let other = server.import_aux(aux_of("signals", "BARS"), three_rows()).await.unwrap();
    assert_eq!(other.aux.unwrap().data_sha256, series.data_sha256);
    assert_eq!(server.all_aux(false).await.len(), 2);
}

#[tokio::test]
async fn what_a_time_says_of_its_row_is_declared_and_never_guessed() {
    let server = TestServer::start().await;
    let file = "time,weight\n2025-01-01 00:00,1\n2025-01-01 01:00,0\n";
    let refused = server.import_aux(aux("signals"), file).await.unwrap_err();
    assert_eq!((refused.code(), refused.reason()), (Code::InvalidArgument, "INVALID_AUX".into()));
    for way in ["known_at", "known_after_seconds", "known_at_end_of"] {
        assert!(refused.message().contains(way), "{way}: {}", refused.message());
    }
    assert_eq!(server.all_aux(true).await, []);
    let first_known = async |spec: pb::AuxSpec| {
        let series = server.import_aux(spec, file).await.unwrap().aux.unwrap();
        server.aux_rows(&series).await[0].0
    };
    let after = |seconds| pb::AuxSpec { known_after_seconds: Some(seconds), ..aux("signals") };
    assert_eq!(first_known(after(0)).await, START_MS);
    assert_eq!(first_known(after(90)).await, START_MS + 90_000);
    let end_of =
        |timeframe: &str| pb::AuxSpec { known_at_end_of: timeframe.into(), ..aux("signals") };
    assert_eq!(first_known(end_of("1h")).await, START_MS + HOUR_MS);
    // One o'clock opens no day.
    let refused = server.import_aux(end_of("1d"), file).await.unwrap_err();
    assert!(refused.message().starts_with("content line 3, column time: "), "{refused}");
    // A column that says it and a rule that says it are one too many.
    let both = server.import_aux(after(0), three_rows()).await.unwrap_err();
    assert!(both.message().contains("leave out"), "{}", both.message());
    let late = server.import_aux(after(-1), file).await.unwrap_err();
    late.assert_invalid(&["aux.known_after_seconds"]);
}

#[tokio::test]
async fn a_faulty_row_is_refused_with_its_line_and_column_and_nothing_is_kept() {
    let server = TestServer::start().await;
    let [first, second, third] = [0, 1, 2].map(|hour| START_MS + hour * HOUR_MS);
    for (row, place, said) in [
        (format!("{third},x"), ", column weight", "no number"),
        (format!("{third},inf"), ", column weight", "no number"),
        (format!("{first},1"), ", column known_at", "before the row above"),
        (format!("{second},1"), ", column known_at", "line 3"),
        ("soon,1".to_owned(), ", column known_at", "is not a time"),
        (format!("{third},1,2"), "", "has 3 fields"),
    ] {
        let file = format!("known_at,weight\n{first},0\n{second},1\n{row}\n");
        let refused = server.import_aux(aux("signals"), file).await.unwrap_err();
        let message = refused.message();
        assert!(message.starts_with(&format!("content line 4{place}: ")), "{row}: {message}");
        assert!(message.contains(said), "{row}: {message}");
        assert_eq!(refused.reason(), "INVALID_AUX");
    }
    for (file, said) in [
        ("known_at\n1735689600000\n", "no columns"),
        ("known_at,weight\n", "no rows"),
        ("known_at,Big Score\n1735689600000,1\n", "--column score="),
        ("weight,score\n1,2\n", "no column known_at"),
        ("[{\"known_at\":1}]", "JSON"),
    ] {
        let refused = server.import_aux(aux("signals"), file).await.unwrap_err();
        assert!(refused.message().contains(said), "{file}: {}", refused.message());
    }
    assert_eq!(server.all_aux(true).await, []);
}

#[tokio::test]
async fn text_parquet_and_arrow_of_the_same_rows_are_the_same_version() {
    let server = TestServer::start().await;
    let mut text = "known_at,weight\n".to_owned();
    for hour in 0..500 {
        let weight = (hour % 7) as f64 / 4.0 - 1.0;
        _ = writeln!(text, "{},{weight}", START_MS + hour * HOUR_MS);
    }
    let hash = async |file: Vec<u8>| {
        let series = server.import_aux(aux("signals"), file).await.unwrap().aux.unwrap();
        assert_eq!(series.row_count, 500);
        series.data_sha256
    };
    let of_text = hash(text.clone().into_bytes()).await;
    assert_eq!(hash(weights_parquet_of(&text)).await, of_text);
    assert_eq!(hash(weights_arrow_of(&text)).await, of_text);
    let semicolons = text.replace(',', ";");
    assert_eq!(hash(semicolons.into_bytes()).await, of_text);
}

#[tokio::test]
async fn each_import_is_a_version_and_removing_the_newest_brings_back_the_one_before_it() {
    let server = TestServer::start().await;
    let first = server.import_aux(aux("signals"), three_rows()).await.unwrap().aux.unwrap();
    let fewer = "known_at,weight\n2025-01-01,1\n";
    let second = server.import_aux(aux("signals"), fewer).await.unwrap().aux.unwrap();
    assert_eq!(second.row_count, 1, "nothing of the version before is mixed in");
    assert_eq!(server.all_aux(false).await, std::slice::from_ref(&second));
    let all = server.all_aux(true).await;
    assert_eq!(all.iter().map(|it| it.is_newest).collect::<Vec<_>>(), [true, false]);
    assert_eq!(server.aux_rows(&first).await.len(), 3, "the old version can be had");
    server.delete_aux(&second).await.unwrap();
    assert_eq!(server.all_aux(true).await, std::slice::from_ref(&first));
    server.delete_aux(&first).await.unwrap();
    let gone = server.delete_aux(&first).await.unwrap_err();
    assert_eq!((gone.code(), gone.reason()), (Code::NotFound, "SERIES_NOT_FOUND".into()));
    assert_eq!(server.all_aux(true).await, []);
}

#[tokio::test]
async fn an_upload_in_pieces_is_the_file_and_a_broken_one_is_nothing() {
    let server = TestServer::start().await;
    let whole = server.import_aux(aux("whole"), three_rows()).await.unwrap().aux.unwrap();
    let header = || {
        let source_name = "rows.csv".to_owned();
        Part::Header(pb::UploadAuxHeader { aux: Some(aux("pieces")), source_name })
    };
    let chunks = three_rows().into_bytes();
    let chunks = chunks.chunks(7).map(|chunk| Part::Chunk(chunk.to_vec()));
    let parts: Vec<_> = [header()].into_iter().chain(chunks).collect();
    let uploaded = server.upload_aux(parts.clone()).await.unwrap().aux.unwrap();
    assert_eq!(uploaded.data_sha256, whole.data_sha256);
    assert_eq!(uploaded.source, "rows.csv");
    let headless = server.upload_aux(parts[1..].to_vec()).await.unwrap_err();
    headless.assert_invalid(&["header"]);
    let twice = server.upload_aux(vec![header(), header()]).await.unwrap_err();
    twice.assert_invalid(&["header"]);
    assert_eq!(server.all_aux(true).await.len(), 2);
}

#[tokio::test]
async fn series_are_listed_in_pages_by_name() {
    let server = TestServer::start().await;
    for name in ["b", "a", "c"] {
        server.import_aux(aux(name), three_rows()).await.unwrap();
    }
    server.import_aux(aux_of("a", "BARS"), three_rows()).await.unwrap();
    let (mut page_token, mut seen) = (String::new(), Vec::new());
    loop {
        let request = pb::ListAuxRequest { page_size: 2, page_token, ..Default::default() };
        let page = server.market_data().list_aux(request).await.unwrap().into_inner();
        let name = |series: &pb::AuxSeries| {
            let spec = series.spec.clone().unwrap();
            format!("{}{}", spec.name, spec.symbol)
        };
        seen.extend(page.aux.iter().map(name));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    assert_eq!(seen, ["a", "aBARS", "b", "c"]);
}

#[tokio::test]
async fn the_command_line_imports_shows_exports_and_removes_a_series() {
    let server = ChildServer::start().await;
    let folder = tempfile::tempdir().unwrap();
    let [file, out] = ["rows.csv", "out.csv"].map(|name| folder.path().join(name));
    std::fs::write(&file, "date,Score\n2025-01-01,0.25\n2025-01-02,\n").unwrap();
    let (file, out) = (file.to_str().unwrap(), out.to_str().unwrap());
    let said = |words: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tradeforge"));
        let command = command.arg("data").args(words).env("TRADEFORGE_SERVER", server.url());
        let Output { status, stdout, stderr } = command.output().expect("the program starts");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (status.success(), text(&stdout), text(&stderr))
    };
    let name = "score@TEST:BARS";
    let import = ["import-aux", file, "--as", name, "--column", "score=Score"];
    let (is_done, _, refused) = said(&import);
    assert!(!is_done && refused.contains("--known-at-end-of 1h"), "{refused}");
    let declared = [&import[..], &["--known-at-end-of", "1d"]].concat();
    let (is_done, line, understood) = said(&declared);
    assert!(is_done && line.starts_with("score@TEST:BARS  2 rows of score  2025-01-02"), "{line}");
    assert!(line.trim_end().ends_with("new"), "{line}");
    assert!(understood.contains("of 1d bars at whose ends a row was known"), "{understood}");
    let (_, table, _) = said(&["list-aux"]);
    assert!(table.contains("score@TEST:BARS") && table.contains("rows.csv"), "{table}");
    let (_, shown, _) = said(&["show-aux", name, "--head", "1"]);
    assert!(shown.contains("score (1 values from 0.25 to 0.25)"), "{shown}");
    assert!(shown.contains("2025-01-02T00:00Z"), "{shown}");
    assert!(said(&["export-aux", name, out]).0);
    let exported = std::fs::read_to_string(out).unwrap();
    assert_eq!(exported, "known_at,score\n1735776000000,0.25\n1735862400000,\n");
    let (is_done, line, _) = said(&["import-aux", out, "--as", name]);
    assert!(is_done && line.trim_end().ends_with("unchanged"), "{line}");
    let (is_done, line, _) = said(&["rm-aux", name, "--yes"]);
    assert!(is_done && line.starts_with("removed score@TEST:BARS sha "), "{line}");
    let (is_done, _, missing) = said(&["show-aux", name]);
    assert!(!is_done && missing.contains("no stored auxiliary series is"), "{missing}");
}

#[tokio::test]
async fn damaged_auxiliary_series_are_answered() {
    let mut fuzz = Fuzz::start().await;
    let plain = "known_at,weight\n1735689600000,0.5\n1735693200000,1\n";
    let corpus = [
        AUX_ROWS.as_bytes().to_vec(),
        AUX_ROWS.replace(',', ";").into_bytes(),
        b"sep=|\nknown_at|weight\r\n2025-01-01 00:00|true\r\n2025-01-02|\r\n".to_vec(),
        zstd::encode_all(AUX_ROWS.as_bytes(), 1).unwrap(),
        weights_parquet_of(plain),
        weights_arrow_of(plain),
    ];
    for _ in 0..fuzz.rounds {
        let input = fuzz.input(&corpus, &[]);
        let told = fuzz.server.import_aux(aux("fuzz"), input.clone()).await;
        assert_answered(told, &String::from_utf8_lossy(&input));
    }
    fuzz.end().await;
}
