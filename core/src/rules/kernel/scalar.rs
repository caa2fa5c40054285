//! Kernels that remember nothing.

use std::hint::select_unpredictable;

use super::super::language::Kernel;
use super::{NONE, condition, finite};

/// The value of an elementwise kernel; what remembers is none here.
#[inline]
pub(in crate::rules) fn scalar(kernel: Kernel, a: f64, b: f64, c: f64) -> f64 {
    scalar_of(kernel, |place| [a, b, c][place])
}

/// The same of the arguments at their places: a kernel asks for those that it has. Nobody can guess
/// which way the market makes it choose, so that it computes both.
#[expect(clippy::inline_always, reason = "what it asks for is known where it is used")]
#[inline(always)]
pub(in crate::rules) fn scalar_of(kernel: Kernel, arg: impl Fn(usize) -> f64) -> f64 {
    match kernel {
        Kernel::Add => finite(arg(0) + arg(1)),
        Kernel::Subtract => finite(arg(0) - arg(1)),
        Kernel::Multiply => finite(arg(0) * arg(1)),
        Kernel::Divide => finite(arg(0) / arg(1)),
        Kernel::Power => finite(libm::pow(arg(0), arg(1))),
        Kernel::Negate => -arg(0),
        Kernel::Absolute => arg(0).abs(),
        Kernel::Sign => sign(arg(0)),
        Kernel::SquareRoot => arg(0).sqrt(),
        Kernel::Logarithm => finite(libm::log(arg(0))),
        Kernel::Exponential => finite(libm::exp(arg(0))),
        Kernel::Floor => arg(0).floor(),
        Kernel::Ceiling => arg(0).ceil(),
        Kernel::Round => arg(0).round(),
        Kernel::Minimum => least(arg(0), arg(1)),
        Kernel::Maximum => greatest(arg(0), arg(1)),
        Kernel::Sine => libm::sin(arg(0)),
        Kernel::Cosine => libm::cos(arg(0)),
        Kernel::Tangent => finite(libm::tan(arg(0))),
        Kernel::ArcSine => libm::asin(arg(0)),
        Kernel::ArcCosine => libm::acos(arg(0)),
        Kernel::ArcTangent => libm::atan(arg(0)),
        Kernel::Less => less(arg(0), arg(1)),
        Kernel::Equal => equal(arg(0), arg(1)),
        Kernel::And => and(arg(0), arg(1)),
        Kernel::Or => or(arg(0), arg(1)),
        Kernel::Not => 1.0 - arg(0),
        Kernel::If => chosen(arg(0), arg(1), arg(2)),
        Kernel::Default => default(arg(0), arg(1)),
        Kernel::IsDefined => condition(!arg(0).is_nan()),
        Kernel::Number => arg(0),
        _ => NONE,
    }
}

#[inline]
fn less(a: f64, b: f64) -> f64 {
    compared(a < b, a, b)
}

#[inline]
fn equal(a: f64, b: f64) -> f64 {
    compared(a == b, a, b)
}

#[inline]
fn compared(holds: bool, a: f64, b: f64) -> f64 {
    select_unpredictable(a.is_nan() || b.is_nan(), NONE, condition(holds))
}

/// The nought of either sign has none.
#[inline]
fn sign(a: f64) -> f64 {
    if a > 0.0 {
        1.0
    } else if a < 0.0 {
        -1.0
    } else {
        a.abs()
    }
}

#[inline]
fn least(a: f64, b: f64) -> f64 {
    // A value that is none is less than nothing.
    select_unpredictable(b < a || b.is_nan(), b, a)
}

#[inline]
fn greatest(a: f64, b: f64) -> f64 {
    // A value that is none is greater than nothing.
    select_unpredictable(b > a || b.is_nan(), b, a)
}

/// False decides, whatever the other is.
#[inline]
fn and(a: f64, b: f64) -> f64 {
    select_unpredictable(a == 0.0 || b == 0.0, 0.0, a * b)
}

/// True decides, whatever the other is.
#[inline]
fn or(a: f64, b: f64) -> f64 {
    select_unpredictable(a == 1.0 || b == 1.0, 1.0, a + b)
}

#[inline]
fn chosen(condition: f64, yes: f64, no: f64) -> f64 {
    let if_not = select_unpredictable(condition == 0.0, no, NONE);
    select_unpredictable(condition == 1.0, yes, if_not)
}

#[inline]
fn default(a: f64, b: f64) -> f64 {
    select_unpredictable(a.is_nan(), b, a)
}

#[cfg(test)]
mod tests {
    use super::*;

    const VALUES: [f64; 3] = [1.0, 0.0, NONE];

    fn table(kernel: Kernel) -> String {
        let shown = |value: f64| match value {
            1.0 => 't',
            0.0 => 'f',
            _ => '-',
        };
        let pairs = VALUES.iter().flat_map(|a| VALUES.iter().map(move |b| (*a, *b)));
        pairs.map(|(a, b)| shown(scalar(kernel, a, b, NONE))).collect()
    }

    #[test]
    fn conditions_have_three_values() {
        // Pairs in the order true, false, none.
        assert_eq!(table(Kernel::And), "tf-fff-f-");
        assert_eq!(table(Kernel::Or), "ttttf-t--");
        assert!(scalar(Kernel::Not, NONE, NONE, NONE).is_nan());
        assert!(scalar(Kernel::If, NONE, 1.0, 2.0).is_nan());
    }

    #[test]
    fn what_is_not_finite_is_none() {
        let none = [
            scalar(Kernel::Divide, 1.0, 0.0, NONE),
            scalar(Kernel::Logarithm, 0.0, NONE, NONE),
            scalar(Kernel::SquareRoot, -1.0, NONE, NONE),
            scalar(Kernel::Exponential, 1e9, NONE, NONE),
            scalar(Kernel::Less, 1.0, NONE, NONE),
        ];
        assert!(none.iter().all(|value| value.is_nan()), "{none:?}");
    }
}
