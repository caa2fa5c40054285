//! Random programs, for laws that hold for all of them.

use std::fmt::Write as _;

/// Functions of a number and a length.
const WINDOWS: &[&str] = &[
    "sum",
    "product",
    "wma",
    "variance",
    "mean_deviation",
    "highest",
    "lowest",
    "bars_from_highest",
    "bars_from_lowest",
    "median",
    "percent_rank",
    "ema",
    "rma",
    "kama",
    "sma",
    "stdev",
    "rsi",
    "mom",
];

/// Writes programs; the same from the same seed.
pub(crate) struct Author(pub(crate) u64);

impl Author {
    fn below(&mut self, most: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % most
    }

    fn pick(&mut self, of: &[&str]) -> String {
        let place = self.below(of.len() as u64) as usize;
        of[place].to_owned()
    }

    fn length(&mut self) -> String {
        let written = (1 + self.below(9)).to_string();
        if self.below(4) == 0 { self.pick(&["p", "p + 1", "q"]) } else { written }
    }

    /// A number; `own` is the definition that it is written for.
    fn number(&mut self, depth: u32, own: &str) -> String {
        if depth == 0 {
            return match self.below(3) {
                0 => self.pick(&["close", "open", "high", "low"]),
                1 => self.pick(&["close", "volume", "bar_index", "hour", "weekday", "p", "0.5"]),
                _ => self.below(7).to_string(),
            };
        }
        let d = depth - 1;
        match self.below(15) {
            0..=2 => {
                let sign = self.pick(&["+", "-", "*", "/"]);
                format!("({} {sign} {})", self.number(d, own), self.number(d, own))
            }
            3 => {
                let name = self.pick(&["abs", "sign", "sqrt", "log", "floor", "-1 * "]);
                format!("{name}({})", self.number(d, own))
            }
            4 => {
                let name = self.pick(&["min", "max", "default"]);
                format!("{name}({}, {})", self.number(d, own), self.number(d, own))
            }
            5 => {
                let (c, x, y) = (self.condition(d, own), self.number(d, own), self.number(d, own));
                format!("(if {c} then {x} else {y})")
            }
            6 => format!("({})[{}]", self.number(d, own), self.below(70)),
            7..=9 => {
                let name = self.pick(WINDOWS);
                format!("{name}({}, {})", self.number(d, own), self.length())
            }
            10 => {
                let (x, y) = (self.number(d, own), self.number(d, own));
                format!("covariance({x}, {y}, {})", self.length())
            }
            11 => {
                let name = self.pick(&["sum_since", "highest_since", "lowest_since"]);
                format!("{name}({}, {})", self.number(d, own), self.condition(d, own))
            }
            12 => {
                let name = self.pick(&["streak", "bars_since", "number"]);
                format!("{name}({})", self.condition(d, own))
            }
            13 => match self.below(4) {
                0 => "sar()".to_owned(),
                1 => format!("supertrend(2, {})", self.length()),
                2 => format!("cumulative({})", self.number(d, own)),
                _ => format!("({})@{}", self.number(d, own), self.pick(&["2h", "1d"])),
            },
            _ if own.is_empty() => format!("count({}, {})", self.condition(d, own), self.length()),
            _ => format!("default({own}[{}], {})", 1 + self.below(3), self.number(d, "")),
        }
    }

    /// A condition.
    fn condition(&mut self, depth: u32, own: &str) -> String {
        if depth == 0 {
            return self.pick(&["close > open", "new_day", "true", "close == open", "volume > 0"]);
        }
        let d = depth - 1;
        match self.below(12) {
            0..=3 => {
                let sign = self.pick(&["<", "<=", ">", ">=", "==", "!="]);
                format!("({} {sign} {})", self.number(d, own), self.number(d, own))
            }
            4 | 5 => {
                let word = self.pick(&["and", "or"]);
                format!("({} {word} {})", self.condition(d, own), self.condition(d, own))
            }
            6 => format!("(not {})", self.condition(d, own)),
            7 => {
                let name = self.pick(&["crosses_above", "crosses_below", "crosses"]);
                format!("{name}({}, {})", self.number(d, own), self.number(d, own))
            }
            8 => {
                let name = self.pick(&["all", "any"]);
                format!("{name}({}, {})", self.condition(d, own), self.length())
            }
            9 => format!("({})[{}]", self.condition(d, own), self.pick(&["1", "2", "64", "65"])),
            10 => {
                let (c, x, y) =
                    (self.condition(d, own), self.condition(d, own), self.condition(d, own));
                format!("(if {c} then {x} else {y})")
            }
            _ => match self.below(3) {
                0 => format!("is_defined({})", self.number(d, own)),
                1 => format!("default({}, {})", self.condition(d, own), self.condition(d, own)),
                _ => format!("({})@2h", self.condition(d, own)),
            },
        }
    }

    /// Definitions of numbers and of conditions.
    pub(crate) fn definitions(&mut self) -> String {
        let mut text = "param p = 3\nparam q = 2\n".to_owned();
        for index in 0..3 {
            let (name, depth) = (format!("d{index}"), 1 + self.below(4) as u32);
            let value = self.number(depth, &name);
            writeln!(text, "{name} = {value}").expect("a text takes all");
        }
        let depth = 1 + self.below(4) as u32;
        writeln!(text, "c = {}", self.condition(depth, "")).expect("a text takes all");
        text
    }

    /// A whole program.
    pub(crate) fn program(&mut self) -> String {
        let mut text = self.definitions();
        let mut line = |line: String| text += &(line + "\n");
        let depth = 1 + self.below(3) as u32;
        line(format!("enter long when c or {}", self.condition(depth, "")));
        line(format!("exit long when d0 < d1 or {}", self.condition(depth, "")));
        if self.below(2) == 0 {
            line(format!("enter short when {}", self.condition(depth, "")));
            line(format!("exit short when {}", self.condition(depth, "")));
        }
        if self.below(2) == 0 {
            let stop = self.pick(&["p * atr(q)", "d2", "position.entry * 1%", "5"]);
            line(format!("stop long at position.entry - {stop}"));
        }
        if self.below(3) == 0 {
            let target =
                self.pick(&["position.entry * 1.02", "highest(high, 5)", "position.entry + d2"]);
            line(format!("target long at {target} part 0.5"));
            line("stop short at position.entry * 1.05".to_owned());
        }
        if self.below(3) == 0 {
            line(format!("sides \"{}\"", self.pick(&["long_only", "short_only", "both"])));
        }
        text
    }

    /// A whole program that asks the account: mostly for what is so, seldom for what was.
    pub(crate) fn asking_program(&mut self) -> String {
        let mut text = self.definitions();
        let mut lines = Vec::new();
        for side in ["long", "short"] {
            if side == "short" && self.below(2) == 0 {
                continue;
            }
            let depth = 1 + self.below(2) as u32;
            let entry = self.condition(depth, "");
            let entry = match self.below(3) {
                0 => format!("({entry}) and {}", self.asked_flat()),
                1 => format!("close > open or {entry}"),
                _ => entry,
            };
            lines.push(format!("enter {side} when {entry}"));
            let exit = self.condition(depth, "");
            lines.push(match self.below(3) {
                0 => format!("exit {side} when {exit}"),
                1 => format!("exit {side} when ({exit}) or {}", self.asked()),
                _ => format!("exit {side} when ({exit}) and {}", self.asked()),
            });
            if self.below(4) == 0 {
                let part = self.pick(&["50%", "0.3", "min(abs(position.profit) * 40, 1)"]);
                lines.push(format!("exit {side} part {part} when {}", self.asked()));
            }
            let sign = if side == "long" { "-" } else { "+" };
            let (best, worse) = if side == "long" { ("high", "low") } else { ("low", "high") };
            match self.below(4) {
                0 | 1 => {
                    let distance = self.pick(&["p * atr(q)", "d2", "3%", "0.05", "q * 0.02"]);
                    let from = self.pick(&["position.entry", "position.BEST", "BEST", "WORSE"]);
                    let from = from.replace("BEST", best).replace("WORSE", worse);
                    lines.push(format!("stop {side} follow {from} {sign} {distance}"));
                }
                2 => lines.push(format!("stop {side} at position.entry {sign} p * atr(q)")),
                _ => {}
            }
            if self.below(4) == 0 {
                let away = if side == "long" { "+" } else { "-" };
                lines.push(format!("target {side} at position.entry {away} q * 0.04"));
            }
        }
        text += &lines.join("\n");
        text + "\n"
    }

    /// A whole program whose entries wait for a price, add to a position or have sizes of their
    /// own.
    pub(crate) fn priced_program(&mut self) -> String {
        let mut text = self.definitions();
        let mut lines = Vec::new();
        for side in ["long", "short"] {
            if side == "short" && self.below(2) == 0 {
                continue;
            }
            for _ in 0..=self.below(2) {
                lines.push(self.entry("enter", side));
            }
            if self.below(2) == 0 {
                let entry = self.entry("add", side);
                let most = self.pick(&["", " max 2", " max q", " max 9"]);
                lines.push(entry + &most);
            }
            let (exit, asked) = (self.condition(1, ""), self.asked());
            lines.push(match self.below(3) {
                0 => format!("exit {side} when {exit}"),
                1 => format!("exit {side} part 0.4 when ({exit}) and {asked}"),
                _ => format!("exit {side} when ({exit}) and {asked}"),
            });
            if self.below(3) > 0 {
                let mode = self.pick(&["at", "follow", "move"]);
                lines.push(format!("stop {side} {mode} {}", self.level(side == "long")));
            }
            for _ in 0..self.below(3) {
                let mode = self.pick(&["at", "move"]);
                let part = self.pick(&["", " part 0.5"]);
                lines.push(format!("target {side} {mode} {}{part}", self.level(side != "long")));
            }
            if self.below(3) == 0 {
                lines.push(format!("size {side} {}", self.amount()));
            }
        }
        if self.below(2) == 0 {
            lines.push(format!("size {}", self.amount()));
        }
        text += &lines.join("\n");
        text + "\n"
    }

    /// An entry of that verb and side, at the market or at a price.
    fn entry(&mut self, verb: &str, side: &str) -> String {
        let mut price = || {
            self.pick(&["close", "low", "high", "d2", "lowest(low, p)", "highest(high, q)"])
                + &self.pick(&["", " - 0.01", " + q * 0.02", " - p * 0.03", " + 0.04"])
        };
        let (one, other) = (price(), price());
        let at = match self.below(5) {
            0 => String::new(),
            1 | 2 => format!(" at limit {one}"),
            3 => format!(" at stop {one}"),
            _ => format!(" at stop {one} limit {other}"),
        };
        let when = match (verb, self.below(3)) {
            ("add", 0) => self.asked(),
            (_, 1) => format!("close > open or {}", self.condition(1, "")),
            _ => self.condition(2, ""),
        };
        let life =
            if at.is_empty() { "" } else { &*self.pick(&["", " for q bars", " for 7 bars"]) };
        let own =
            if self.below(3) == 0 { format!(" size {}", self.amount()) } else { String::new() };
        format!("{verb} {side}{at} when {when}{life}{own}")
    }

    /// How much is bought.
    fn amount(&mut self) -> String {
        self.pick(&[
            "equity 0.3",
            "equity q * 10%",
            "quantity 0.05",
            "quantity p * 0.02",
            "quantity abs(d1 + close * 0.001)",
            "notional 20 + close",
            "risk 1%",
            "risk p * 2%",
        ])
    }

    /// A price below the market, or above it, where a position is left.
    fn level(&mut self, is_below: bool) -> String {
        let (sign, way, share) =
            if is_below { ("-", "low", "0.98") } else { ("+", "high", "1.02") };
        let level = self.pick(&[
            "position.entry SIGN p * 0.02",
            "position.entry * SHARE",
            "WAY SIGN 0.03",
            "close SIGN p * atr(q)",
            "position.high SIGN 0.04",
            "if position.bars > 3 then position.entry else position.entry * SHARE",
            "(if position.profit > 0 then position.entry else WAY) SIGN 0.02",
            "position.entry SIGN position.entries * 0.03",
            "max(position.entry SIGN 0.05, WAY SIGN p * 0.01)",
            "min(position.high SIGN 0.03, close) SIGN 0.02",
            "if position.entry < close and d0 > d1 then position.entry * SHARE else WAY SIGN 0.02",
            "max(min(position.entry SIGN 0.05, WAY), position.entry SIGN 0.09)",
            "floor(position.entry * 10) / 10 SIGN 0.02",
            "position.entry ^ 2 / close SIGN 0.01",
            "d2",
        ]);
        level.replace("SIGN", sign).replace("WAY", way).replace("SHARE", share)
    }

    /// A condition that asks the account without a position.
    fn asked_flat(&mut self) -> String {
        let condition = self.condition(1, "");
        let asked = self.pick(&[
            "position.side == 0",
            "position.entries == 0",
            "default(last.bars > q, true)",
            "last.losses < 2",
            "not default(last.stopped, false)",
            "default(last.profit, 0) >= 0",
            "(not default(last.bars < 3, false) or CONDITION)",
            "(if is_defined(last.bars) then last.bars > p else CONDITION)",
            "is_defined(position.entry) == false",
        ]);
        asked.replace("CONDITION", &condition)
    }

    /// A condition that asks the account.
    fn asked(&mut self) -> String {
        let condition = self.condition(1, "");
        let asked = self.pick(&[
            "position.bars >= p",
            "position.bars < 7",
            "position.profit > 0.5%",
            "position.profit < -0.2% * p",
            "close < position.high - d2",
            "close > position.entry",
            "position.low < position.entry - 0.03",
            "position.side == 0",
            "position.entries != 1",
            "last.losses >= 2",
            "last.bars > q",
            "last.stopped",
            "not default(last.stopped, false)",
            "default(last.profit, 0) >= 0",
            "(position.bars >= p and CONDITION)",
            "(not (CONDITION) or position.profit > 0)",
            "(if position.profit > 0 then CONDITION else position.bars > 4)",
            "default(position.bars > 2, CONDITION)",
            "crosses_above(position.profit, 0)",
        ]);
        asked.replace("CONDITION", &condition)
    }
}

/// How many cases a law is put to: so many, or as `make laws` says.
#[cfg(test)]
pub(crate) fn cases(usual: u32) -> u32 {
    let asked = std::env::var("TRADEFORGE_LAW_CASES");
    asked.map_or(usual, |text| text.parse().expect("a number of cases"))
}
