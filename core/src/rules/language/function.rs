//! The kernels: what a function takes, and how it is called. Each has one definition, that of
//! `kernel/`; the prelude is made of them.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::names::Source;

/// What is computed: one word for each sort of node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::rules) enum Kernel {
    Add,
    Subtract,
    Multiply,
    Divide,
    Power,
    Negate,
    Absolute,
    Sign,
    SquareRoot,
    Logarithm,
    Exponential,
    Floor,
    Ceiling,
    Round,
    Minimum,
    Maximum,
    Sine,
    Cosine,
    Tangent,
    ArcSine,
    ArcCosine,
    ArcTangent,
    Less,
    Equal,
    And,
    Or,
    Not,
    If,
    Default,
    IsDefined,
    Number,
    Past,
    Sum,
    Product,
    Wma,
    Variance,
    Covariance,
    MeanDeviation,
    Highest,
    Lowest,
    BarsFromHighest,
    BarsFromLowest,
    Quantile,
    PercentRank,
    Ema,
    Rma,
    Kama,
    Sar,
    Supertrend,
    SupertrendSide,
    ZigzagHigh,
    ZigzagLow,
    All,
    Any,
    Count,
    Streak,
    BarsSince,
    ValueWhen,
    SumSince,
    HighestSince,
    LowestSince,
    Cumulative,
    Held,
    AcrossRank,
    AcrossZscore,
    AcrossDemean,
    AcrossScale,
    AcrossMean,
    AcrossTop,
    AcrossBottom,
}

/// What an argument has to be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::rules) enum Wanted {
    /// A number, of a market or plain.
    Number,
    /// A condition.
    Condition,
    /// A number or a condition.
    Either,
    /// A constant whole number of bars in these bounds.
    Bars {
        /// Least.
        min: u32,
        /// Greatest.
        max: u32,
    },
    /// A constant number in these bounds.
    Constant {
        /// Least.
        min: f64,
        /// Greatest.
        max: f64,
    },
}

/// One argument of a function.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::rules) struct Argument {
    pub(in crate::rules) name: &'static str,
    pub(in crate::rules) wanted: Wanted,
    /// What stands there if nothing is given.
    pub(in crate::rules) default: Option<f64>,
}

/// A function that is a kernel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::rules) struct Function {
    pub(in crate::rules) name: &'static str,
    pub(in crate::rules) kernel: Kernel,
    pub(in crate::rules) arguments: &'static [Argument],
    /// Whether it takes further arguments like the last.
    pub(in crate::rules) is_open: bool,
    pub(in crate::rules) category: &'static str,
    pub(in crate::rules) description: &'static str,
}

/// The longest window and the farthest past, in bars.
const BARS_MAX: u32 = 10_000;
/// The longest window that is sorted or gone through at each bar.
const SORTED_MAX: u32 = 1_000;

const fn arg(name: &'static str, wanted: Wanted) -> Argument {
    Argument { name, wanted, default: None }
}

const X: Argument = arg("x", Wanted::Number);
const Y: Argument = arg("y", Wanted::Number);
const C: Argument = arg("c", Wanted::Condition);
const N: Argument = arg("n", Wanted::Bars { min: 1, max: BARS_MAX });
const SHORT_N: Argument = arg("n", Wanted::Bars { min: 1, max: SORTED_MAX });
const Q: Argument = arg("q", Wanted::Constant { min: 0.0, max: 1.0 });
const POSITIVE: Wanted = Wanted::Constant { min: 0.0, max: 1e9 };

const fn or(argument: Argument, default: f64) -> Argument {
    Argument { default: Some(default), ..argument }
}

/// Each row: name, kernel, arguments, category, what it is.
macro_rules! functions {
    ($($name:literal $kernel:ident [$($argument:expr),*] $category:literal $says:literal;)+) => {
        /// All functions that are kernels.
        pub(in crate::rules) const FUNCTIONS: &[Function] = &[$(Function {
            name: $name,
            kernel: Kernel::$kernel,
            arguments: &[$($argument),*],
            is_open: matches!(Kernel::$kernel, Kernel::Minimum | Kernel::Maximum),
            category: $category,
            description: $says,
        }),+];
    };
}

functions! {
    "abs" Absolute [X] "arithmetic" "The number without its sign.";
    "sign" Sign [X] "arithmetic" "1, -1 or 0.";
    "sqrt" SquareRoot [X] "arithmetic" "The square root; none below 0.";
    "log" Logarithm [X] "arithmetic" "The natural logarithm; none at 0 and below.";
    "exp" Exponential [X] "arithmetic" "e to the power of x.";
    "floor" Floor [X] "arithmetic" "The next whole number below.";
    "ceil" Ceiling [X] "arithmetic" "The next whole number above.";
    "round" Round [X] "arithmetic" "The nearest whole number; halves away from zero.";
    "min" Minimum [X, Y] "arithmetic" "The least of its arguments.";
    "max" Maximum [X, Y] "arithmetic" "The greatest of its arguments.";
    "sin" Sine [X] "arithmetic" "The sine of an angle in radians.";
    "cos" Cosine [X] "arithmetic" "The cosine of an angle in radians.";
    "tan" Tangent [X] "arithmetic" "The tangent of an angle in radians.";
    "asin" ArcSine [X] "arithmetic" "The angle of that sine, in radians.";
    "acos" ArcCosine [X] "arithmetic" "The angle of that cosine, in radians.";
    "atan" ArcTangent [X] "arithmetic" "The angle of that tangent, in radians.";
    "default" Default [arg("x", Wanted::Either), arg("y", Wanted::Either)] "undefined"
        "x, or y where x is none.";
    "is_defined" IsDefined [arg("x", Wanted::Either)] "undefined"
        "Whether x is not none; itself never none.";
    "number" Number [C] "undefined" "1 where c is true, 0 where it is not.";
    "held" Held [arg("x", Wanted::Either)] "undefined" "The last value that was not none.";
    "sum" Sum [X, N] "windows" "The sum of the last n values.";
    "product" Product [X, N] "windows" "The product of the last n values.";
    "wma" Wma [X, N] "averages" "The mean of the last n values with weights 1 to n, the newest n.";
    "variance" Variance [X, N] "windows" "The population variance of the last n values.";
    "covariance" Covariance [X, Y, N] "windows"
        "The population covariance of the last n pairs of values.";
    "mean_deviation" MeanDeviation [X, SHORT_N] "windows"
        "The mean distance of the last n values from their mean.";
    "highest" Highest [X, N] "windows" "The greatest of the last n values.";
    "lowest" Lowest [X, N] "windows" "The least of the last n values.";
    "bars_from_highest" BarsFromHighest [X, N] "windows"
        "Bars since the greatest of the last n values; of equals the newest.";
    "bars_from_lowest" BarsFromLowest [X, N] "windows"
        "Bars since the least of the last n values; of equals the newest.";
    "quantile" Quantile [X, SHORT_N, Q] "windows"
        "The value below which q of the last n values lie, linear between neighbours.";
    "median" Quantile [X, SHORT_N] "windows" "The middle one of the last n values.";
    "percent_rank" PercentRank [X, SHORT_N] "windows"
        "Which part of the last n values lies below the last; equal ones count half.";
    "ema" Ema [X, N] "averages"
        "The exponential average with weight 2 / (n + 1), seeded with the mean of n values.";
    "rma" Rma [X, N] "averages"
        "Wilder's average with weight 1 / n, seeded with the mean of n values.";
    "kama" Kama [
        X,
        N,
        or(arg("fast", Wanted::Bars { min: 1, max: BARS_MAX }), 2.0),
        or(arg("slow", Wanted::Bars { min: 1, max: BARS_MAX }), 30.0)
    ] "averages" "Kaufman's adaptive average: quick in a trend, slow in noise.";
    "sar" Sar [
        or(arg("start", POSITIVE), 0.02),
        or(arg("step", POSITIVE), 0.02),
        or(arg("most", POSITIVE), 0.2)
    ] "trend" "Wilder's parabolic stop and reverse.";
    "supertrend" Supertrend [or(arg("f", POSITIVE), 3.0), or(N, 10.0)] "trend"
        "The band of f average true ranges that follows the trend.";
    "supertrend_side" SupertrendSide [or(arg("f", POSITIVE), 3.0), or(N, 10.0)] "trend"
        "1 while the close is above that band, -1 while it is below.";
    "zigzag_high" ZigzagHigh [
        arg("d", POSITIVE), arg("t", POSITIVE), N
    ] "trend" "The last confirmed swing high: d average true ranges of n bars, or a part t of it.";
    "zigzag_low" ZigzagLow [
        arg("d", POSITIVE), arg("t", POSITIVE), N
    ] "trend" "The last confirmed swing low.";
    "all" All [C, N] "conditions" "Whether c was true on all of the last n bars.";
    "any" Any [C, N] "conditions" "Whether c was true on one of the last n bars.";
    "count" Count [C, N] "conditions" "On how many of the last n bars c was true.";
    "streak" Streak [C] "conditions" "Bars in a row up to now on which c was true.";
    "bars_since" BarsSince [C] "conditions" "Bars since c was true; 0 now, none before the first.";
    "value_when" ValueWhen [
        C,
        arg("x", Wanted::Either),
        or(arg("k", Wanted::Bars { min: 0, max: 1_000 }), 0.0)
    ] "conditions" "x on the last bar on which c was true, or on the k-th before that.";
    "sum_since" SumSince [X, C] "conditions" "The sum of x since the last bar on which c was true.";
    "highest_since" HighestSince [X, C] "conditions"
        "The greatest x since the last bar on which c was true.";
    "lowest_since" LowestSince [X, C] "conditions"
        "The least x since the last bar on which c was true.";
    "cumulative" Cumulative [X] "windows" "The sum of all values so far.";
    "xs_rank" AcrossRank [X] "across"
        "Where x stands among the instruments: 0 the least, 1 the greatest, equal ones between.";
    "xs_zscore" AcrossZscore [X] "across"
        "How many deviations x lies above the mean of the instruments; none if all are alike.";
    "xs_demean" AcrossDemean [X] "across" "x less the mean of the instruments.";
    "xs_scale" AcrossScale [X] "across"
        "x over the sum of all instruments' x without their signs.";
    "xs_mean" AcrossMean [X] "across" "The mean of the instruments.";
    "xs_top" AcrossTop [X, N] "across"
        "Whether x is among the n greatest of the instruments; of equals the first is.";
    "xs_bottom" AcrossBottom [X, N] "across"
        "Whether x is among the n least of the instruments; of equals the first is.";
}

/// The function of that name, if it is a kernel.
pub(in crate::rules) fn find(name: &str) -> Option<&'static Function> {
    FUNCTIONS.iter().find(|function| function.name == name)
}

/// `x[k]`: how far back one can look, and at least must.
pub(in crate::rules) const BACK: Wanted = Wanted::Bars { min: 0, max: BARS_MAX };

impl Kernel {
    /// Its name and version in hashes: the version is raised with each change of a value.
    pub(in crate::rules) fn identity(self) -> String {
        format!("{self:?}/1")
    }

    /// Whether it looks across the instruments of a run.
    pub(in crate::rules) const fn is_across(self) -> bool {
        matches!(
            self,
            Self::AcrossRank
                | Self::AcrossZscore
                | Self::AcrossDemean
                | Self::AcrossScale
                | Self::AcrossMean
                | Self::AcrossTop
                | Self::AcrossBottom
        )
    }

    /// Whether it remembers nothing: the same arguments give the same value.
    pub(in crate::rules) const fn is_elementwise(self) -> bool {
        matches!(
            self,
            Self::Add
                | Self::Subtract
                | Self::Multiply
                | Self::Divide
                | Self::Power
                | Self::Negate
                | Self::Absolute
                | Self::Sign
                | Self::SquareRoot
                | Self::Logarithm
                | Self::Exponential
                | Self::Floor
                | Self::Ceiling
                | Self::Round
                | Self::Minimum
                | Self::Maximum
                | Self::Sine
                | Self::Cosine
                | Self::Tangent
                | Self::ArcSine
                | Self::ArcCosine
                | Self::ArcTangent
                | Self::Less
                | Self::Equal
                | Self::And
                | Self::Or
                | Self::Not
                | Self::If
                | Self::Default
                | Self::IsDefined
                | Self::Number
        )
    }
}

/// The arguments of a kernel by name: with bounds what is constant, without what goes bar by bar.
pub(in crate::rules) fn bounds(kernel: Kernel) -> &'static [(&'static str, Option<Wanted>)] {
    BOUNDS.get(&kernel).map_or(&[], Vec::as_slice)
}

type Bounds = Vec<(&'static str, Option<Wanted>)>;

static BOUNDS: LazyLock<HashMap<Kernel, Bounds>> = LazyLock::new(|| {
    let mut all: HashMap<Kernel, Bounds> = HashMap::new();
    for function in FUNCTIONS {
        let own = function.arguments.iter().map(|argument| match argument.wanted {
            Wanted::Bars { .. } | Wanted::Constant { .. } => (argument.name, Some(argument.wanted)),
            _ => (argument.name, None),
        });
        let (prices, own) = (function.kernel.prices(), own.collect::<Bounds>());
        let bounds = prices.iter().map(|source| (source.word(), None)).chain(own).collect();
        // A median is a quantile whose share is given.
        if function.name != "median" {
            all.insert(function.kernel, bounds);
        }
    }
    all.insert(Kernel::Past, vec![("x", None), ("an index into the past", Some(BACK))]);
    all
});

impl Kernel {
    /// The prices that it reads besides its arguments.
    pub(in crate::rules) const fn prices(self) -> &'static [Source] {
        match self {
            Self::Sar => &[Source::High, Source::Low],
            Self::Supertrend | Self::SupertrendSide | Self::ZigzagHigh | Self::ZigzagLow => {
                &[Source::High, Source::Low, Source::Close]
            }
            _ => &[],
        }
    }
}
