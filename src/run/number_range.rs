//! What a number of the account may be.

use crate::market::Decimal;
use crate::strategy::ParamValue;

/// Which numbers a place takes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Range {
    /// Decimals from 0 to below 1.
    Rate,
    /// Decimals above -1 and below 1.
    Return,
    /// Decimals above 0.
    Positive,
    /// Decimals above 0 up to 1.
    Portion,
    /// Decimals from 0 on.
    Multiple,
    /// Decimals from 0 to that.
    UpTo(u32),
    /// Whole numbers.
    Whole(u32, u32),
}

impl Range {
    /// The value as it is set, if it is within.
    pub(super) fn check(self, value: ParamValue) -> Result<ParamValue, String> {
        let is_whole = matches!(self, Self::Whole(..));
        let number = match value {
            ParamValue::Int(number) => number as f64,
            ParamValue::Double(number) if !is_whole => number,
            other => return Err(format!("{} but is {other}", self.wanted())),
        };
        let is_within = match self {
            Self::Rate => (0.0..1.0).contains(&number),
            Self::Return => number > -1.0 && number < 1.0,
            Self::Positive => number > 0.0,
            Self::UpTo(most) => (0.0..=f64::from(most)).contains(&number),
            Self::Portion => number > 0.0 && number <= 1.0,
            Self::Multiple => number >= 0.0,
            Self::Whole(least, most) => (f64::from(least)..=f64::from(most)).contains(&number),
        };
        if !is_within || Decimal::nearest(number).is_none() {
            return Err(format!("{} but is {number}", self.wanted()));
        }
        Ok(if is_whole { ParamValue::Int(number as i64) } else { ParamValue::Double(number + 0.0) })
    }

    fn wanted(self) -> String {
        match self {
            Self::Rate => "must be at least 0 and below 1".to_owned(),
            Self::Return => "must be above -1 and below 1".to_owned(),
            Self::Positive => "must be above 0".to_owned(),
            Self::UpTo(most) => format!("must be from 0 to {most}"),
            Self::Portion => "must be above 0 and at most 1".to_owned(),
            Self::Multiple => "must be a number of 0 or above".to_owned(),
            Self::Whole(least, most) => format!("must be a whole number from {least} to {most}"),
        }
    }
}
