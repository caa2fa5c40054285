//! The node of a kernel: what its value counts, by what its arguments do.

use super::super::diagnostic::{Code, Diagnostic};
use super::super::graph::{NodeId, Op, Type, Unit};
use super::super::language::{Function, Kernel, Wanted};
use super::super::place::Place;
use super::call::Given;
use super::checker::Checker;

impl Checker<'_> {
    pub(super) fn kernel_node(
        &mut self,
        function: &Function,
        args: &[Given],
        place: Place,
        clock: u8,
    ) -> NodeId {
        let nodes: Vec<NodeId> = args.iter().map(|given| given.node).collect();
        let kernel = function.kernel;
        match kernel {
            Kernel::Minimum | Kernel::Maximum => {
                let first = nodes[0];
                nodes[1..]
                    .iter()
                    .fold(first, |all, node| self.same_unit(kernel, all, *node, clock, place))
            }
            Kernel::Default => {
                let Some((x, y, kind)) =
                    self.alternatives(nodes[0], nodes[1], "y of default", args[1].place)
                else {
                    return self.undefined(place);
                };
                self.template.add(Op::Kernel(kernel), &[x, y], clock, kind, place)
            }
            _ if kernel.is_across() => self.across(function, nodes, place, clock),
            _ => self.plain_kernel(function, nodes, args, place, clock),
        }
    }

    /// Each instrument has ticks of its own: what is compared across them is in currency.
    fn across(
        &mut self,
        function: &Function,
        mut nodes: Vec<NodeId>,
        place: Place,
        clock: u8,
    ) -> NodeId {
        if clock != 0 {
            let message = format!(
                "{} looks across the traded instruments at the end of each bar: what it looks at \
                 may stand behind @, it itself does not",
                function.name
            );
            return self.wrong(Code::Clock, place, message);
        }
        nodes[0] = self.plain(nodes[0], place, false);
        let picks = matches!(function.kernel, Kernel::AcrossTop | Kernel::AcrossBottom);
        let kind = if picks { Type::Condition } else { Type::PLAIN };
        self.template.add(Op::Kernel(function.kernel), &nodes, clock, kind, place)
    }

    fn plain_kernel(
        &mut self,
        function: &Function,
        mut nodes: Vec<NodeId>,
        args: &[Given],
        place: Place,
        clock: u8,
    ) -> NodeId {
        if function.name == "median" {
            nodes.push(self.number(0.5, place));
        }
        let kernel = function.kernel;
        let kind = self.result(kernel, &nodes, clock);
        if kind.is_none() {
            // Not homogeneous: of prices it is told what they are in quote currency.
            for (node, given) in nodes.iter_mut().zip(args) {
                *node = self.plain(*node, place.to(given.place), true);
            }
        }
        let kind = kind.unwrap_or(Type::PLAIN);
        self.warn_of_held(function, &nodes, args);
        let prices = kernel.prices().iter();
        let mut all: Vec<NodeId> =
            prices.map(|source| self.source(*source, clock, place)).collect();
        all.extend(nodes);
        self.template.add(Op::Kernel(kernel), &all, clock, kind, place)
    }

    /// What a kernel's value is, `None` if it takes plain numbers only.
    fn result(&self, kernel: Kernel, nodes: &[NodeId], clock: u8) -> Option<Type> {
        let first = self.kind(nodes[0]);
        let unit = |index: usize| match nodes.get(index).map(|node| self.kind(*node)) {
            Some(Type::Number(unit)) => unit,
            _ => Unit::Plain,
        };
        match kernel {
            Kernel::Absolute
            | Kernel::Held
            | Kernel::Sum
            | Kernel::Wma
            | Kernel::MeanDeviation
            | Kernel::Highest
            | Kernel::Lowest
            | Kernel::Quantile
            | Kernel::Ema
            | Kernel::Rma
            | Kernel::Kama
            | Kernel::SumSince
            | Kernel::HighestSince
            | Kernel::LowestSince
            | Kernel::Cumulative => Some(first),
            Kernel::ValueWhen => Some(self.kind(nodes[1])),
            Kernel::SquareRoot => unit(0).root().map(Type::Number),
            Kernel::Variance => unit(0).power(2).map(Type::Number),
            Kernel::Covariance => unit(0).times(unit(1)).map(Type::Number),
            Kernel::Sar | Kernel::Supertrend | Kernel::ZigzagHigh | Kernel::ZigzagLow => {
                Some(self.price_unit(clock))
            }
            Kernel::IsDefined | Kernel::All | Kernel::Any => Some(Type::Condition),
            Kernel::Sign
            | Kernel::Number
            | Kernel::BarsFromHighest
            | Kernel::BarsFromLowest
            | Kernel::PercentRank
            | Kernel::SupertrendSide
            | Kernel::Count
            | Kernel::Streak
            | Kernel::BarsSince => Some(Type::PLAIN),
            _ if unit(0) == Unit::Plain => Some(Type::PLAIN),
            _ => None,
        }
    }

    /// A window over a value that stands still for many bars averages it with itself.
    fn warn_of_held(&mut self, function: &Function, nodes: &[NodeId], args: &[Given]) {
        let has_window = function
            .arguments
            .iter()
            .any(|argument| matches!(argument.wanted, Wanted::Bars { .. }));
        let Op::Held(from) = self.node(nodes[0]).op else { return };
        let Some(frame) = self.template.clocks[usize::from(from)].timeframe else { return };
        if has_window {
            let message = format!(
                "{} goes over bars of this market, on most of which this value stands still; over \
                 bars of {frame} the whole call stands before @{frame}",
                function.name
            );
            self.fault(Diagnostic::new(Code::HeldWindow, args[0].place, message));
        }
    }
}
