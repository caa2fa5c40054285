//! Metrics as a table. Which there are, and their units, is told by the server's `MetricSpec`s.

use std::collections::BTreeMap;

use crate::cli::text::figures::{self, ABSENT};
use crate::cli::text::foreign;
use crate::cli::text::table::{self, Column};
use crate::pb;

/// From this width on, the table stands in two halves side by side.
const TWO_HALVES_WIDTH: u16 = 90;

/// What is known of metrics: which there are, and what their money is counted in.
#[derive(Debug, Default)]
pub(in crate::cli) struct Catalogue {
    /// As the server tells them, in its order.
    pub specs: Vec<pb::MetricSpec>,
    /// The decimals of the run's money unit; 0 if they are not known.
    pub money_decimals: usize,
}

impl Catalogue {
    /// One metric as text: a fraction as a percentage, money to its unit, a count as it is.
    pub(in crate::cli) fn figure(&self, name: &str, value: f64) -> String {
        let spec = self.specs.iter().find(|spec| spec.name == name);
        figure(name, spec.map_or("", |spec| spec.unit.as_str()), value, self.money_decimals)
    }
}

/// All metrics that the strategy knows, in its order; an undefined one is a dash.
pub(in crate::cli) fn table(
    catalogue: &Catalogue,
    metrics: &BTreeMap<String, f64>,
    width: Option<u16>,
) -> String {
    let rows = rows(catalogue, metrics);
    if width.is_none_or(|width| width < TWO_HALVES_WIDTH) {
        return table::without_headings(&[Column::Text(""), Column::Number("")], rows, None);
    }
    let (left, right) = rows.split_at(rows.len().div_ceil(2));
    let blank = || vec![String::new(); 2];
    let halves = left.iter().enumerate().map(|(at, row)| {
        let right = right.get(at).cloned().unwrap_or_else(blank);
        // The empty cell keeps the halves apart.
        [row.clone(), vec![String::new()], right].concat()
    });
    let columns = [
        Column::Text(""),
        Column::Number(""),
        Column::Text(""),
        Column::Text(""),
        Column::Number(""),
    ];
    table::without_headings(&columns, halves.collect(), None)
}

/// What was paid by kind, the most first.
pub(in crate::cli) fn paid(catalogue: &Catalogue, costs: &BTreeMap<String, f64>) -> String {
    let mut costs: Vec<_> = costs.iter().map(|(kind, paid)| (kind.as_str(), *paid)).collect();
    costs.sort_by(|one, other| other.1.total_cmp(&one.1));
    let told = costs.into_iter().map(|(kind, paid)| {
        format!("{} {}", foreign::word(kind), figures::money(paid, catalogue.money_decimals))
    });
    format!("paid: {}\n", told.collect::<Vec<_>>().join(", "))
}

fn figure(name: &str, unit: &str, value: f64, money_decimals: usize) -> String {
    let is_bare_count = unit.is_empty() && name.ends_with("_count");
    match unit {
        "fraction" => figures::percent(value),
        "money" => figures::money(value, money_decimals),
        "count" => plain(value),
        _ if is_bare_count => plain(value),
        "" | "ratio" => figures::fixed(value, 3),
        unit => format!("{} {unit}", plain(value)),
    }
}

/// Whole if it is whole, else with two decimals.
fn plain(value: f64) -> String {
    let decimals = if value.fract() == 0.0 { 0 } else { 2 };
    figures::fixed(value, decimals)
}

/// Each metric with its figure.
pub(in crate::cli) fn rows(
    catalogue: &Catalogue,
    metrics: &BTreeMap<String, f64>,
) -> Vec<Vec<String>> {
    let known = catalogue.specs.iter().map(|spec| {
        let value = metrics.get(&spec.name);
        let figure = value.map(|&value| catalogue.figure(&spec.name, value));
        let title = if spec.display_name.is_empty() { &spec.name } else { &spec.display_name };
        vec![title.clone(), figure.unwrap_or_else(|| ABSENT.to_owned())]
    });
    // A server of another version may send what its catalogue no longer, or not yet, describes.
    let is_known = |name: &str| catalogue.specs.iter().any(|spec| spec.name == name);
    let others = metrics.iter().filter(|(name, _)| !is_known(name));
    let others = others.map(|(name, &value)| vec![name.clone(), catalogue.figure(name, value)]);
    known.chain(others).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(name: &str, title: &str, unit: &str) -> pb::MetricSpec {
        pb::MetricSpec {
            name: name.to_owned(),
            display_name: title.to_owned(),
            unit: unit.to_owned(),
            ..Default::default()
        }
    }

    fn specs() -> Catalogue {
        let specs = vec![
            spec("final_equity", "Final equity", "money"),
            spec("total_return", "Total return", "fraction"),
            spec("sharpe", "Sharpe ratio", "ratio"),
            spec("trade_count", "Trades", "count"),
        ];
        Catalogue { specs, money_decimals: 8 }
    }

    fn metrics() -> BTreeMap<String, f64> {
        let pairs = [("final_equity", 13_142.5), ("total_return", 0.314_2), ("trade_count", 143.0)];
        pairs.map(|(name, value)| (name.to_owned(), value)).into()
    }

    #[test]
    fn an_undefined_metric_is_a_dash_and_not_a_zero() {
        assert_eq!(
            table(&specs(), &metrics(), None),
            "Final equity  13,142.50\nTotal return     31.42%\nSharpe ratio          -\n\
             Trades              143\n"
        );
    }

    #[test]
    fn a_wide_terminal_gets_two_halves() {
        assert_eq!(
            table(&specs(), &metrics(), Some(120)),
            "Final equity  13,142.50     Sharpe ratio    -\n\
             Total return     31.42%     Trades        143\n"
        );
    }

    #[test]
    fn a_metric_that_the_catalogue_does_not_know_is_shown_all_the_same() {
        let rows = rows(&Catalogue::default(), &metrics());
        assert_eq!(rows[0], ["final_equity", "13,142.500"]);
    }

    #[test]
    fn units_decide_how_a_value_reads() {
        let figure = |name, unit, value| figure(name, unit, value, 8);
        assert_eq!(figure("max_drawdown", "fraction", 0.187), "18.70%");
        assert_eq!(figure("sharpe", "ratio", 0.92), "0.920");
        assert_eq!(figure("fill_count", "count", 1_286.0), "1,286");
        assert_eq!(figure("max_drawdown_duration_days", "days", 12.0), "12 days");
        assert_eq!(figure("average_bars_held", "bars", 31.416), "31.42 bars");
        assert_eq!(figure("average_win", "money", 0.000_01), "0.00001");
    }
}
