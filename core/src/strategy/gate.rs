//! For tests only: holds a run still at a known bar until a file appears. What stands in the file
//! makes this machine another one: one that dies of the run, or computes something else.

use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use super::{Context, ParamSpec, Strategy, StrategyEntry, building, warming};
use crate::market::Bar;
use crate::trading::Side;

/// Where the files are looked for.
const DIRECTORY_VARIABLE: &str = "TRADEFORGE_GATE_DIR";
const POLL: Duration = Duration::from_millis(1);
/// Takes down the process.
const DEADLY: &str = "die";
/// Goes the other way, as would a machine that miscalculates.
const WRONG: &str = "wrong";

/// The catalog's entry: after `bars` bars the run waits for the file named by the number `key`
/// in the directory of `TRADEFORGE_GATE_DIR`.
pub(super) fn entry() -> StrategyEntry {
    StrategyEntry {
        name: "gate".into(),
        version: "1".into(),
        display_name: "Gate (tests only)".into(),
        description: "Waits for a file after so many bars.".into(),
        scope: super::Scope::Instrument,
        aux: None,
        markets: Vec::new(),
        default_sizing: Some(super::ALL_IN),
        params: vec![ParamSpec::length("bars", 1), ParamSpec::length("key", 1)],
        warm_up: warming(|_| 0),
        build: building(|params| {
            let directory = std::env::var_os(DIRECTORY_VARIABLE).unwrap_or_default();
            let file = PathBuf::from(directory).join(params.length("key").to_string());
            Ok(Box::new(Gate { bars_to_go: params.length("bars"), file }))
        }),
    }
}

struct Gate {
    bars_to_go: usize,
    file: PathBuf,
}

impl Strategy for Gate {
    fn on_bar(&mut self, _bar: &Bar, context: &mut Context<'_>) {
        self.bars_to_go = self.bars_to_go.wrapping_sub(1);
        if self.bars_to_go == 0 {
            while !context.is_stopping() && !self.file.exists() {
                thread::sleep(POLL);
            }
            let told = std::fs::read_to_string(&self.file).unwrap_or_default();
            match told.as_str() {
                DEADLY => std::process::abort(),
                WRONG => context.enter(Side::Short),
                _ => context.enter(Side::Long),
            };
        }
    }
}
