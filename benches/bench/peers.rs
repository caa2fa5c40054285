//! What `make bench-peers` needs of us: the bars, as a file for the peers, and our own times for
//! the grids that they go through.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use serde_json::json;
use tradeforge::market::Series;

use crate::engine::series;
use crate::grid::{self, BREAKOUT_100, RSI_42, SMA_10_000};
use crate::host::{Bench, MIDDLE};
use crate::{Outcome, machine, sweep};

const BARS: usize = 100_000;

/// Writes `bars.csv` and `tradeforge.json` into the directory.
pub(crate) async fn measure(directory: &Path) -> Outcome<()> {
    let bars = grid::first(&series()?, BARS);
    fs::write(directory.join("bars.csv"), text(&bars)?)?;
    let data_dir = tempfile::tempdir()?;
    let server = Bench::start(data_dir.path().to_owned()).await?;
    server.generate(MIDDLE, BARS as u64).await?;
    let mut grids = serde_json::Map::new();
    for (name, grid) in [("sma", SMA_10_000), ("rsi", RSI_42), ("breakout", BREAKOUT_100)] {
        let engine = sweep::engine(&grid, &bars, machine::cores());
        let served = sweep::search(&server, &grid, MIDDLE).await?;
        let times = json!({
            "cells": grid.cells(),
            "trades": sweep::trades(&grid, &bars),
            "engine_s": engine.as_secs_f64(),
            "served_s": served.as_secs_f64(),
        });
        grids.insert(name.to_owned(), times);
    }
    server.stop().await?;
    let ours = json!({
        "machine": machine::described(),
        "cash": grid::CASH,
        "commission_rate": grid::COMMISSION_RATE,
        "memory": machine::peak_memory(),
        "grids": grids,
    });
    fs::write(directory.join("tradeforge.json"), serde_json::to_string_pretty(&ours)?)?;
    Ok(())
}

fn text(series: &Series) -> Outcome<String> {
    let mut text = "time_ms,open,high,low,close\n".to_owned();
    for bar in (0..series.bars.len()).map(|index| series.bars.bar(index)) {
        let prices = [bar.open, bar.high, bar.low, bar.close].map(|ticks| ticks as f64 / 100.0);
        let [open, high, low, close] = prices;
        writeln!(text, "{},{open},{high},{low},{close}", bar.open_time_ms)?;
    }
    Ok(text)
}
