//! The trials of a search over two of its parameters: the best of each pair, brightest at the best.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::markup;
use crate::cli::text::param_text;
use crate::pb;
use crate::pb::param_value::Kind;

const CELL_MAX: f64 = 40.0;
const SIDE: f64 = 640.0;
const LEFT: f64 = 84.0;
const BELOW: f64 = 44.0;
/// Viridis at its quarters: equal steps to every eye, on paper and to the colour-blind.
const COLORS: [[f64; 3]; 5] = [
    [68.0, 1.0, 84.0],
    [59.0, 82.0, 139.0],
    [33.0, 145.0, 140.0],
    [94.0, 201.0, 98.0],
    [253.0, 231.0, 37.0],
];

/// A place on an axis, in the order of values.
#[derive(Clone, Debug, PartialEq)]
enum Place {
    Number(f64),
    Word(String),
}

impl Place {
    fn of(value: &pb::ParamValue) -> Self {
        match value.kind {
            Some(Kind::IntValue(whole)) => Self::Number(whole as f64),
            Some(Kind::DoubleValue(number)) => Self::Number(number),
            _ => Self::Word(param_text::param(value)),
        }
    }

    fn order(&self, other: &Self) -> std::cmp::Ordering {
        match (self, other) {
            (Self::Number(a), Self::Number(b)) => a.total_cmp(b),
            (Self::Word(a), Self::Word(b)) => a.cmp(b),
            (Self::Number(_), Self::Word(_)) => std::cmp::Ordering::Less,
            (Self::Word(_), Self::Number(_)) => std::cmp::Ordering::Greater,
        }
    }
}

/// The map; empty if there are not two parameters, or nothing is defined. `figure` writes a value.
pub(super) fn html(
    trials: &[pb::TrialSummary],
    axes: &[String],
    is_maximized: bool,
    figure: &dyn Fn(f64) -> String,
) -> String {
    let [across, up, ..] = axes else { return String::new() };
    let columns = places(trials, across);
    let rows = places(trials, up);
    let best = best_of_pairs(trials, (across, &columns), (up, &rows), is_maximized);
    let low = best.values().map(|&(value, _)| value).fold(f64::INFINITY, f64::min);
    let high = best.values().map(|&(value, _)| value).fold(f64::NEG_INFINITY, f64::max);
    if low > high {
        return String::new();
    }
    let cell = (SIDE / columns.len().max(rows.len()) as f64).min(CELL_MAX);
    let (width, height) = (cell * columns.len() as f64, cell * rows.len() as f64);
    let whole = LEFT + width + 8.0;
    let mut svg = format!(
        "<figure><svg class=map viewBox=\"0 0 {whole:.1} {:.1}\" style=\"max-width:{whole:.0}px\" \
         role=img aria-label=\"The best trial of each pair of {} and {}\">",
        height + BELOW,
        markup::text(across),
        markup::text(up),
    );
    for (&(column, row), &(value, index)) in &best {
        let share = if high > low { (value - low) / (high - low) } else { 1.0 };
        let [red, green, blue] = color(if is_maximized { share } else { 1.0 - share });
        _ = write!(
            svg,
            "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"{cell:.2}\" height=\"{cell:.2}\" \
             fill=\"rgb({red:.0} {green:.0} {blue:.0})\"><title>trial {index}: {}</title></rect>",
            LEFT + column as f64 * cell,
            height - (row + 1) as f64 * cell,
            markup::text(&figure(value)),
        );
    }
    svg += &edges(across, &columns, up, &rows, (width, height));
    let (darkest, brightest) = if is_maximized { (low, high) } else { (high, low) };
    _ = writeln!(
        svg,
        "</svg><figcaption>{} dark to {} bright</figcaption></figure>",
        markup::text(&figure(darkest)),
        markup::text(&figure(brightest))
    );
    svg
}

/// The names of the axes, and their first and last values.
fn edges(
    across: &str,
    columns: &[(Place, String)],
    up: &str,
    rows: &[(Place, String)],
    (width, height): (f64, f64),
) -> String {
    let ends = |places: &[(Place, String)]| {
        let name =
            |at: Option<&(Place, String)>| at.map(|(_, name)| name.clone()).unwrap_or_default();
        [name(places.first()), name(places.last())].map(|name| markup::text(&name))
    };
    let [left, right] = ends(columns);
    let [bottom, top] = ends(rows);
    let (end, below, beside) = (LEFT + width, height + 16.0, LEFT - 6.0);
    let name = |class: char, x: f64, y: f64, text: &str| {
        format!("<text class={class} x=\"{x:.1}\" y=\"{y:.1}\">{text}</text>")
    };
    [
        name('s', LEFT, below, &left),
        name('r', end, below, &right),
        name('m', LEFT + width / 2.0, below + 20.0, &markup::text(across)),
        name('r', beside, height, &bottom),
        name('r', beside, 12.0, &top),
        name('r', beside, height / 2.0, &markup::text(up)),
    ]
    .concat()
}

/// The values that a parameter has, in their order, each once, with what they are called.
fn places(trials: &[pb::TrialSummary], name: &str) -> Vec<(Place, String)> {
    let values = trials.iter().filter_map(|trial| trial.params.get(name));
    let mut places: Vec<_> =
        values.map(|value| (Place::of(value), param_text::param(value))).collect();
    places.sort_by(|(a, _), (b, _)| a.order(b));
    places.dedup_by(|(a, _), (b, _)| a == b);
    places
}

type Pairs = BTreeMap<(usize, usize), (f64, i64)>;

fn best_of_pairs(
    trials: &[pb::TrialSummary],
    (across, columns): (&str, &[(Place, String)]),
    (up, rows): (&str, &[(Place, String)]),
    is_maximized: bool,
) -> Pairs {
    let at = |trial: &pb::TrialSummary, name: &str, places: &[(Place, String)]| {
        let place = Place::of(trial.params.get(name)?);
        places.binary_search_by(|(other, _)| other.order(&place)).ok()
    };
    let mut best = Pairs::new();
    // One that breaks a constraint is none of those that were looked for.
    let feasible = trials.iter().filter(|trial| trial.state() == pb::TrialState::Completed);
    for trial in feasible {
        let Some(value) = trial.objective_value.filter(|value| value.is_finite()) else { continue };
        let Some(pair) = at(trial, across, columns).zip(at(trial, up, rows)) else { continue };
        let held = best.entry(pair).or_insert((value, trial.trial_index));
        if (is_maximized && value > held.0) || (!is_maximized && value < held.0) {
            *held = (value, trial.trial_index);
        }
    }
    best
}

fn color(share: f64) -> [f64; 3] {
    let at = share.clamp(0.0, 1.0) * (COLORS.len() - 1) as f64;
    let from = (at.floor() as usize).min(COLORS.len() - 2);
    let part = at - from as f64;
    [0, 1, 2].map(|tone| COLORS[from][tone] * (1.0 - part) + COLORS[from + 1][tone] * part)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::show::trial_table::trial;

    fn trials() -> Vec<pb::TrialSummary> {
        let of = |fast, slow, value| pb::TrialSummary {
            objective_value: Some(value),
            state: pb::TrialState::Completed.into(),
            ..trial(fast, slow, None)
        };
        vec![of(10, 20, 1.0), of(5, 20, 3.0), of(5, 100, -2.0), of(5, 20, 2.0)]
    }

    fn axes() -> Vec<String> {
        vec!["fast".to_owned(), "slow".to_owned()]
    }

    #[test]
    fn each_pair_has_its_best_trial_where_its_values_are() {
        let trials = trials();
        let (columns, rows) = (places(&trials, "fast"), places(&trials, "slow"));
        let names: Vec<_> = rows.iter().map(|(_, name)| name.as_str()).collect();
        assert_eq!(names, ["20", "100"]);
        let pairs = |is_maximized| {
            let best = best_of_pairs(&trials, ("fast", &columns), ("slow", &rows), is_maximized);
            best.into_iter().map(|(at, (value, _))| (at, value)).collect::<Vec<_>>()
        };
        assert_eq!(pairs(true), [((0, 0), 3.0), ((0, 1), -2.0), ((1, 0), 1.0)]);
        assert_eq!(pairs(false)[0], ((0, 0), 2.0));
    }

    #[test]
    fn the_best_end_is_bright_for_either_goal() {
        let bright = "rgb(253 231 37)";
        let cell = |is_maximized| {
            let html = html(&trials(), &axes(), is_maximized, &|value| format!("is {value}"));
            let (_, after) = html.split_once(bright).unwrap();
            after.split_once("</title>").unwrap().0.to_owned()
        };
        assert!(cell(true).ends_with("is 3"), "{}", cell(true));
        assert!(cell(false).ends_with("is -2"), "{}", cell(false));
    }

    #[test]
    fn one_parameter_and_nothing_defined_are_no_map() {
        let figure = |value: f64| value.to_string();
        assert_eq!(html(&trials(), &axes()[..1], true, &figure), "");
        assert_eq!(html(&[], &axes(), true, &figure), "");
    }
}
