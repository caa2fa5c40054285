//! A parameter in a condition or an order over trials. Parameters are not stored: a trial's index
//! holds one digit an axis, and which digits are meant is arithmetic on the order of its values.

use std::cmp::Ordering;
use std::ops::Range;

use crate::filter::{Comparison, Op};
use crate::strategy::ParamValue;
use crate::sweep::{AxisValues, compare_values};

/// The values of a counted axis in their order.
pub(super) struct Ranking<'a> {
    values: &'a AxisValues,
    count: u64,
    /// Digits by the rank of their values; none where the one is the other.
    digits: Option<Vec<usize>>,
}

/// Which ranks keep a comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Ranks {
    /// These.
    Within(Range<u64>),
    /// All but these.
    Without(Range<u64>),
}

impl<'a> Ranking<'a> {
    /// Of an axis whose values can be counted.
    pub(super) fn of(values: &'a AxisValues) -> Option<Self> {
        let count = values.count()?;
        let digits = match values {
            AxisValues::List(list) => {
                let mut digits: Vec<usize> = (0..list.len()).collect();
                digits.sort_by(|&left, &right| order(&list[left], &list[right]));
                digits.iter().enumerate().any(|(rank, digit)| rank != *digit).then_some(digits)
            }
            _ => None,
        };
        Some(Self { values, count, digits })
    }

    /// The value of a rank.
    fn value(&self, rank: u64) -> ParamValue {
        let digit = self.digits.as_ref().map_or(rank, |digits| digits[rank as usize] as u64);
        self.values.value(digit)
    }

    /// How many values come before the first for which `is_beyond` holds; it holds for all after.
    fn before(&self, is_beyond: impl Fn(&ParamValue) -> bool) -> u64 {
        let (mut low, mut high) = (0, self.count);
        while low < high {
            let middle = low.midpoint(high);
            if is_beyond(&self.value(middle)) { high = middle } else { low = middle + 1 }
        }
        low
    }

    /// Which ranks keep the comparison.
    pub(super) fn ranks(&self, comparison: &Comparison) -> Ranks {
        let none = 0..0;
        if self.count == 0 {
            return Ranks::Within(none);
        }
        let right = operand(comparison, &self.value(0));
        // What compares with one value of an axis does so with all: they have one type.
        if compare_values(&self.value(0), &right).is_none() {
            return match comparison.op {
                Op::NotEqual => Ranks::Without(none),
                _ => Ranks::Within(none),
            };
        }
        let first = self.before(|value| compare_values(value, &right) != Some(Ordering::Less));
        let end = self.before(|value| compare_values(value, &right) == Some(Ordering::Greater));
        match comparison.op {
            Op::Equal => Ranks::Within(first..end),
            Op::NotEqual => Ranks::Without(first..end),
            Op::Less => Ranks::Within(0..first),
            Op::LessOrEqual => Ranks::Within(0..end),
            Op::Greater => Ranks::Within(end..self.count),
            Op::GreaterOrEqual => Ranks::Within(first..self.count),
        }
    }

    /// The rank of each digit in decimal figures of one width, digit after digit; none where the
    /// digit is the rank. SQLite finds the n-th of them in one step, where a CASE goes through all.
    pub(super) fn table(&self) -> Option<RankTable> {
        let digits = self.digits.as_ref()?;
        let width = digits.len().to_string().len();
        let mut figures = vec![b'0'; width * digits.len()];
        for (rank, digit) in digits.iter().enumerate() {
            let text = format!("{rank:0width$}");
            figures[width * digit..width * (digit + 1)].copy_from_slice(text.as_bytes());
        }
        Some(RankTable { width, figures })
    }
}

/// Ranks by digit, as SQL can look them up.
pub(super) struct RankTable {
    pub width: usize,
    pub figures: Vec<u8>,
}

impl RankTable {
    /// The rank of a digit; `place` holds the figures.
    pub(super) fn sql(&self, place: &str, digit: &str) -> String {
        let width = self.width;
        format!("CAST(substr({place}, {digit} * {width} + 1, {width}) AS INTEGER)")
    }
}

impl Ranks {
    /// The condition on a rank.
    pub(super) fn sql(&self, rank: &str) -> String {
        let between =
            |ranks: &Range<u64>| format!("{rank} BETWEEN {} AND {}", ranks.start, ranks.end - 1);
        match self {
            Self::Within(ranks) if ranks.is_empty() => "FALSE".to_owned(),
            Self::Without(ranks) if ranks.is_empty() => "TRUE".to_owned(),
            Self::Within(ranks) => format!("({})", between(ranks)),
            Self::Without(ranks) => format!("(NOT {})", between(ranks)),
        }
    }
}

fn order(left: &ParamValue, right: &ParamValue) -> Ordering {
    compare_values(left, right).unwrap_or(Ordering::Equal)
}

/// What the parameter is compared with, in the parameter's type if it can be read so.
fn operand(comparison: &Comparison, like: &ParamValue) -> ParamValue {
    let text = &comparison.value.text;
    let read = match like {
        ParamValue::Int(_) | ParamValue::Double(_) => text.parse().ok().map(ParamValue::Double),
        ParamValue::Bool(_) => text.parse().ok().map(ParamValue::Bool),
        ParamValue::Text(_) => None,
    };
    read.unwrap_or_else(|| ParamValue::Text(text.clone()))
}

/// Whether the value of a fixed parameter keeps the comparison.
pub(super) fn admits(comparison: &Comparison, value: &ParamValue) -> bool {
    let Some(ordering) = compare_values(value, &operand(comparison, value)) else {
        return comparison.op == Op::NotEqual;
    };
    match comparison.op {
        Op::Equal => ordering.is_eq(),
        Op::NotEqual => ordering.is_ne(),
        Op::Less => ordering.is_lt(),
        Op::LessOrEqual => ordering.is_le(),
        Op::Greater => ordering.is_gt(),
        Op::GreaterOrEqual => ordering.is_ge(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::{Filter, parse};
    use proptest::prelude::*;

    fn comparison(op: &str, value: &str) -> Comparison {
        match parse(&format!("params.x {op} '{value}'")).unwrap().unwrap() {
            Filter::Compare(comparison) => comparison,
            other => panic!("{other}"),
        }
    }

    fn any_axis() -> impl Strategy<Value = AxisValues> {
        let doubles = prop::collection::hash_set(-20_i32..20, 1..15).prop_map(|set| {
            set.into_iter().map(|value| ParamValue::Double(f64::from(value) / 2.0)).collect()
        });
        let words = prop::collection::hash_set("[ab]{1,3}", 1..8)
            .prop_map(|set| set.iter().map(|word| word.as_str().into()).collect());
        prop_oneof![
            (-9_i64..9, 1_i64..4, 0_i64..30).prop_map(|(min, step, span)| AxisValues::ints(
                min,
                min + span,
                step
            )
            .unwrap()),
            (0_i64..30).prop_map(|span| AxisValues::doubles(-1.0, span as f64, 0.1).unwrap()),
            prop_oneof![doubles, words, Just(vec![true.into(), false.into()])]
                .prop_map(|values| AxisValues::list(values).unwrap()),
        ]
    }

    proptest! {
        #[test]
        fn the_ranks_are_those_whose_values_keep_the_comparison(
            axis in any_axis(),
            op in prop::sample::select(vec!["=", "!=", "<", "<=", ">", ">="]),
            value in prop_oneof!["-?[0-9]{1,2}(\\.[05])?", "[ab]{1,3}", "NaN|true|1e999"],
        ) {
            let comparison = comparison(op, &value);
            let ranking = Ranking::of(&axis).unwrap();
            let ranks = ranking.ranks(&comparison);
            for rank in 0..axis.count().unwrap() {
                let is_meant = match &ranks {
                    Ranks::Within(ranks) => ranks.contains(&rank),
                    Ranks::Without(ranks) => !ranks.contains(&rank),
                };
                prop_assert_eq!(is_meant, admits(&comparison, &ranking.value(rank)), "{}", rank);
            }
        }

        #[test]
        fn the_table_says_the_rank_of_each_digit(axis in any_axis()) {
            let ranking = Ranking::of(&axis).unwrap();
            let Some(table) = ranking.table() else { return Ok(()) };
            let mut seen = Vec::new();
            for digit in 0..axis.count().unwrap() as usize {
                let figures = &table.figures[table.width * digit..table.width * (digit + 1)];
                let rank = std::str::from_utf8(figures).unwrap().parse::<u64>().unwrap();
                prop_assert_eq!(ranking.value(rank), axis.value(digit as u64));
                seen.push(rank);
            }
            seen.sort_unstable();
            prop_assert!(seen.into_iter().eq(0..axis.count().unwrap()));
        }
    }

    #[test]
    fn a_million_decimals_are_decided_by_a_few_of_them() {
        let axis = AxisValues::doubles(0.0, 999_999.0, 1.0).unwrap();
        let ranking = Ranking::of(&axis).unwrap();
        let looks = std::cell::Cell::new(0);
        ranking.before(|value| {
            looks.set(looks.get() + 1);
            compare_values(value, &500_000.5.into()) == Some(Ordering::Greater)
        });
        assert!(looks.get() <= 21, "{}", looks.get());
        let ranks = ranking.ranks(&comparison(">", "500000.5"));
        assert_eq!(ranks, Ranks::Within(500_001..1_000_000));
    }
}
