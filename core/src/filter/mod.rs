//! Filters and orders of lists, as text. Knows the language, not what the fields mean.
//!
//! A subset of AIP-160 (google.aip.dev/160), for runs, series and trials alike:
//!
//! ```text
//! filter      = [ all ]
//! all         = any { "AND" any }
//! any         = term { "OR" term }
//! term        = "NOT" term | "(" all ")" | comparison
//! comparison  = field ( "=" | "!=" | "<" | "<=" | ">" | ">=" ) value
//! field       = part { "." part }
//! part, value = a word, or a text in '…' or "…" with \ before a quote or another \
//! ```
//!
//! `AND`, `OR` and `NOT` may be written in any case; as a value or a field they stand in quotes.
//! As in AIP-160, **OR binds tighter than AND**: `a = 1 AND b = 2 OR c = 3` means
//! `a = 1 AND (b = 2 OR c = 3)`. Numbers and RFC 3339 times are words or texts like any other;
//! what a value must be is for its field to say.
//!
//! ```
//! use tradeforge_core::filter::parse;
//! let filter = parse("state = COMPLETED AND NOT labels.desk = 'fx spot'").unwrap().unwrap();
//! assert_eq!(filter.to_string(), "state = COMPLETED AND NOT labels.desk = \"fx spot\"");
//! let error = parse("state COMPLETED").unwrap_err();
//! assert_eq!(
//!     error.to_string(),
//!     "at character 7: expected one of = != < <= > >=, found COMPLETED"
//! );
//! ```

mod ast;
mod error;
mod order;
mod parse;
mod token;

pub use ast::{Comparison, Field, Filter, Op, Place, Value};
pub use error::{FilterError, Problem};
pub use order::{Direction, OrderKey, parse_order};
pub use parse::parse;
