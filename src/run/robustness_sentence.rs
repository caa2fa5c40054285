//! What a person reads first of one parameter set under stress.

use super::robustness_result::RobustnessResult;

impl RobustnessResult {
    /// What was found, in one sentence; of a part that was left out it says nothing.
    pub fn sentence(&self) -> String {
        let parts = [
            self.of_paths(),
            self.of_costs(),
            self.of_neighbours(),
            self.of_starts(),
            self.of_noise(),
            self.of_delays(),
            self.of_random_entries(),
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        let sentence = if parts.is_empty() { self.of_itself() } else { parts.join("; ") };
        let mut letters = sentence.chars();
        let first = letters.next().map(|first| first.to_uppercase().to_string());
        format!("{}{}.", first.unwrap_or_default(), letters.as_str())
    }

    fn of_itself(&self) -> String {
        match self.metrics.get("total_return") {
            Some(total) => format!("the backtest came to a return of {}", percent(*total)),
            None => "the backtest came to nothing that could be examined".to_owned(),
        }
    }

    fn of_paths(&self) -> Option<String> {
        let spread = self.spread("max_drawdown")?;
        let deep = spread.quantiles.last()?;
        let own = spread.observed.map(|own| format!(" (as it came: {})", percent(own)));
        // Of fewer than a hundred it is told how many they are.
        let (held, all) = match self.path_count {
            count if count >= 100 => (95, 100),
            count => ((count * 95).div_ceil(100), count),
        };
        Some(format!(
            "{held} of {all} resampled histories fall by no more than {}{}",
            percent(*deep),
            own.unwrap_or_default()
        ))
    }

    fn of_costs(&self) -> Option<String> {
        if let Some(factor) = self.breakeven_commission_factor {
            return Some(format!("the profit is gone at {} times the commission", short(factor)));
        }
        if let Some(factor) = self.greatest_commission_factor {
            return Some(format!("a profit is left at {} times the commission", short(factor)));
        }
        let ticks = self.breakeven_slippage_ticks?;
        Some(format!("the profit is gone once each fill is worse by {} ticks", short(ticks)))
    }

    fn of_neighbours(&self) -> Option<String> {
        if self.neighbour_count == 0 {
            return None;
        }
        Some(match self.neighbours_keeping_half {
            Some(keeping) => format!(
                "of {} neighbours {keeping} keep half of the Sharpe ratio",
                self.neighbour_count
            ),
            None if !self.metrics.contains_key("sharpe") => {
                "it has no Sharpe ratio that neighbours could keep".into()
            }
            None => "its Sharpe ratio is not above 0, so that neighbours have none to keep".into(),
        })
    }

    fn of_starts(&self) -> Option<String> {
        (self.start_count > 0).then(|| {
            format!(
                "of {} later starts {} end with a profit",
                self.start_count, self.starts_with_profit
            )
        })
    }
}

impl RobustnessResult {
    fn of_noise(&self) -> Option<String> {
        (self.noise_count > 0).then(|| {
            format!(
                "of {} with noise on their prices {} end with a profit",
                self.noise_count, self.noise_with_profit
            )
        })
    }

    fn of_delays(&self) -> Option<String> {
        let bars = |count: u32| match count {
            1 => "1 bar".to_owned(),
            count => format!("{count} bars"),
        };
        if let Some(first) = self.first_delay_without_profit {
            return Some(format!("the profit is gone if it decides {} late", bars(first)));
        }
        let greatest = self.greatest_delay_with_profit?;
        Some(format!("a profit is left if it decides {} late", bars(greatest)))
    }

    fn of_random_entries(&self) -> Option<String> {
        let as_good = self.random_entries_as_good?;
        Some(format!(
            "of {} that were in the market as often and as long at random times {as_good} earned \
             as much",
            self.random_entry_count
        ))
    }
}

/// A fraction in whole percent, and in tenths where it is small.
fn percent(fraction: f64) -> String {
    let hundred = fraction * 100.0;
    if hundred.abs() < 9.95 { format!("{hundred:.1} %") } else { format!("{hundred:.0} %") }
}

/// A number with one digit after the point, if it needs one.
fn short(number: f64) -> String {
    let text = format!("{number:.1}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}
