//! How many bars pass before the nodes of a graph have values.

use super::super::language::Kernel;
use super::filled::{Graph, GraphOp, NO_NODE};

/// Bars before the first on which all of those nodes can have a value, counting what windows take.
/// Windows of longer timeframes are not counted: how many bars they are is not known here.
pub(in crate::rules) fn warmup_bars(graph: &Graph, nodes: &[u32]) -> u32 {
    let mut before = vec![0; graph.nodes.len()];
    for (place, node) in graph.nodes.iter().enumerate() {
        // A past of its own comes before what it is the past of.
        let args = node.args.map(|arg| {
            if arg == NO_NODE {
                None
            } else {
                before.get(arg as usize).filter(|_| (arg as usize) < place)
            }
        });
        let known: Vec<u32> = args.into_iter().flatten().copied().collect();
        before[place] = match node.op {
            GraphOp::Kernel(kernel, constants) => of_kernel(kernel, constants, &known),
            GraphOp::Across(_) => known.into_iter().max().unwrap_or(0),
            _ => 0,
        };
    }
    nodes.iter().map(|node| before[*node as usize]).max().unwrap_or(0)
}

fn of_kernel(kernel: Kernel, constants: [f64; 4], args: &[u32]) -> u32 {
    let (most, least) = (args.iter().max(), args.iter().min());
    let args = *most.unwrap_or(&0);
    let length = constants[0] as u32;
    match kernel {
        // Whichever is there first.
        Kernel::Default => *least.unwrap_or(&0),
        Kernel::IsDefined => 0,
        Kernel::Past | Kernel::Kama => args + length,
        Kernel::Sum
        | Kernel::Product
        | Kernel::Wma
        | Kernel::Variance
        | Kernel::Covariance
        | Kernel::MeanDeviation
        | Kernel::Highest
        | Kernel::Lowest
        | Kernel::BarsFromHighest
        | Kernel::BarsFromLowest
        | Kernel::Quantile
        | Kernel::PercentRank
        | Kernel::Ema
        | Kernel::Rma
        | Kernel::All
        | Kernel::Any
        | Kernel::Count => args + length.saturating_sub(1),
        Kernel::Sar => args + 1,
        Kernel::Supertrend | Kernel::SupertrendSide => {
            args + (constants[1] as u32).saturating_sub(1)
        }
        Kernel::ZigzagHigh | Kernel::ZigzagLow => args + (constants[2] as u32).saturating_sub(1),
        // The rest needs what it reads, or something to happen.
        _ => args,
    }
}
