//! The order of the steps of a graph: averages that wait for nothing of one another come one after
//! the other, so that they go side by side.

use super::super::graph::{Graph, GraphOp, NO_NODE};
use super::super::kernel::{LANES, State, run_together};
use super::super::language::Kernel;
use super::evaluate::{Buffer, Evaluation, Means, Tile};

/// The kinds of averages that go together; all else comes behind those of its depth.
fn rank(op: GraphOp) -> u32 {
    match op {
        GraphOp::Kernel(Kernel::Ema, _) => 0,
        GraphOp::Kernel(Kernel::Rma, _) => 1,
        _ => 2,
    }
}

/// Those nodes in another order in which each comes after its arguments.
pub(super) fn scheduled(graph: &Graph, order: &[u32], is_ready: impl Fn(u32) -> bool) -> Vec<u32> {
    let mut depths = vec![0; graph.nodes.len()];
    let mut keyed: Vec<(u32, u32)> = Vec::with_capacity(order.len());
    for &node in order {
        let inner = &graph.nodes[node as usize];
        let (rank, args) =
            if is_ready(node) { (2, &[][..]) } else { (rank(inner.op), &inner.args[..]) };
        let args = args.iter().filter(|arg| **arg != NO_NODE);
        let below = args.map(|arg| depths[*arg as usize]).max().unwrap_or(0);
        depths[node as usize] = below + u32::from(rank < 2);
        keyed.push((depths[node as usize] * 3 + rank, node));
    }
    keyed.sort_by_key(|(key, _)| *key);
    keyed.into_iter().map(|(_, node)| node).collect()
}

impl Evaluation {
    /// How many steps from that one on go together.
    pub(super) fn width(&self, first: usize) -> usize {
        let kind = |place: usize| match &self.steps[place].means {
            Means::Kernel(state) => match **state {
                State::Ema(_) => Some(0),
                State::Rma(_) => Some(1),
                _ => None,
            },
            _ => None,
        };
        let fits = |place: usize| {
            let arg = self.steps[place].args[0];
            arg < first && !matches!(self.buffers[arg], Buffer::Condition(_))
        };
        let Some(own) = kind(first) else { return 1 };
        let all = first..self.steps.len().min(first + LANES);
        all.take_while(|place| kind(*place) == Some(own) && fits(*place)).count().max(1)
    }

    /// Takes some steps side by side over a tile; `false` if they cannot yet.
    pub(super) fn step_together(&mut self, first: usize, width: usize, tile: &Tile<'_>) -> bool {
        let bars = tile.bars.len();
        let (before, rest) = self.buffers.split_at_mut(first);
        let (mut states, mut inputs, mut outs) = (Vec::new(), Vec::new(), Vec::new());
        for (step, buffer) in self.steps[first..first + width].iter_mut().zip(rest) {
            let (Means::Kernel(state), Buffer::Numbers(out)) = (&mut step.means, buffer) else {
                return false;
            };
            let Some(input) = before.get(step.args[0]) else { return false };
            states.push(&mut **state);
            inputs.push(input.numbers(bars));
            outs.push(&mut out[..bars]);
        }
        run_together(&mut states, &inputs, &mut outs)
    }
}
