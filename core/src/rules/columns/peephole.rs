//! Shapes of a graph for which there is something quicker than going through its bars.

use super::super::graph::{Graph, GraphOp, NO_NODE};
use super::super::language::{Kernel, Source};

/// The lengths of two means of the close, if the conditions are where the one comes to be above and
/// to be below the other.
pub(super) fn mean_cross(graph: &Graph, up: u32, down: u32) -> Option<[usize; 2]> {
    let (fast, slow) = rises_above(graph, up)?;
    if rises_above(graph, down)? != (slow, fast) {
        return None;
    }
    let lengths = [mean_of_close(graph, fast)?, mean_of_close(graph, slow)?];
    (lengths[0] < lengths[1]).then_some(lengths)
}

/// `a > b and (a <= b)[1]`: a and b.
fn rises_above(graph: &Graph, node: u32) -> Option<(u32, u32)> {
    let [now, before] = kernel(graph, node, Kernel::And)?.0;
    let ([not, _], constants) = kernel(graph, before, Kernel::Past)?;
    let ([less, _], _) = kernel(graph, not, Kernel::Not)?;
    let ([under, over], _) = kernel(graph, now, Kernel::Less)?;
    (constants[0] == 1.0 && less == now).then_some((over, under))
}

/// The length of `sum(close, n) / n`.
fn mean_of_close(graph: &Graph, node: u32) -> Option<usize> {
    let ([sum, length], _) = kernel(graph, node, Kernel::Divide)?;
    let ([close, _], constants) = kernel(graph, sum, Kernel::Sum)?;
    let GraphOp::Constant(length) = graph.nodes.get(length as usize)?.op else { return None };
    let close = graph.nodes.get(close as usize)?;
    let is_close = close.op == GraphOp::Source(Source::Close) && close.clock == 0;
    (is_close && length == constants[0]).then_some(length as usize)
}

/// The first two arguments of a node of that kernel, and its constants.
fn kernel(graph: &Graph, node: u32, wanted: Kernel) -> Option<([u32; 2], [f64; 4])> {
    let node = graph.nodes.get(node as usize).filter(|_| node != NO_NODE)?;
    let GraphOp::Kernel(kernel, constants) = node.op else { return None };
    (kernel == wanted).then_some(([node.args[0], node.args[1]], constants))
}
