//! What a text computes, as a graph of kernels: once with its parameters open (the template), and
//! once a trial with all of them given.

mod constant;
mod filled;
mod meaning;
mod orders;
mod template;
mod trial;
mod warmup;

pub(super) use filled::{Crossing, Graph, GraphNode, GraphOp, NO_NODE, mix};
pub(super) use meaning::meaning;
pub(super) use orders::{EntryOrder, ExitOrder, LevelOrder, Orders, PriceOrder, SizeOrder};
pub(super) use template::{Clock, Node, NodeId, Op, Template, Type, Unit};
pub(super) use trial::{Setting, TrialError, TrialFault, build};
pub(super) use warmup::warmup_bars;
