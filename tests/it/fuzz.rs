//! Bytes that nobody would send: every decoder that sees bytes from outside, fed with good input
//! that was damaged, over a real server. Whatever comes, there is an answer, and never a fault of
//! ours.
//!
//! `TRADEFORGE_FUZZ_ROUNDS` says how many inputs each target gets, `TRADEFORGE_SEED` repeats them.
//! Not guided by coverage: the corpus below stands for that.

use std::io::{Cursor, Write as _};

use arrow_ipc::CompressionType;
use parquet::basic::{BrotliLevel, Compression, GzipLevel, ZstdLevel};
use prost::Message as _;
use tonic::{Code, Status};
use tradeforge::pb;
use tradeforge::pb::import_bars_request::Source;
use uuid::Uuid;

use crate::support::{
    AUX_ROWS, Dice, Market, TestServer, arrow_of, at_once, aux, buy_and_hold, bzip2, parquet_of,
    raw_call, series, sma_cross, tar_of, within, workbook_of, xz,
};

const ROUNDS: u64 = 300;
/// Damage done to one input, at the most.
const WOUNDS_MAX: u64 = 6;
/// A damaged strategy costs microseconds, a call of the server milliseconds.
const TEXTS_PER_ROUND: u64 = 67;

pub(crate) struct Fuzz {
    pub(crate) server: TestServer,
    dice: Dice,
    pub(crate) rounds: u64,
}

impl Fuzz {
    pub(crate) async fn start() -> Self {
        let server = TestServer::start_with(|config| {
            config.live_runs_max = 50;
            config.trials_max = 1_000;
        })
        .await;
        server.import(&Market::wavy(50)).await;
        let rounds = std::env::var("TRADEFORGE_FUZZ_ROUNDS");
        let rounds = rounds.map_or(ROUNDS, |text| text.parse().expect("a number of rounds"));
        let seed = Dice::seed_of("TRADEFORGE_SEED");
        println!("TRADEFORGE_SEED={seed} TRADEFORGE_FUZZ_ROUNDS={rounds}");
        Self { server, dice: Dice::seeded(seed), rounds }
    }

    pub(crate) fn input(&mut self, corpus: &[Vec<u8>], alphabet: &[u8]) -> Vec<u8> {
        damaged(&mut self.dice, corpus, alphabet)
    }

    fn text(&mut self, corpus: &[&str]) -> String {
        let corpus: Vec<Vec<u8>> = corpus.iter().map(|text| text.as_bytes().to_vec()).collect();
        let alphabet = b" ()\"'=<>!:.-+0919eEAaNOTR_%\\,\x00\xc3";
        String::from_utf8_lossy(&self.input(&corpus, alphabet)).into_owned()
    }

    pub(crate) async fn end(self) {
        self.server.run(sma_cross(2, 5).always_new()).await;
    }
}

/// One of the corpus, damaged; now and then as it is.
fn damaged(dice: &mut Dice, corpus: &[Vec<u8>], alphabet: &[u8]) -> Vec<u8> {
    let mut bytes = dice.pick(corpus).expect("a corpus");
    for _ in 0..dice.below(WOUNDS_MAX + 1) {
        let at = dice.below(bytes.len() as u64 + 1) as usize;
        let byte = match dice.pick(alphabet) {
            Some(byte) => byte,
            None => dice.below(256) as u8,
        };
        match dice.below(5) {
            0 => bytes.truncate(at),
            1 => bytes.insert(at, byte),
            2 if at < bytes.len() => bytes[at] = byte,
            3 if at < bytes.len() => _ = bytes.remove(at),
            _ => {
                let other = dice.pick(corpus).expect("a corpus");
                let from = dice.below(other.len() as u64 + 1) as usize;
                bytes.splice(at.., other[from..].iter().copied());
            }
        }
    }
    bytes
}

/// A panic ends the stream without words; a fault of ours has an id.
#[track_caller]
pub(crate) fn assert_answered<T>(told: Result<T, Status>, input: &dyn std::fmt::Debug) {
    let Err(refused) = told else { return };
    let ours = [Code::Unknown, Code::Cancelled, Code::DataLoss, Code::Unavailable, Code::Internal];
    let is_ours = ours.contains(&refused.code());
    assert!(!is_ours, "{refused:?} to {input:?}");
}

/// A good message of each call, with the run and the trial that are there.
fn messages(run_id: &str) -> Vec<(&'static str, Vec<u8>)> {
    let run_id = || run_id.to_owned();
    let submit = |work: pb::SubmitRequest| work.encode_to_vec();
    let sweep = sma_cross(1, 1).sweep().over("fast", 1, 4, 1).over("slow", 1, 4, 1);
    let subscription = pb::Subscription {
        exchange: "TEST".into(),
        symbol: "BARS".into(),
        timeframe: "1m".into(),
        data_sha256: String::new(),
    };
    let bars = pb::GetBarsRequest { subscription: Some(subscription), ..Default::default() };
    let import = pb::ImportBarsRequest {
        series: Some(series("FUZZ")),
        source: Some(Source::Content(Market::wavy(20).csv().into_bytes())),
        ..Default::default()
    };
    let runs = pb::ListRunsRequest { filter: "state = COMPLETED".into(), ..Default::default() };
    let trials = pb::ListTrialsRequest { run_id: run_id(), ..Default::default() };
    let trades = pb::ListTradesRequest { run_id: run_id(), page_size: 5, ..Default::default() };
    let curve = pb::GetEquityCurveRequest { run_id: run_id(), max_points: 9, ..Default::default() };
    let cancel = pb::CancelRequest { run_id: run_id(), reason: "enough".into() };
    let status = pb::GetStatusRequest { run_id: run_id(), wait: None };
    let pause = pb::PauseRequest { run_id: run_id(), reason: "lunch".into() };
    let trial = pb::GetTrialRequest { run_id: run_id(), trial_index: 3 };
    let export = pb::ExportTrialsRequest { run_id: run_id(), ..Default::default() };
    let groups = pb::ListFailureGroupsRequest { run_id: run_id() };
    let watch = pb::WatchProgressRequest { run_id: run_id(), ..Default::default() };
    let watch_all = pb::WatchRunsRequest { run_ids: vec![run_id()], ..Default::default() };
    let watch_trials = pb::WatchTrialsRequest { run_id: run_id(), ..Default::default() };
    // Nothing of that name is there: what is, others need.
    let delete = pb::DeleteRunRequest { run_id: Uuid::now_v7().to_string() };
    let upload = pb::UploadBarsRequest {
        part: Some(pb::upload_bars_request::Part::Header(pb::UploadBarsHeader {
            series: Some(series("FUZZ")),
            ..Default::default()
        })),
    };
    let aux_rows = pb::ImportAuxRequest {
        aux: Some(aux("fuzz")),
        source: Some(pb::import_aux_request::Source::Content(AUX_ROWS.into())),
        ..Default::default()
    };
    vec![
        ("ResultService/GetTrial", trial.encode_to_vec()),
        ("ResultService/ExportTrials", export.encode_to_vec()),
        ("ResultService/ListFailureGroups", groups.encode_to_vec()),
        ("ResultService/WatchTrials", watch_trials.encode_to_vec()),
        ("RunService/WatchProgress", watch.encode_to_vec()),
        ("RunService/WatchRuns", watch_all.encode_to_vec()),
        ("RunService/DeleteRun", delete.encode_to_vec()),
        ("MarketDataService/UploadBars", upload.encode_to_vec()),
        ("RunService/Submit", submit(buy_and_hold().into())),
        ("RunService/Submit", submit(sweep.into())),
        ("RunService/GetStatus", status.encode_to_vec()),
        ("RunService/GetRun", pb::GetRunRequest { run_id: run_id() }.encode_to_vec()),
        ("RunService/ListRuns", runs.encode_to_vec()),
        ("RunService/Cancel", cancel.encode_to_vec()),
        ("RunService/Pause", pause.encode_to_vec()),
        ("RunService/Resume", pb::ResumeRequest { run_id: run_id() }.encode_to_vec()),
        ("ResultService/ListTrials", trials.encode_to_vec()),
        ("ResultService/ListTrades", trades.encode_to_vec()),
        ("ResultService/GetEquityCurve", curve.encode_to_vec()),
        ("ResultService/GetRuleValues", trial.encode_to_vec()),
        ("MarketDataService/GetBars", bars.encode_to_vec()),
        ("MarketDataService/ImportBars", import.encode_to_vec()),
        ("MarketDataService/ListSeries", pb::ListSeriesRequest::default().encode_to_vec()),
        ("MarketDataService/ListAux", pb::ListAuxRequest::default().encode_to_vec()),
        ("MarketDataService/ImportAux", aux_rows.encode_to_vec()),
    ]
}

#[tokio::test]
async fn damaged_messages_are_answered() {
    let mut fuzz = Fuzz::start().await;
    let sweep = sma_cross(1, 1).sweep().over("fast", 1, 4, 1).over("slow", 1, 4, 1);
    let run_id = fuzz.server.submit(sweep).await.run_id;
    fuzz.server.when_final(&run_id).await;
    let messages = messages(&run_id);
    let corpus: Vec<Vec<u8>> = messages.iter().map(|(_, message)| message.clone()).collect();
    for _ in 0..fuzz.rounds {
        let (call, message) = fuzz.dice.pick(&messages).expect("a call");
        // Mostly damage of its own message, now and then that of another call.
        let corpus = if fuzz.dice.below(8) == 0 { corpus.clone() } else { vec![message] };
        let input = fuzz.input(&corpus, &[]);
        let told = raw_call(&fuzz.server, &format!("tradeforge.v1.{call}"), input.clone()).await;
        assert_answered(told, &(call, input));
    }
    fuzz.end().await;
}

#[tokio::test]
async fn damaged_filters_orders_and_tokens_are_answered() {
    let mut fuzz = Fuzz::start().await;
    at_once((0..3).map(|_| fuzz.server.run(buy_and_hold().always_new()))).await;
    let request = pb::ListRunsRequest { page_size: 1, ..Default::default() };
    let page = fuzz.server.runs().list_runs(request).await.unwrap().into_inner();
    let token = page.next_page_token;
    let filters = [
        "state = COMPLETED AND (kind = BACKTEST OR NOT labels.a = \"b\")",
        "create_time >= \"2025-01-01T00:00:00Z\" AND strategy != sma_cross",
        "run_key:\"ab\" OR display_name = \"x y\"",
    ];
    for _ in 0..fuzz.rounds {
        let request = pb::ListRunsRequest {
            filter: fuzz.text(&filters),
            order_by: fuzz.text(&["create_time desc", "create_time", ""]),
            page_token: fuzz.text(&[&token, ""]),
            page_size: fuzz.dice.below(5) as i32 - 1,
        };
        let told = within(fuzz.server.runs().list_runs(request.clone())).await;
        assert_answered(told, &request);
        let request = pb::ListSeriesRequest {
            filter: fuzz.text(&["exchange = TEST AND timeframe >= 1m", "symbol = \"BARS\""]),
            ..Default::default()
        };
        let told = within(fuzz.server.market_data().list_series(request.clone())).await;
        assert_answered(told, &request);
    }
    fuzz.end().await;
}

fn trial_page(run_id: &str, page_token: String) -> pb::ListTrialsRequest {
    let run_id = run_id.to_owned();
    pb::ListTrialsRequest { run_id, page_size: 2, page_token, ..Default::default() }
}

fn trade_page(run_id: &str, page_token: String) -> pb::ListTradesRequest {
    let run_id = run_id.to_owned();
    let trial_index = Some(1);
    pb::ListTradesRequest { run_id, trial_index, page_size: 2, page_token, ..Default::default() }
}

#[tokio::test]
async fn damaged_trial_lists_and_cursors_are_answered() {
    let mut fuzz = Fuzz::start().await;
    let sweep = sma_cross(1, 1).sweep().over("fast", 1, 4, 1).over("slow", 1, 4, 1);
    let run_id = fuzz.server.submit(sweep).await.run_id;
    fuzz.server.when_final(&run_id).await;
    let first = trial_page(&run_id, String::new());
    let page = fuzz.server.results().list_trials(first).await.unwrap().into_inner();
    let trial_token = page.next_page_token;
    let first = trade_page(&run_id, String::new());
    let page = fuzz.server.results().list_trades(first).await.unwrap().into_inner();
    let trade_token = page.next_page_token;
    assert!(!trial_token.is_empty() && !trade_token.is_empty());
    for _ in 0..fuzz.rounds {
        let request = pb::ListTrialsRequest {
            run_id: run_id.clone(),
            filter: fuzz.text(&["metrics.net_profit > 1.5 AND params.fast <= 3", "state = FAILED"]),
            order_by: fuzz.text(&["metrics.net_profit desc, params.slow", "trial_index"]),
            ..Default::default()
        };
        let told = within(fuzz.server.results().list_trials(request.clone())).await;
        assert_answered(told, &request);
        let (trials, trades) = (fuzz.text(&[&trial_token, ""]), fuzz.text(&[&trade_token, ""]));
        let request = trial_page(&run_id, trials);
        let told = within(fuzz.server.results().list_trials(request.clone())).await;
        assert_answered(told, &request);
        let request = trade_page(&run_id, trades);
        let told = within(fuzz.server.results().list_trades(request.clone())).await;
        assert_answered(told, &request);
        let cursor = fuzz.dice.below(u64::MAX) as i64;
        let request = pb::WatchTrialsRequest {
            run_id: run_id.clone(),
            after_cursor: Some(if fuzz.dice.below(2) == 0 { cursor } else { -cursor }),
            columns: vec![fuzz.text(&["trial_index", "metrics.net_profit", "params.fast"])],
        };
        let told = within(fuzz.server.results().watch_trials(request.clone())).await;
        assert_answered(told, &request);
    }
    fuzz.end().await;
}

#[tokio::test]
async fn damaged_files_of_bars_are_answered_and_change_nothing_they_do_not_say() {
    let mut fuzz = Fuzz::start().await;
    let text = Market::wavy(20).csv().into_bytes();
    let klines = b"1735689600000,1,2,0.5,1.5,10,1735689659999,15,3,5,7,0\n".to_vec();
    let dated =
        b"\xef\xbb\xbfDate;Open;High;Low;Close;Volume\r\n2025-01-01 00:00;1;2;0.5;1.5;1\r\n";
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&text).unwrap();
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    archive.start_file("bars.csv", zip::write::SimpleFileOptions::default()).unwrap();
    archive.write_all(&text).unwrap();
    let json = br#"[[1735689600000,1,2,0.5,1.5,10],[1735689660000,1,2,0.5,"1.5",null]]"#.to_vec();
    let document = br#"{"s":{"bars":[{"t":1735689600,"o":1,"h":2,"l":0.5,"c":1.5}]}}"#.to_vec();
    let columns = br#"{"t":[1735689600],"o":[1],"h":[2],"l":[0.5],"c":[1.5]}"#.to_vec();
    let corpus = [
        text.clone(),
        json,
        document,
        columns,
        xz(&text),
        bzip2(&text),
        tar_of("bars.csv", &text),
        klines,
        dated.to_vec(),
        gzip.finish().unwrap(),
        zstd::encode_all(&text[..], 1).unwrap(),
        archive.finish().unwrap().into_inner(),
    ];
    for _ in 0..fuzz.rounds {
        let input = fuzz.input(&corpus, &[]);
        let source = Source::Content(input.clone());
        let told = fuzz.server.import_from(series("FUZZ"), source).await;
        assert_answered(told, &String::from_utf8_lossy(&input));
    }
    fuzz.end().await;
}

#[tokio::test]
async fn damaged_files_of_typed_columns_are_answered() {
    let mut fuzz = Fuzz::start().await;
    let text = Market::wavy(20).csv();
    let (gzip, zstd) = (GzipLevel::default(), ZstdLevel::default());
    let brotli = BrotliLevel::default();
    let codecs = [
        Compression::BROTLI(brotli),
        Compression::LZ4,
        Compression::LZ4_RAW,
        Compression::UNCOMPRESSED,
        Compression::SNAPPY,
        Compression::GZIP(gzip),
        Compression::ZSTD(zstd),
    ];
    let files = codecs.map(|codec| [true, false].map(|each| parquet_of(&text, codec, each)));
    let mut corpus = files.concat();
    for packed in [None, Some(CompressionType::LZ4_FRAME), Some(CompressionType::ZSTD)] {
        corpus.push(arrow_of(&text, packed));
    }
    corpus.push(workbook_of(&text));
    for file in &corpus {
        let imported = fuzz.server.import_from(series("WHOLE"), Source::Content(file.clone()));
        assert_eq!(imported.await.unwrap().series.unwrap().bar_count, 20);
    }
    for _ in 0..fuzz.rounds {
        let input = fuzz.input(&corpus, &[]);
        let told = fuzz.server.import_from(series("FUZZ"), Source::Content(input.clone())).await;
        assert_answered(told, &hex::encode(&input));
    }
    fuzz.end().await;
}

/// What a strategy as text is made of, and some whole ones.
const RULES: &[&str] = &[
    "strategy \"Cross\" \"By two averages.\"\nparam fast = 10 from 5 to 50 step 5 in bars\n\
     param slow = 50\nrequire fast < slow \"no\"\nf = sma(close, fast)\ns = ema(close, slow)@4h\n\
     enter long when crosses_above(f, s) and rsi(close, 14) < 70\n  and close > open[3]\n\
     exit long when crosses_below(f, s)\nstop long at position.entry - 2 * atr(14)\n\
     size equity 50%",
    "def twice(x, n) = x * 2 + x[n]\nparam side = \"both\" of \"both\", \"long_only\"\nsides side\n\
     a = default(a[1], 0) + twice(close, 3)\nb = sum k from 1 to 5 of close[k]\n\
     enter short when not (a <= b < 9:30) or count(close > tick, 7) == 2\nexit short when true\n\
     target short at position.entry * (1 - 10%) part 0.5\nstop short at position.entry * 1.5",
    "enter long when if hour == 9 then quantile(close, 20, 0.25) > 1_000 else none\n\
     exit long when position.side == 1 and bars_since(new_day) >= 3 # a while",
    "market btc \"other\"\naux score\nenter long at stop highest(high, 9)@btc for 3 bars when \
     score.value > -(-2 ^ 3)\nexit long part 50% when false\nweight zscore(close, 20)",
    "enter long at limit low when close > open for 4 bars\nadd long at stop high limit 9 when true \
     max 3 size risk 1%\nstop long move max(position.entry, low)\ntarget long move 9 part 50%",
];

#[test]
fn damaged_strategies_are_read_or_refused_with_places() {
    let rounds = std::env::var("TRADEFORGE_FUZZ_ROUNDS");
    let rounds = rounds.map_or(ROUNDS, |text| text.parse().expect("a number of rounds"));
    let seed = Dice::seed_of("TRADEFORGE_SEED");
    println!("TRADEFORGE_SEED={seed} TRADEFORGE_FUZZ_ROUNDS={rounds}");
    let mut dice = Dice::seeded(seed);
    let words: Vec<&str> = RULES.iter().flat_map(|text| text.split_inclusive(' ')).collect();
    let corpus: Vec<Vec<u8>> = RULES.iter().map(|text| text.as_bytes().to_vec()).collect();
    let (mut taken, mut refused) = (0, 0);
    for _ in 0..rounds * TEXTS_PER_ROUND {
        // Damaged ones, and heaps of words.
        let text = if dice.below(4) == 0 {
            (0..dice.below(40)).map(|_| dice.pick(&words).expect("a word")).collect()
        } else {
            let alphabet = b" ()[]\"'=<>!:.-+*/^%@,_0919#\n\taxnk\x00\xc3";
            String::from_utf8_lossy(&damaged(&mut dice, &corpus, alphabet)).into_owned()
        };
        let compiled = tradeforge::rules::compile(&text);
        let errors = compiled.errors().count();
        assert_eq!(compiled.entry.is_some(), errors == 0, "{text:?}");
        let lines = text.split('\n').count() as u32;
        for fault in &compiled.diagnostics {
            assert!((1..=lines).contains(&fault.place.line), "{fault:?} in {text:?}");
            assert!(fault.place.column >= 1 && !fault.message.is_empty(), "{fault:?} in {text:?}");
        }
        if let Some(entry) = compiled.entry {
            taken += 1;
            let given = std::collections::BTreeMap::new();
            let params = tradeforge::strategy::Params::resolve(&entry.params, &given);
            // What the defaults do not allow is told, not run into.
            let _ =
                (entry.build)(&params.unwrap_or_else(|errors| panic!("{errors:?} in {text:?}")));
        } else {
            refused += 1;
        }
    }
    assert!(taken > rounds && refused > rounds, "{taken} taken, {refused} refused");
}
