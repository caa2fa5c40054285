//! How much a text may ask for, in one place: each is told by the message that refuses more.

/// The longest text, in bytes.
pub(super) const SOURCE_BYTES_MAX: usize = 16 * 1024;
/// Statements of a text.
pub(super) const STATEMENTS_MAX: usize = 200;
/// Brackets, signs and conditions within one another, as they are written.
pub(super) const DEPTH_MAX: u16 = 64;
/// Levels of an expression as it is read: `1 + 1 + 1` has one for each sign.
pub(super) const LEVELS_MAX: u16 = 256;
/// Nodes of a trial's graph.
pub(super) const GRAPH_NODES_MAX: usize = 4_096;
/// Nodes of a template, and expressions gone through to make it: what is not taken by the
/// parameters of one trial may be by those of another.
pub(super) const TEMPLATE_NODES_MAX: usize = 4 * GRAPH_NODES_MAX;
/// Expressions gone through while names and functions are put in their place.
pub(super) const VISITS_MAX: u32 = 65_536;
/// Values that a fold joins.
pub(super) const FOLD_TURNS_MAX: usize = 1_000;
/// What the windows of a trial remember.
pub(super) const WINDOW_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Parameters of a text.
pub(super) const PARAMS_MAX: usize = 32;
/// Timeframes that a text goes by besides that of its subscription.
pub(super) const TIMEFRAMES_MAX: usize = 4;
/// Markets that a text names.
pub(super) const MARKETS_MAX: usize = 8;
/// Auxiliary series that a text names.
pub(super) const AUXES_MAX: usize = 8;
/// Bars that an entry at a price rests, and additions to a position.
pub(super) const LIFE_MAX: u32 = 10_000;
/// Statements with `at limit` or `at stop`.
pub(super) const RESTING_MAX: usize = 8;
/// Levels at which a position is left at a profit, a side.
pub(super) const TARGETS_MAX: usize = 4;
