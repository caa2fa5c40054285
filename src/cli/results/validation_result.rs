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
    vec![
        ("judges", spec.run_id.clone()),
        ("less", over.to_ascii_lowercase()),
        ("blocks", spec.blocks.to_string()),
        ("draws", format!("{}, seed {}", figures::whole(spec.bootstrap_count.into()), spec.seed)),
        ("a draw's blocks", block),
        ("other orders", orders),
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

#[cfg(test)]
mod tests {
    use super::*;

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
