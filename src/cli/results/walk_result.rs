//! What a walk-forward was asked for and what came out, as text: the sentence first.

use std::collections::BTreeMap;

use crate::cli::text::figures::{self, ABSENT};
use crate::cli::text::param_text;
use crate::cli::text::table;
use crate::pb;
use crate::pb::walk_forward_spec::Scheme;

/// How windows are cut, for a description.
pub(in crate::cli) fn asked(spec: &pb::WalkForwardSpec) -> Vec<(&'static str, String)> {
    let (windows, by) = match &spec.scheme {
        Some(Scheme::Anchored(windows)) => (*windows, "all days before, at least"),
        Some(Scheme::Rolling(windows)) => (*windows, "the latest"),
        None => return Vec::new(),
    };
    let purge = match windows.purge_days {
        0 => String::new(),
        days => format!("{days} days"),
    };
    vec![
        ("chosen by", format!("{by} {} days", windows.in_sample_days)),
        ("judged by", format!("{} days", windows.out_of_sample_days)),
        ("left out between", purge),
        ("step", format!("{} days", windows.step_days)),
        ("a window is, for a trial,", what_is_simulated(spec.in_sample_mode()).to_owned()),
        ("a trial is chosen by", what_chooses(spec.smoothing()).to_owned()),
        ("the position, at a change,", what_becomes(spec.handover()).to_owned()),
    ]
}

const fn what_is_simulated(mode: pb::InSampleMode) -> &'static str {
    match mode {
        pb::InSampleMode::Unspecified | pb::InSampleMode::Flat => "a simulation of its own",
        pb::InSampleMode::Carried => "a part of one simulation, positions carried in and out",
    }
}

const fn what_chooses(smoothing: pb::Smoothing) -> &'static str {
    match smoothing {
        pb::Smoothing::Unspecified | pb::Smoothing::None => "its own objective",
        pb::Smoothing::Median => "the median of its own and its neighbours' objective",
    }
}

/// What came out.
pub(in crate::cli) fn completed(result: &pb::WalkForwardResult) -> String {
    let number = |value: Option<f64>| value.map_or_else(|| ABSENT.to_owned(), figures::brief);
    let percent = |map: &BTreeMap<String, f64>, name: &str| {
        map.get(name).map_or_else(|| ABSENT.to_owned(), |value| figures::percent(*value))
    };
    let windows = format!(
        "{}, {} of them with a profit, {} without a choice",
        result.window_count, result.profitable_window_count, result.empty_window_count
    );
    let ranks =
        format!("{} (t {})", number(result.rank_correlation), number(result.rank_correlation_t));
    let failed = match result.failed {
        0 => String::new(),
        count => figures::whole(count),
    };
    let mut facts = vec![
        ("windows", windows),
        ("trials that failed", failed),
        ("return", percent(&result.metrics, "total_return")),
        ("deepest fall, by day", percent(&result.metrics, "max_drawdown")),
        ("Sharpe ratio a day", number(result.metrics.get("sharpe_per_day").copied())),
        ("trades", number(result.metrics.get("trade_count").copied())),
        ("as one account", one_account(result)),
        ("all trials together", percent(&result.baselines, "all_trials")),
        ("the median trial", percent(&result.baselines, "median_trial")),
        ("the defaults", percent(&result.baselines, "defaults")),
        ("the market held", percent(&result.baselines, "buy_and_hold")),
        ("the best in hindsight", percent(&result.baselines, "hindsight")),
        ("efficiency", number(result.efficiency)),
        ("ranks kept", ranks),
    ];
    let moved = |axis: &pb::AxisStability| {
        let jump =
            axis.mean_jump.map(|jump| format!(", by {} of its range", figures::percent(jump)));
        let share = figures::percent(axis.changed_share);
        format!("{} changed {share} of the time{}", axis.axis, jump.unwrap_or_default())
    };
    facts.extend(result.stability.iter().map(|axis| ("", moved(axis))));
    let on = |account: &pb::SeriesAccount| {
        let earned = percent(&account.metrics, "total_return");
        let one = account.carried.as_ref().map(|it| percent(&it.metrics, "total_return"));
        let one = one.map_or_else(String::new, |one| format!(", as one account {one}"));
        let named = account.subscription.as_ref();
        let name = named.map_or_else(String::new, |it| format!("{}:{}", it.exchange, it.symbol));
        format!("{name} {earned}{one}")
    };
    facts.extend(result.series.iter().map(|account| ("on", on(account))));
    format!("{}\n\n{}", result.sentence, table::facts(facts))
}

/// Other parameters from moments on, for a description.
pub(in crate::cli) fn changes(spec: &pb::BacktestSpec) -> Vec<(&'static str, String)> {
    let told = |change: &pb::ParamChange| {
        let from = change.from_time.as_ref().map(figures::moment).unwrap_or_default();
        let params = || param_text::params(&change.params);
        let to = if change.flat { "nothing held".to_owned() } else { params() };
        ("changing", format!("{from}: {to}"))
    };
    let mut facts: Vec<_> = spec.schedule.iter().map(told).collect();
    if !facts.is_empty() {
        facts.push(("then the position", what_becomes(spec.handover()).to_owned()));
    }
    facts
}

/// What a change of parameters does with the position.
const fn what_becomes(handover: pb::Handover) -> &'static str {
    match handover {
        pb::Handover::Unspecified | pb::Handover::Close => "is closed",
        pb::Handover::RunOff => "is left by the old parameters",
        pb::Handover::Keep => "is kept for the new parameters",
        pb::Handover::Adopt => "is what the new parameters hold alone",
    }
}

/// The choices as one backtest.
fn one_account(result: &pb::WalkForwardResult) -> String {
    let Some(carried) = &result.carried else { return String::new() };
    if let Some(error) = &carried.error {
        return format!("failed: {}", error.message);
    }
    let percent = |name: &str| {
        carried.metrics.get(name).map_or_else(|| ABSENT.to_owned(), |it| figures::percent(*it))
    };
    format!(
        "{}, deepest fall {}, {} trades",
        percent("total_return"),
        percent("max_drawdown"),
        figures::brief(carried.metrics.get("trade_count").copied().unwrap_or(0.0))
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sentence_comes_first_and_what_is_not_known_is_a_dash() {
        let result = pb::WalkForwardResult {
            window_count: 8,
            sentence: "Over the days that it had not seen".into(),
            baselines: [("all_trials".to_owned(), -0.031)].into(),
            ..Default::default()
        };
        let text = completed(&result);
        assert!(text.starts_with("Over the days"), "{text}");
        assert!(text.contains("-3.10%") && text.contains("- (t -)"), "{text}");
    }

    #[test]
    fn how_windows_are_simulated_and_chosen_by_is_said() {
        let spec = |mode: pb::InSampleMode, smoothing: pb::Smoothing| pb::WalkForwardSpec {
            scheme: Some(Scheme::Rolling(pb::Windows::default())),
            in_sample_mode: mode.into(),
            smoothing: smoothing.into(),
            ..Default::default()
        };
        let said = |spec| asked(&spec).into_iter().map(|(_, said)| said).collect::<Vec<_>>();
        let usual = said(spec(pb::InSampleMode::Unspecified, pb::Smoothing::Unspecified));
        assert!(usual.iter().any(|it| it == "a simulation of its own"), "{usual:?}");
        let other = said(spec(pb::InSampleMode::Carried, pb::Smoothing::Median));
        assert!(other.iter().any(|it| it.contains("positions carried")), "{other:?}");
        assert!(other.iter().any(|it| it.contains("neighbours")), "{other:?}");
    }
}
