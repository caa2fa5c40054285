//! What a validation found, as text: the sentence first, then every number with its meaning.

use crate::cli::text::figures::{self, ABSENT};
use crate::cli::text::table;
use crate::pb;

/// What was asked for.
pub(in crate::cli) fn asked(spec: &pb::ValidationSpec) -> Vec<(&'static str, String)> {
    let over = spec.excess_over().as_str_name().trim_start_matches("EXCESS_OVER_");
    let block = match spec.mean_block_days {
        0.0 => "as long as the returns ask for".to_owned(),
        days => format!("{} days on average", figures::brief(days)),
    };
    let orders = match spec.permutation_count {
        0 => String::new(),
        count => format!("{} of the bars", figures::whole(count.into())),
    };
    let groups = spec.combinatorial.as_ref().map(|cut| {
        format!(
            "{}, {} of which judge, {} days left out before and {} after them",
            cut.groups,
            cut.test_groups,
            cut.purge_days,
            cut.embargo_days()
        )
    });
    vec![
        ("judges", spec.run_id.clone()),
        ("less", over.to_ascii_lowercase()),
        ("blocks", spec.blocks.to_string()),
        ("draws", format!("{}, seed {}", figures::whole(spec.bootstrap_count.into()), spec.seed)),
        ("a draw's blocks", block),
        ("other orders", orders),
        ("groups of days", groups.unwrap_or_default()),
    ]
}

/// What came out.
pub(in crate::cli) fn completed(result: &pb::ValidationResult) -> String {
    let share = |value: Option<f64>| value.map_or_else(|| ABSENT.to_owned(), |p| format!("{p:.3}"));
    let number = |value: Option<f64>| value.map_or_else(|| ABSENT.to_owned(), figures::brief);
    let trials = format!(
        "{} over {} days, {} left out",
        figures::whole(result.trial_count),
        figures::whole(result.days.into()),
        figures::whole(result.left_out_count)
    );
    let bounds = format!("{} to {}", share(result.spa_p_lower), share(result.spa_p_upper));
    let discoveries = format!(
        "{} (Benjamini-Hochberg), {} (Benjamini-Yekutieli)",
        figures::whole(result.discoveries_bh),
        figures::whole(result.discoveries_by),
    );
    let known = |count: Option<i64>| count.map_or_else(|| ABSENT.to_owned(), figures::whole);
    let none_false = format!(
        "{} (Bonferroni), {} (Holm), {} of the best 20 (StepM)",
        known(result.discoveries_bonferroni),
        known(result.discoveries_holm),
        figures::whole(result.discoveries_stepm)
    );
    let ever = result.tried_ever.map(|count| {
        format!("{} (of {} tries ever)", share(result.dsr_ever), figures::whole(count))
    });
    let implied = result.dsr_implied.map(|sure| {
        format!(
            "{} (of {} tries, as alike as they are)",
            share(Some(sure)),
            number(result.implied_trials)
        )
    });
    let (paths, ratios) = result.paths.as_ref().map(paths).unwrap_or_default();
    let permuted = result.permutation_p.map(|p| share(Some(p)));
    let facts = vec![
        ("trials that vary", trials),
        ("as alike as", format!("{} independent ones", number(result.implied_trials))),
        ("p, best of all (SPA)", share(result.spa_p)),
        ("its bounds", bounds),
        ("p, reality check", share(result.reality_check_p)),
        ("p, bars in other orders", permuted.unwrap_or_default()),
        ("overfitting (PBO)", share(result.pbo)),
        ("loss in the other half", share(result.probability_of_loss)),
        ("paths through groups", paths),
        ("their ratios a day", ratios),
        ("best trial", result.best_trial_index.to_string()),
        ("its Sharpe ratio a day", number(result.best_sharpe_per_day)),
        ("above 0, tried alone", format!("{} (PSR 2012)", share(result.psr_2012))),
        ("", format!("{} (PSR 2026)", share(result.psr_2026))),
        ("above the best of luck", format!("{} (DSR 2014)", share(result.dsr_2014))),
        ("", implied.unwrap_or_default()),
        ("", ever.unwrap_or_default()),
        ("days to be 95 % sure", number(result.min_track_record_days)),
        ("days of noise with it", number(result.min_backtest_days)),
        ("at 5 % any false", none_false),
        ("at 5 % of them false", discoveries),
    ];
    format!("{}\n\n{}", result.sentence, table::facts(facts))
}

/// How many ways through groups of days there are, and what they came to.
fn paths(paths: &pb::PathSummary) -> (String, String) {
    let made = format!(
        "{} of {} choices, which took {} trials",
        figures::whole(paths.path_count),
        figures::whole(paths.split_count),
        figures::whole(paths.chosen_trial_count)
    );
    let brief = |place: usize| paths.quantiles.get(place).copied().map(figures::brief);
    let ratios = match (brief(0), brief(3), brief(6), paths.share_below_zero) {
        (Some(least), Some(middle), Some(greatest), Some(below)) => format!(
            "{middle} in the middle, from {least} to {greatest}; {} below 0",
            figures::percent(below)
        ),
        _ => ABSENT.to_owned(),
    };
    (made, ratios)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_told_by_their_middle_and_their_ends() {
        let told = pb::PathSummary {
            path_count: 9,
            split_count: 45,
            quantiles: vec![-0.02, -0.01, 0.0, 0.01, 0.02, 0.03, 0.04],
            share_below_zero: Some(0.25),
            chosen_trial_count: 7,
        };
        let (made, ratios) = paths(&told);
        assert_eq!(made, "9 of 45 choices, which took 7 trials");
        assert_eq!(ratios, "0.0100 in the middle, from -0.0200 to 0.0400; 25.00% below 0");
        let none = pb::PathSummary { quantiles: vec![], share_below_zero: None, ..told };
        assert_eq!(paths(&none).1, ABSENT);
    }

    #[test]
    fn the_sentence_comes_first_and_what_is_not_known_is_a_dash() {
        let result = pb::ValidationResult {
            trial_count: 275,
            days: 730,
            spa_p: Some(0.3116),
            sentence: "31 of 100 searches by luck would find a best that looks this good.".into(),
            ..Default::default()
        };
        let text = completed(&result);
        assert!(text.starts_with("31 of 100 searches"), "{text}");
        assert!(text.contains("275 over 730 days") && text.contains("0.312"), "{text}");
        assert!(text.contains("- (DSR 2014)"), "{text}");
    }
}
