//! Nodes that only going bar by bar knows: own pasts, and what is held of longer bars.

use std::ops::Range;
use std::sync::Arc;

use super::super::graph::{Clock, Graph, GraphOp, NO_NODE};
use super::super::moment::Given;
use super::super::rows::Sources;
use super::super::stream::Stream;
use crate::market::Series;
use crate::strategy::Line;

/// Whether a node is one of them.
pub(super) const fn is_streamed(op: GraphOp) -> bool {
    matches!(op, GraphOp::Own { .. } | GraphOp::Held(_))
}

/// Whether a node's values are found before all others: it is one of them, or is read from rows.
pub(super) const fn is_given(op: GraphOp) -> bool {
    is_streamed(op) || matches!(op, GraphOp::Aux { .. })
}

/// The nodes below those, themselves included and through own pasts, in the order of the graph.
pub(super) fn cone(graph: &Graph, roots: &[u32], mut ends: impl FnMut(u32) -> bool) -> Vec<u32> {
    let mut is_in = vec![false; graph.nodes.len()];
    let mut open = roots.to_vec();
    while let Some(node) = open.pop() {
        if std::mem::replace(&mut is_in[node as usize], true) || ends(node) {
            continue;
        }
        open.extend(graph.nodes[node as usize].args.iter().filter(|arg| **arg != NO_NODE));
    }
    (0..graph.nodes.len() as u32).filter(|node| is_in[*node as usize]).collect()
}

/// The values of some nodes on all bars.
pub(super) fn streamed(
    graph: &Graph,
    clocks: &[Clock],
    sources: &Sources,
    nodes: &[u32],
    (series, range): (&Series, &Range<usize>),
) -> Vec<Line> {
    let order = cone(graph, nodes, |_| false);
    let mut places = vec![NO_NODE; graph.nodes.len()];
    for (place, node) in (0..).zip(&order) {
        places[*node as usize] = place;
    }
    let part = order.iter().map(|node| {
        let mut node = graph.nodes[*node as usize].clone();
        node.args = node.args.map(|arg| if arg == NO_NODE { arg } else { places[arg as usize] });
        node
    });
    let part = Graph::of_nodes(part.collect());
    let mut stream =
        Stream::new(&part, clocks, sources.texts(), vec![Arc::new(series.days.clone())]);
    let mut values: Vec<Vec<f64>> = nodes.iter().map(|_| Vec::with_capacity(range.len())).collect();
    let ends = series.bar_ends();
    for bar in range.clone() {
        let end_ms = ends.end_ms(bar, series.bars.open_time_ms[bar]);
        let given = Given { rows: &sources.known(end_ms), ..Given::NOTHING };
        stream.bar(0, &series.bars.bar(bar), end_ms, &given);
        for (values, node) in values.iter_mut().zip(nodes) {
            values.push(stream.value(places[*node as usize]));
        }
    }
    values.into_iter().map(Line::Numbers).collect()
}
