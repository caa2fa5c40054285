//! Equity curves as they are sent.

use super::trade::TradeConverter;
use crate::pb;
use crate::run::BacktestSpec;
use crate::runner::Curve;

/// A curve of a run, with what came with it.
pub(in crate::grpc) fn equity_curve_of(
    spec: &BacktestSpec,
    curve: Curve,
) -> pb::GetEquityCurveResponse {
    let converter = TradeConverter::new(spec);
    let first = curve.points.first().map_or(0.0, |point| converter.amount(point.equity));
    pb::GetEquityCurveResponse {
        time_unix_ms: curve.points.iter().map(|point| point.time_ms).collect(),
        equity: curve.points.iter().map(|point| converter.amount(point.equity)).collect(),
        drawdown: curve.points.iter().map(|point| point.drawdown).collect(),
        total_points: curve.total as i64,
        benchmark: curve.held.iter().map(|worth| worth * first).collect(),
        is_thinned: (curve.points.len() as u64) < curve.total,
        weights: weights_of(spec, curve.weights),
    }
}

fn weights_of(spec: &BacktestSpec, weights: Vec<Vec<f64>>) -> Vec<pb::InstrumentWeights> {
    let instruments = spec.executing().into_iter().map(|executing| &executing.instrument);
    let named = instruments.zip(weights).map(|(instrument, weights)| pb::InstrumentWeights {
        exchange: instrument.exchange.to_string(),
        symbol: instrument.symbol.to_string(),
        weights,
    });
    named.collect()
}
