//! The orders of a program over whatever stands for an expression: a node of the template, or one
//! of a trial's graph.

use super::super::text::{AmountKind, Mode, Verb};
use crate::trading::Side;

/// The price of an entry that rests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::rules) enum PriceOrder<T> {
    Market,
    Limit(T),
    Stop(T),
    StopLimit { stop: T, limit: T },
}

impl<T: Copy> PriceOrder<T> {
    /// All that it is made of.
    pub(in crate::rules) fn nodes(self) -> impl Iterator<Item = T> {
        let [first, second] = match self {
            Self::Market => [None, None],
            Self::Limit(price) | Self::Stop(price) => [Some(price), None],
            Self::StopLimit { stop, limit } => [Some(stop), Some(limit)],
        };
        first.into_iter().chain(second)
    }
}

/// `size` with what it measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::rules) struct SizeOrder<T> {
    pub(in crate::rules) side: Option<Side>,
    pub(in crate::rules) kind: AmountKind,
    pub(in crate::rules) value: T,
}

/// `enter` or `add`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::rules) struct EntryOrder<T> {
    pub(in crate::rules) verb: Verb,
    pub(in crate::rules) side: Side,
    pub(in crate::rules) price: PriceOrder<T>,
    pub(in crate::rules) when: T,
    pub(in crate::rules) bars: Option<T>,
    pub(in crate::rules) most: Option<T>,
    pub(in crate::rules) size: Option<SizeOrder<T>>,
}

/// `exit`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::rules) struct ExitOrder<T> {
    pub(in crate::rules) side: Side,
    pub(in crate::rules) part: Option<T>,
    pub(in crate::rules) when: T,
}

/// `stop` or `target`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::rules) struct LevelOrder<T> {
    pub(in crate::rules) side: Side,
    pub(in crate::rules) is_stop: bool,
    pub(in crate::rules) mode: Mode,
    pub(in crate::rules) level: T,
    pub(in crate::rules) part: Option<T>,
}

/// All orders of a program, each list in the order of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::rules) struct Orders<T> {
    pub(in crate::rules) entries: Vec<EntryOrder<T>>,
    pub(in crate::rules) exits: Vec<ExitOrder<T>>,
    pub(in crate::rules) levels: Vec<LevelOrder<T>>,
    pub(in crate::rules) sizes: Vec<SizeOrder<T>>,
    pub(in crate::rules) weight: Option<T>,
    /// Which sides may be taken; a constant.
    pub(in crate::rules) sides: Option<T>,
}

impl<T> Default for Orders<T> {
    fn default() -> Self {
        let (entries, exits, levels, sizes) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Self { entries, exits, levels, sizes, weight: None, sides: None }
    }
}

impl<T: Copy> Orders<T> {
    /// How much is bought, wherever the text says it.
    pub(in crate::rules) fn size_values(&self) -> impl Iterator<Item = T> {
        let of_entries = self.entries.iter().filter_map(|entry| entry.size);
        of_entries.chain(self.sizes.iter().copied()).map(|size| size.value)
    }

    /// Which parts of a position are left, wherever the text says it.
    pub(in crate::rules) fn parts(&self) -> impl Iterator<Item = T> {
        let exits = self.exits.iter().filter_map(|exit| exit.part);
        exits.chain(self.levels.iter().filter_map(|level| level.part))
    }

    /// The same orders over what each expression becomes.
    ///
    /// # Errors
    ///
    /// That of the first expression that becomes nothing.
    pub(in crate::rules) fn map<U, E>(
        &self,
        mut to: impl FnMut(T) -> Result<U, E>,
    ) -> Result<Orders<U>, E> {
        let mut orders = Orders::default();
        for entry in &self.entries {
            orders.entries.push(EntryOrder {
                verb: entry.verb,
                side: entry.side,
                price: price(entry.price, &mut to)?,
                when: to(entry.when)?,
                bars: entry.bars.map(&mut to).transpose()?,
                most: entry.most.map(&mut to).transpose()?,
                size: entry.size.map(|order| size(order, &mut to)).transpose()?,
            });
        }
        for exit in &self.exits {
            let part = exit.part.map(&mut to).transpose()?;
            orders.exits.push(ExitOrder { side: exit.side, part, when: to(exit.when)? });
        }
        for order in &self.levels {
            let LevelOrder { side, is_stop, mode, .. } = *order;
            let (level, part) = (to(order.level)?, order.part.map(&mut to).transpose()?);
            orders.levels.push(LevelOrder { side, is_stop, mode, level, part });
        }
        for order in &self.sizes {
            orders.sizes.push(size(*order, &mut to)?);
        }
        orders.weight = self.weight.map(&mut to).transpose()?;
        orders.sides = self.sides.map(&mut to).transpose()?;
        Ok(orders)
    }
}

fn price<T, U, E>(
    order: PriceOrder<T>,
    to: &mut impl FnMut(T) -> Result<U, E>,
) -> Result<PriceOrder<U>, E> {
    Ok(match order {
        PriceOrder::Market => PriceOrder::Market,
        PriceOrder::Limit(limit) => PriceOrder::Limit(to(limit)?),
        PriceOrder::Stop(stop) => PriceOrder::Stop(to(stop)?),
        PriceOrder::StopLimit { stop, limit } => {
            PriceOrder::StopLimit { stop: to(stop)?, limit: to(limit)? }
        }
    })
}

fn size<T, U, E>(
    order: SizeOrder<T>,
    to: &mut impl FnMut(T) -> Result<U, E>,
) -> Result<SizeOrder<U>, E> {
    Ok(SizeOrder { side: order.side, kind: order.kind, value: to(order.value)? })
}
