//! What it takes to make a value of a bar, roughly: in quarters of a nanosecond.

use super::super::graph::GraphOp;
use super::super::language::{Kernel, Source};

/// From here on it is quicker to keep a line than to make it again.
const DEAR: u32 = 14;
/// Of a line that is kept.
const READ: u32 = 3;

/// Whether what takes so long is worth keeping.
pub(super) const fn is_dear(cost: u32) -> bool {
    cost >= DEAR
}

/// What it takes to read such a value: it is kept, or made on the way.
pub(super) const fn to_read(cost: u32) -> u32 {
    if is_dear(cost) { READ } else { cost }
}

/// How many bytes 64 bars of a line take, at most.
pub(super) const fn bytes_of_64_bars(op: GraphOp) -> usize {
    let is_condition = matches!(
        op,
        GraphOp::Kernel(
            Kernel::Less
                | Kernel::Equal
                | Kernel::And
                | Kernel::Or
                | Kernel::Not
                | Kernel::IsDefined,
            _
        )
    );
    if is_condition { 2 * size_of::<u64>() } else { 64 * size_of::<f64>() }
}

/// Of a node alone.
pub(super) const fn cost(op: GraphOp) -> u32 {
    match op {
        GraphOp::Constant(_) => 0,
        GraphOp::Source(
            Source::Open | Source::High | Source::Low | Source::Close | Source::Volume,
        ) => 2,
        // Times and dates go through the zone of the market.
        GraphOp::Source(_) => 40,
        GraphOp::Fact(_)
        | GraphOp::Aux { .. }
        | GraphOp::Own { .. }
        | GraphOp::Held(_)
        | GraphOp::Across(_) => 100,
        GraphOp::Kernel(kernel, _) => of_kernel(kernel),
    }
}

const fn of_kernel(kernel: Kernel) -> u32 {
    match kernel {
        Kernel::And | Kernel::Or | Kernel::Not => 1,
        Kernel::Add
        | Kernel::Subtract
        | Kernel::Multiply
        | Kernel::Negate
        | Kernel::Absolute
        | Kernel::Minimum
        | Kernel::Maximum
        | Kernel::If
        | Kernel::Default => 2,
        // Reading it again takes a sixty-fourth of what reading its numbers again does.
        Kernel::Less | Kernel::Equal | Kernel::IsDefined => DEAR,
        Kernel::Number => 3,
        Kernel::Divide | Kernel::SquareRoot | Kernel::Past => 4,
        Kernel::Floor | Kernel::Ceiling | Kernel::Round | Kernel::Sign => 8,
        _ => 24,
    }
}
