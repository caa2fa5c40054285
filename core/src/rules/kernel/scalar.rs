//! Kernels that remember nothing.

use super::super::language::Kernel;
use super::{NONE, condition, finite};

/// The value of an elementwise kernel; what remembers is none here.
#[inline]
pub(in crate::rules) fn scalar(kernel: Kernel, a: f64, b: f64, c: f64) -> f64 {
    match kernel {
        Kernel::Add => finite(a + b),
        Kernel::Subtract => finite(a - b),
        Kernel::Multiply => finite(a * b),
        Kernel::Divide => finite(a / b),
        Kernel::Power => finite(libm::pow(a, b)),
        Kernel::Negate => -a,
        Kernel::Absolute => a.abs(),
        Kernel::Sign => sign(a),
        Kernel::SquareRoot => a.sqrt(),
        Kernel::Logarithm => finite(libm::log(a)),
        Kernel::Exponential => finite(libm::exp(a)),
        Kernel::Floor => a.floor(),
        Kernel::Ceiling => a.ceil(),
        Kernel::Round => a.round(),
        Kernel::Minimum => least(a, b),
        Kernel::Maximum => greatest(a, b),
        Kernel::Sine => libm::sin(a),
        Kernel::Cosine => libm::cos(a),
        Kernel::Tangent => finite(libm::tan(a)),
        Kernel::ArcSine => libm::asin(a),
        Kernel::ArcCosine => libm::acos(a),
        Kernel::ArcTangent => libm::atan(a),
        Kernel::Less => compared(a < b, a, b),
        Kernel::Equal => compared(a == b, a, b),
        Kernel::And => and(a, b),
        Kernel::Or => or(a, b),
        Kernel::Not => 1.0 - a,
        Kernel::If => chosen(a, b, c),
        Kernel::Default => {
            if a.is_nan() {
                b
            } else {
                a
            }
        }
        Kernel::IsDefined => condition(!a.is_nan()),
        Kernel::Number => a,
        _ => NONE,
    }
}

#[inline]
fn compared(holds: bool, a: f64, b: f64) -> f64 {
    if a.is_nan() || b.is_nan() { NONE } else { condition(holds) }
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
    if a.is_nan() || b.is_nan() {
        NONE
    } else if b < a {
        b
    } else {
        a
    }
}

#[inline]
fn greatest(a: f64, b: f64) -> f64 {
    if a.is_nan() || b.is_nan() {
        NONE
    } else if b > a {
        b
    } else {
        a
    }
}

/// False decides, whatever the other is.
#[inline]
fn and(a: f64, b: f64) -> f64 {
    if a == 0.0 || b == 0.0 { 0.0 } else { a * b }
}

/// True decides, whatever the other is.
#[inline]
fn or(a: f64, b: f64) -> f64 {
    if a == 1.0 || b == 1.0 { 1.0 } else { a + b }
}

#[inline]
fn chosen(condition: f64, yes: f64, no: f64) -> f64 {
    if condition == 1.0 {
        yes
    } else if condition == 0.0 {
        no
    } else {
        NONE
    }
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
