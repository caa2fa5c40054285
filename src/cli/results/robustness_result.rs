//! What one parameter set came to under stress, as text: the sentence first, then every number with
//! its meaning.

use crate::cli::text::figures::{self, ABSENT};
use crate::cli::text::param_text;
use crate::cli::text::table::{self, Column};
use crate::pb;
use crate::pb::RobustnessPart;

/// What is told of each backtest.
const METRICS: [&str; 4] = ["total_return", "sharpe", "max_drawdown", "trade_count"];
/// Metrics that are fractions.
const FRACTIONS: [&str; 4] = ["total_return", "cagr", "max_drawdown", "shuffle.max_drawdown"];

/// What was asked for.
pub(in crate::cli) fn asked(spec: &pb::RobustnessSpec) -> Vec<(&'static str, String)> {
    let parts: Vec<_> = spec.parts().map(part_name).collect();
    let numbers = |values: &[f64]| {
        values.iter().map(|value| figures::brief(*value)).collect::<Vec<_>>().join(" ")
    };
    let paths = match spec.path_count {
        0 => String::new(),
        count => format!("{}, seed {}", figures::whole(count.into()), spec.seed),
    };
    let ticks: Vec<_> = spec.slippage_ticks.iter().map(|ticks| f64::from(*ticks)).collect();
    let delays: Vec<_> = spec.delay_bars.iter().map(|bars| f64::from(*bars)).collect();
    let noise = match spec.noise_count {
        0 => String::new(),
        count => format!("{count} of {}", figures::brief(spec.noise)),
    };
    let random = match spec.random_entry_count {
        0 => String::new(),
        count => count.to_string(),
    };
    let shifts = match spec.start_shift_days {
        0 => String::new(),
        days => format!("up to {days} days later"),
    };
    vec![
        ("examines", parts.join(" ")),
        ("paths", paths),
        ("fees times", numbers(&spec.commission_factors)),
        ("ticks worse", numbers(&ticks)),
        ("starts", shifts),
        ("noise", noise),
        ("bars late", numbers(&delays)),
        ("random entries", random),
    ]
}

fn part_name(part: RobustnessPart) -> String {
    part.as_str_name().trim_start_matches("ROBUSTNESS_PART_").to_ascii_lowercase()
}

/// What came out.
pub(in crate::cli) fn completed(result: &pb::RobustnessResult) -> String {
    let number = |value: Option<f64>| value.map_or_else(|| ABSENT.to_owned(), figures::brief);
    let share = |value: Option<f64>| value.map_or_else(|| ABSENT.to_owned(), figures::percent);
    let if_any = |count: i32, text: String| if count > 0 { text } else { String::new() };
    let has_paths = result.path_count;
    let drawn = format!(
        "{} of {} days, in blocks of {} on average",
        figures::whole(result.path_count.into()),
        figures::whole(result.days.into()),
        number(result.mean_block_days)
    );
    let keeping = result.neighbours_keeping_half.map_or_else(
        || "its Sharpe ratio is not above 0".to_owned(),
        |keeping| format!("{keeping} keep half of the Sharpe ratio"),
    );
    let neighbours = format!("{}, {keeping}", result.neighbour_count);
    let starts = format!("{}, {} with a profit", result.start_count, result.starts_with_profit);
    let fees = match (result.breakeven_commission_factor, result.greatest_commission_factor) {
        (None, Some(greatest)) => format!("above {}", figures::brief(greatest)),
        (factor, _) => number(factor),
    };
    let noise = format!("{}, {} with a profit", result.noise_count, result.noise_with_profit);
    let late = match (result.first_delay_without_profit, result.greatest_delay_with_profit) {
        (Some(bars), _) => bars.to_string(),
        (None, Some(greatest)) => format!("more than {greatest}"),
        (None, None) => String::new(),
    };
    let as_good = result.random_entries_as_good.map_or_else(String::new, |count| {
        format!("{}, {count} with at least its return", result.random_entry_count)
    });
    let failed = if result.failed > 0 { figures::whole(result.failed) } else { String::new() };
    let mut facts = vec![
        ("no profit at fees times", fees),
        ("no profit at ticks worse", number(result.breakeven_slippage_ticks)),
        ("neighbours", if_any(result.neighbour_count, neighbours)),
        ("later starts", if_any(result.start_count, starts)),
        ("with noise on prices", if_any(result.noise_count, noise)),
        ("no profit at bars late", late),
        ("at random times", as_good),
        ("backtests that failed", failed),
        ("paths", if_any(has_paths, drawn)),
        ("paths that lose", if_any(has_paths, share(result.probability_of_loss))),
    ];
    let ruined = |ruin: &pb::RuinProbability| {
        format!("{} below {}", figures::percent(ruin.probability), figures::percent(ruin.level))
    };
    facts.extend(result.ruin.iter().map(|ruin| ("paths that ever fall", ruined(ruin))));
    let facts = table::facts(facts);
    let spreads = if result.spreads.is_empty() {
        String::new()
    } else {
        format!("\n{}", spread_table(&result.spreads))
    };
    format!("{}\n\n{facts}{spreads}", result.sentence)
}

fn spread_table(spreads: &[pb::FigureSpread]) -> String {
    let columns = [
        Column::Word("OF 100 PATHS"),
        Column::Number("5 BELOW"),
        Column::Number("25"),
        Column::Number("50"),
        Column::Number("75"),
        Column::Number("95"),
        Column::Number("AS IT CAME"),
        Column::Number("PATHS WITH LESS"),
    ];
    let rows = spreads.iter().map(|spread| {
        let value = |value: Option<f64>| figure(&spread.metric, value);
        let mut row = vec![spread.metric.clone()];
        row.extend((0..5).map(|at| value(spread.quantiles.get(at).copied())));
        row.push(value(spread.observed));
        row.push(spread.rank.map_or_else(|| ABSENT.to_owned(), figures::percent));
        row
    });
    table::with_headings(&columns, rows.collect())
}

/// The backtests, one a line.
pub(in crate::cli) fn variant_table(variants: &[pb::Variant]) -> String {
    let mut columns = vec![Column::Number("PLACE"), Column::Word("PART"), Column::Text("CHANGED")];
    columns.extend(METRICS.map(Column::Number));
    let rows = variants.iter().map(|variant| {
        let part = match variant.part() {
            RobustnessPart::Unspecified => "as it is".to_owned(),
            part => part_name(part),
        };
        let mut row = vec![variant.place.to_string(), part, changed(variant)];
        if variant.failure.is_empty() {
            row.extend(METRICS.map(|name| figure(name, variant.metrics.get(name).copied())));
        } else {
            row.push(format!("failed: {}", variant.failure));
            row.resize(3 + METRICS.len(), String::new());
        }
        row
    });
    table::with_headings(&columns, rows.collect())
}

/// What is other than it was.
fn changed(variant: &pb::Variant) -> String {
    // Counts are whole, factors as short as they are.
    let amount = variant.amount;
    match (variant.part(), variant.name.as_str()) {
        (RobustnessPart::Unspecified, _) => String::new(),
        (RobustnessPart::Neighbours, _) => param_text::params(&variant.params),
        (RobustnessPart::Starts, _) => format!("starts {amount} days later"),
        (RobustnessPart::Noise, _) => format!("noise {amount}"),
        (RobustnessPart::Delays, _) => format!("hears of bars {amount} late"),
        (RobustnessPart::RandomEntries, _) => format!("random times {amount}"),
        (_, "commission") => format!("fees times {amount}"),
        (_, "slippage_ticks") => format!("fills {amount} ticks worse"),
        (_, name) => format!("{name} {amount}"),
    }
}

fn figure(metric: &str, value: Option<f64>) -> String {
    match value {
        None => ABSENT.to_owned(),
        Some(value) if FRACTIONS.contains(&metric) => figures::percent(value),
        Some(value) => figures::brief(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sentence_comes_first_and_what_was_not_asked_for_is_left_out() {
        let result = pb::RobustnessResult {
            sentence: "A profit is left at 5 times the commission.".into(),
            greatest_commission_factor: Some(5.0),
            ..Default::default()
        };
        let text = completed(&result);
        assert!(text.starts_with("A profit is left"), "{text}");
        assert!(text.contains("above 5") && !text.contains("neighbours"), "{text}");
        assert!(!text.contains("paths"), "{text}");
    }

    #[test]
    fn figures_are_spread_over_a_line_each() {
        let spread = pb::FigureSpread {
            metric: "max_drawdown".into(),
            observed: Some(0.21),
            rank: Some(0.4),
            quantiles: vec![0.1, 0.2, 0.25, 0.3, 0.37],
        };
        let ruin = pb::RuinProbability { level: 0.5, probability: 0.02 };
        let result = pb::RobustnessResult {
            path_count: 100,
            spreads: vec![spread],
            ruin: vec![ruin],
            ..Default::default()
        };
        let text = completed(&result);
        assert!(text.contains("37.00%") && text.contains("40.00%"), "{text}");
        assert!(text.contains("2.00% below 50.00%"), "{text}");
    }

    #[test]
    fn a_variant_says_what_is_changed_or_why_it_failed() {
        let variant = |part: RobustnessPart, name: &str, amount: f64| pb::Variant {
            part: part.into(),
            name: name.into(),
            amount,
            ..Default::default()
        };
        let failed = pb::Variant {
            failure: "OVERFLOW".into(),
            ..variant(RobustnessPart::Starts, "start_days", 3.0)
        };
        let text = variant_table(&[
            variant(RobustnessPart::Unspecified, "", 0.0),
            variant(RobustnessPart::Costs, "commission", 2.5),
            variant(RobustnessPart::Costs, "slippage_ticks", 5.0),
            failed,
        ]);
        assert!(text.contains("as it is") && text.contains("fees times 2.5"), "{text}");
        assert!(text.contains("fills 5 ticks worse"), "{text}");
        assert!(
            text.contains("starts 3 days later") && text.contains("failed: OVERFLOW"),
            "{text}"
        );
    }
}
