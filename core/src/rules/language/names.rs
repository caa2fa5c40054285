//! Names that have a value without a definition: parts of the bar, and facts of the account.

use super::super::text::ExprKind;

/// Names each variant by its word, both ways.
macro_rules! named {
    ($(#[$about:meta])* $type:ident { $($variant:ident = $word:literal, $says:literal;)+ }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub(in crate::rules) enum $type {
            $(#[doc = $says] $variant),+
        }

        impl $type {
            /// All of them, with what they say.
            pub(in crate::rules) const ALL: &'static [(Self, &'static str, &'static str)] =
                &[$((Self::$variant, $word, $says)),+];

            /// As it is written.
            pub(in crate::rules) const fn word(self) -> &'static str {
                match self {
                    $(Self::$variant => $word),+
                }
            }

            /// What is written so.
            pub(in crate::rules) fn of_word(word: &str) -> Option<Self> {
                match word {
                    $($word => Some(Self::$variant),)+
                    _ => None,
                }
            }
        }
    };
}

named! {
    /// A part of the bar of the clock at hand.
    Source {
        Open = "open", "The bar's first price.";
        High = "high", "The bar's highest price.";
        Low = "low", "The bar's lowest price.";
        Close = "close", "The bar's last price.";
        Volume = "volume", "What was traded in the bar.";
        BarIndex = "bar_index", "Bars of this clock before this one.";
        Hour = "hour", "The hour of the bar's open by the market's own clock, 0 to 23.";
        Minute = "minute", "The minute of the hour of the bar's open.";
        Day = "day", "The day of the month of the bar's trading day.";
        Month = "month", "The month of the bar's trading day, 1 to 12.";
        Year = "year", "The year of the bar's trading day.";
        Weekday = "weekday", "The day of the week of the bar's trading day, 1 for Monday to 7.";
        Week = "week", "The week of the year of the bar's trading day, as ISO 8601 counts.";
        TimeOfDay = "time_of_day", "Minutes from 0:00 of the market's own clock to the bar's open.";
    }
}

named! {
    /// What the account knows when a bar of the first subscription has ended.
    Fact {
        PositionSide = "position.side", "1 for long, -1 for short, 0 for none.";
        PositionEntry = "position.entry", "The average price of the position.";
        PositionBars = "position.bars", "Bars since its first fill; 0 on the bar of the fill.";
        PositionHigh = "position.high", "The highest price since its first fill.";
        PositionLow = "position.low", "The lowest price since its first fill.";
        PositionProfit = "position.profit", "Its open profit, as a part of the entry price.";
        PositionEntries = "position.entries", "Its entries.";
        LastProfit = "last.profit", "The net profit of the last trade, as a part of its notional.";
        LastBars = "last.bars", "Bars since the exit of the last trade.";
        LastStopped = "last.stopped", "Whether a stop ended the last trade.";
        LastLosses = "last.losses", "Losing trades in a row.";
        AccountEquity = "account.equity", "The account's equity, in quote currency.";
    }
}

impl Source {
    /// Whether it is a price, counted in ticks of its market.
    pub(in crate::rules) const fn is_price(self) -> bool {
        matches!(self, Self::Open | Self::High | Self::Low | Self::Close)
    }
}

impl Fact {
    /// What has facts as its parts.
    pub(in crate::rules) const OWNERS: [&'static str; 3] = ["position", "last", "account"];

    /// Whether it is a price, counted in ticks of the traded market.
    pub(in crate::rules) const fn is_price(self) -> bool {
        matches!(self, Self::PositionEntry | Self::PositionHigh | Self::PositionLow)
    }

    /// Whether it is of the position, and so known as its entry fills.
    pub(in crate::rules) const fn is_of_the_entry(self) -> bool {
        let is_other = matches!(self, Self::PositionSide | Self::PositionEntries);
        is_other || self.is_price() || matches!(self, Self::PositionBars | Self::PositionProfit)
    }

    /// Whether it is a condition.
    pub(in crate::rules) const fn is_condition(self) -> bool {
        matches!(self, Self::LastStopped)
    }

    /// The owner that an expression names, if it names one.
    pub(in crate::rules) fn owner(kind: &ExprKind) -> Option<&'static str> {
        let ExprKind::Name(name) = kind else { return None };
        Self::OWNERS.into_iter().find(|owner| owner == name)
    }
}
