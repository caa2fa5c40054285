//! Sizes and parts that parameters make: one that buys or leaves nothing is refused, as it is where
//! a text writes it down.

use super::check::Program;
use super::graph::{Graph, Orders, TrialError, TrialFault};

/// Looks at those of a trial that do not change with the market.
///
/// # Errors
///
/// The first that is none.
pub(super) fn check_amounts(
    program: &Program,
    graph: &Graph,
    made: &Orders<u32>,
) -> Result<(), TrialError> {
    let sizes = program.orders.size_values().zip(made.size_values());
    let sizes = sizes.map(|pair| (pair, "a size", f64::INFINITY));
    let parts = program.orders.parts().zip(made.parts()).map(|pair| (pair, "a part", 1.0));
    for ((written, made), name, most) in sizes.chain(parts) {
        let node = program.template.node(written);
        let Some(value) = graph.constant(made).filter(|_| node.is_constant) else { continue };
        if !(value > 0.0 && value <= most) {
            let fault = TrialFault::NoAmount { name, value, most };
            return Err(TrialError { fault, place: node.place, params: node.params });
        }
    }
    Ok(())
}
