//! What engine version 1 computed, kept: 320 specifications over every strategy, policy, sizing
//! and timeframe, with zigzag and a finer timeframe inside among them.
//!
//! `corpus/v1.txt` was written by that engine and is never written again. A later engine gives the
//! same fills, money and metrics, but for the faults of version 1 that a line names.

mod actor;
mod case;
mod fault;
mod market;
mod record;

use std::fs;
use std::path::{Path, PathBuf};

use tradeforge::engine::ENGINE_VERSION;

use case::{CASES, Case};
use record::{METRICS, Record};

/// Set, the corpus of the present engine is written; only if it is the first.
const RENEW: &str = "TRADEFORGE_RENEW_CORPUS";

fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/corpus/v1.txt")
}

fn recorded() -> Vec<Record> {
    fs::read_to_string(path()).unwrap().lines().map(Record::read).collect()
}

fn computed() -> impl Iterator<Item = Record> {
    (0..CASES).map(|number| Record::of(&Case::numbered(number)))
}

#[test]
fn every_specification_of_version_1_comes_to_what_it_came_to() {
    if std::env::var_os(RENEW).is_some() {
        assert_eq!(ENGINE_VERSION, "1", "what the first engine computed is not for others to say");
        let lines: Vec<_> = computed().map(|record| record.line() + "\n").collect();
        fs::write(path(), lines.concat()).unwrap();
    }
    let recorded = recorded();
    assert_eq!(recorded.len() as u64, CASES);
    let others: Vec<_> = recorded.iter().zip(computed()).filter_map(differs).collect();
    assert!(others.is_empty(), "{} differ:\n{}", others.len(), others.join("\n"));
}

/// In what, where no fault of version 1 accounts for it.
fn differs((then, now): (&Record, Record)) -> Option<String> {
    assert_eq!(then.about, now.about, "the specifications must stay as they are");
    let mended: Vec<_> = then.faults.iter().filter(|fault| fault::MENDED.contains(fault)).collect();
    if mended.iter().any(|fault| fault.touches_fills()) {
        return None;
    }
    let may_differ = |name: &str| mended.iter().any(|fault| fault.touched().contains(&name));
    let metrics = METRICS.iter().zip(&then.metrics).zip(&now.metrics);
    let mut found: Vec<&str> = metrics
        .filter(|((name, then), now)| then != now && !may_differ(name))
        .map(|((name, _), _)| *name)
        .collect();
    if then.money != now.money {
        found.insert(0, "money");
    }
    if then.result != now.result && !METRICS.iter().any(|name| may_differ(name)) {
        found.insert(0, "result");
    }
    (!found.is_empty()).then(|| format!("{}: {}", then.about, found.join(", ")))
}

#[test]
fn the_corpus_has_something_of_everything() {
    let recorded = recorded();
    let count = |is: &dyn Fn(&Record) -> bool| recorded.iter().filter(|record| is(record)).count();
    for fault in fault::ALL {
        let touched = count(&|record: &Record| record.faults.contains(&fault));
        assert!((5..200).contains(&touched), "{}: {touched}", fault.name());
    }
    assert!(count(&|record| record.trades > 0) > 180);
    assert!(count(&|record| record.faults.is_empty()) > 30);
    let strategies = ["zigzag_breakout", "donchian_breakout", "rsi_reversion", "calm"];
    for strategy in strategies {
        let trading = |record: &Record| record.about.contains(strategy) && record.trades > 0;
        assert!(count(&trading) > 12, "{strategy} hardly trades");
    }
    // Metrics that stay at one value would prove nothing.
    for (place, name) in METRICS.iter().enumerate() {
        let values: std::collections::BTreeSet<_> =
            recorded.iter().map(|record| &record.metrics[place]).collect();
        assert!(values.len() > 1, "{name} is always the same");
    }
}
