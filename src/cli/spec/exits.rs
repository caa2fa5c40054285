//! How positions are left, on the command line: what stands besides the strategy.

use std::str::FromStr;

use clap::Args;

use crate::pb;
use crate::pb::distance::Kind;

/// How positions are left whatever the strategy does, and what may be held.
#[derive(Debug, Args)]
#[command(next_help_heading = "Exits and limits")]
pub(in crate::cli) struct ExitArgs {
    /// Stop-loss so far from the fill: 2%, 150t (ticks) or 2atr, 2atr20 (average true ranges)
    #[arg(long, value_name = "DISTANCE")]
    stop: Option<Distance>,
    /// Target so far beyond the fill, and which part of the position it closes; up to four
    #[arg(long = "target", value_name = "DISTANCE[:PART]")]
    targets: Vec<Target>,
    /// Stop that follows the best price, from a gain on: 3%, or 3%@1%
    #[arg(long, value_name = "DISTANCE[@GAIN]")]
    trail: Option<Trail>,
    /// Let a trailing stop in average true ranges take them anew at each bar
    #[arg(long = "chandelier", requires = "trail")]
    is_chandelier: bool,
    /// Stop at the entry once the price has gained so much; or so far beyond it: 1%@5t
    #[arg(long, value_name = "GAIN[@OFFSET]")]
    break_even: Option<Trail>,
    /// Leave after so many bars
    #[arg(long, value_name = "N")]
    max_bars: Option<u32>,
    /// Leave each day at this time, UTC, as in 21:00
    #[arg(long, value_name = "HH:MM")]
    exit_at: Option<String>,
    /// Most instruments held at a time
    #[arg(long, value_name = "N")]
    max_positions: Option<u16>,
    /// Most entries of one position: above 1 signals for the side held add to it
    #[arg(long, value_name = "N")]
    max_entries: Option<u16>,
    /// Decide no entry for so many bars from that of an exit on
    #[arg(long, value_name = "N")]
    cool_down: Option<u16>,
    /// Let the cool-down follow losses only
    #[arg(long = "cool-down-after-loss", requires = "cool_down")]
    cools_after_loss_only: bool,
    /// Refuse an entry that is a greater part of the volume of the bar before its fill: 0.05
    #[arg(long, value_name = "FRACTION")]
    max_volume_share: Option<String>,
    /// Leave a position whose instrument has had no bar for so many days
    #[arg(long, value_name = "DAYS")]
    close_without_bars: Option<u16>,
}

/// How far away: `2%`, `150t`, `2.5atr`, `2atr20`.
#[derive(Clone, Debug, PartialEq)]
struct Distance(pb::Distance);

/// A distance and a part: `4%:0.5`.
#[derive(Clone, Debug, PartialEq)]
struct Target(pb::TakeProfit);

/// A distance and another: `3%@1%`.
#[derive(Clone, Debug, PartialEq)]
struct Trail(pb::Distance, Option<pb::Distance>);

impl FromStr for Distance {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || {
            let valid = "2%, 150t (ticks), 2atr and 2atr20 (14 bars unless told)";
            format!("{text:?} is no distance; valid are {valid}")
        };
        let is_number = |text: &str| {
            text.chars().all(|c| c.is_ascii_digit() || c == '.')
                && text.chars().any(|c| c.is_ascii_digit())
                && text.matches('.').count() < 2
        };
        let kind = if let Some(percent) = text.strip_suffix('%').filter(|text| is_number(text)) {
            Kind::Percent(hundredth(percent))
        } else if let Some(ticks) = text.strip_suffix('t').filter(|text| is_number(text)) {
            Kind::Ticks(ticks.to_owned())
        } else {
            let (multiple, period) = text.split_once("atr").ok_or_else(wrong)?;
            let period = if period.is_empty() { Ok(0) } else { period.parse() };
            let period = period.map_err(|_| wrong())?;
            if !is_number(multiple) {
                return Err(wrong());
            }
            Kind::Atr(pb::AtrDistance { multiple: multiple.to_owned(), period })
        };
        Ok(Self(pb::Distance { kind: Some(kind) }))
    }
}

/// A hundredth of a decimal, by its digits: no number is rounded on the way.
fn hundredth(percent: &str) -> String {
    let (whole, fraction) = percent.split_once('.').unwrap_or((percent, ""));
    let whole = format!("{whole:0>3}");
    let (units, hundredths) = whole.split_at(whole.len() - 2);
    let digits = format!("{units}.{hundredths}{fraction}");
    digits.trim_end_matches('0').trim_end_matches('.').to_owned()
}

impl FromStr for Target {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (distance, portion) = text.split_once(':').unwrap_or((text, ""));
        let Distance(distance) = distance.parse()?;
        Ok(Self(pb::TakeProfit { distance: Some(distance), portion: portion.to_owned() }))
    }
}

impl FromStr for Trail {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (first, second) = text.split_once('@').map_or((text, None), |(a, b)| (a, Some(b)));
        let Distance(first) = first.parse()?;
        let second = second.map(str::parse).transpose()?.map(|Distance(second)| second);
        Ok(Self(first, second))
    }
}

impl ExitArgs {
    /// The exits on the wire; `None` if none were given.
    pub(in crate::cli) fn exits(&self) -> Option<pb::Exits> {
        let trailing_stop = self.trail.clone().map(|Trail(distance, activation)| {
            let chandelier = self.is_chandelier;
            pb::TrailingStop { distance: Some(distance), activation, chandelier }
        });
        let break_even = self.break_even.clone();
        let exits = pb::Exits {
            stop_loss: self.stop.clone().map(|Distance(distance)| distance),
            take_profits: self.targets.iter().map(|Target(target)| target.clone()).collect(),
            trailing_stop,
            break_even: break_even
                .map(|Trail(trigger, offset)| pb::BreakEven { trigger: Some(trigger), offset }),
            max_bars: self.max_bars.unwrap_or_default().into(),
            daily_exit_time: self.exit_at.clone().unwrap_or_default(),
        };
        (exits != pb::Exits::default()).then_some(exits)
    }

    /// The limits on the wire; `None` if none were given.
    pub(in crate::cli) fn limits(&self) -> Option<pb::PositionLimits> {
        let count = |given: Option<u16>| given.map(i32::from).unwrap_or_default();
        let limits = pb::PositionLimits {
            max_positions: count(self.max_positions),
            max_entries: count(self.max_entries),
            cool_down_bars: count(self.cool_down),
            cool_down_after_loss_only: self.cools_after_loss_only,
            max_volume_share: self.max_volume_share.clone().unwrap_or_default(),
            close_after_days_without_bars: count(self.close_without_bars),
        };
        (limits != pb::PositionLimits::default()).then_some(limits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(text: &str) -> Kind {
        text.parse::<Distance>().unwrap().0.kind.unwrap()
    }

    #[test]
    fn a_distance_is_a_percentage_ticks_or_ranges() {
        for (text, fraction) in
            [("2%", "0.02"), ("0.5%", "0.005"), ("12.50%", "0.125"), ("0%", "0"), (".5%", "0.005")]
        {
            assert_eq!(kind(text), Kind::Percent(fraction.to_owned()), "{text}");
        }
        assert_eq!(kind("150t"), Kind::Ticks("150".to_owned()));
        let atr = |multiple: &str, period| {
            Kind::Atr(pb::AtrDistance { multiple: multiple.to_owned(), period })
        };
        assert_eq!([kind("2.5atr"), kind("3atr20")], [atr("2.5", 0), atr("3", 20)]);
        for text in ["2", "%", "2%%", "atr", "2atrx", "-1%", "1.2.3%"] {
            assert!(text.parse::<Distance>().unwrap_err().contains("2%"), "{text}");
        }
    }

    #[test]
    fn a_second_distance_follows_an_at_and_a_part_a_colon() {
        let Trail(distance, gain) = "3%@1%".parse().unwrap();
        assert_eq!(distance.kind, Some(kind("3%")));
        assert_eq!(gain.unwrap().kind, Some(kind("1%")));
        let Target(target) = "4%:0.5".parse().unwrap();
        assert_eq!(target.portion, "0.5");
    }
}
