//! Which tools there are, and what an agent is told of them.

use serde_json::{Map, Value, json};

use super::rpc::{Fault, shown};
use crate::spelling::nearest;

/// An argument of a tool: its name, its JSON type, what it means, and whether it must be there.
struct Field(&'static str, &'static str, &'static str, Need);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Need {
    Must,
    May,
}

/// What a tool does to the world.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Effect {
    Reads,
    Computes,
    Stops,
}

struct Tool {
    name: &'static str,
    description: &'static str,
    effect: Effect,
    fields: &'static [Field],
}

use Effect::{Computes, Reads, Stops};
use Need::{May, Must};

const RUN: Field = Field("run_id", "string", "The run's id", Must);
const FILTER: Field = Field(
    "filter",
    "string",
    "As in 'state = COMPLETED AND sharpe > 1'; of trials 'trades > 30'",
    May,
);
const ORDER: Field =
    Field("order_by", "string", "A metric and a direction, as in 'sharpe desc'", May);
const ROWS: Field = Field(
    "page_size",
    "integer",
    "Rows, 20 unless given and at most 50; ask for fewer where the answer says that it was cut",
    May,
);
const METRICS: Field = Field(
    "metrics",
    "array",
    "Names of the metrics to tell; unless given those of order and filter, sharpe, total_return \
     and max_drawdown",
    May,
);
const TOKEN: Field = Field("page_token", "string", "nextPageToken of the page before", May);
const BACKTEST: &str = "BacktestSpec as proto3 JSON, as in {\"strategy\": {\"name\": \
    \"sma_cross\"}, \"params\": {\"fast\": {\"intValue\": 10}, \"slow\": {\"intValue\": 50}}, \
    \"subscriptions\": [{\"exchange\": \"SYN\", \"symbol\": \"DEMO\", \"timeframe\": \"1h\"}], \
    \"simulation\": {\"initialCash\": \"10000\"}}";
const OPTIMIZATION: &str = "OptimizationSpec as proto3 JSON: a backtest as base, and axes over its \
    parameters, as in {\"base\": {...}, \"axes\": [{\"name\": \"fast\", \"intRange\": \
    {\"minValue\": 5, \"maxValue\": 60, \"step\": 5}}]}";
const NAME: Field = Field("display_name", "string", "A name for people", May);
const LABELS: Field = Field("labels", "object", "Labels to find the run by, texts by name", May);

static TOOLS: [Tool; 16] = [
    Tool {
        name: "list_strategies",
        description: "Strategies that can be run",
        effect: Reads,
        fields: &[],
    },
    Tool {
        name: "describe_strategy",
        description: "A strategy with its parameters, their types and bounds, and its text if any",
        effect: Reads,
        fields: &[
            Field("name", "string", "The strategy's name", Must),
            Field("version", "string", "Its version; the newest unless given", May),
        ],
    },
    Tool {
        name: "describe_language",
        description: "The language of strategies as text: all functions by signature, or one whole",
        effect: Reads,
        fields: &[Field("function", "string", "Only this function, with what it does", May)],
    },
    Tool {
        name: "check_strategy",
        description: "Checks a strategy as text: what is wrong and where, or its parameters",
        effect: Reads,
        fields: &[Field("source", "string", "The strategy's text", Must)],
    },
    Tool {
        name: "list_series",
        description: "Bars that are stored: instruments, timeframes and spans of time",
        effect: Reads,
        fields: &[Field("filter", "string", "As in 'symbol = \"BTCUSDT\"'", May), ROWS, TOKEN],
    },
    Tool {
        name: "list_runs",
        description: "Runs with how they stand and what came out, the newest first",
        effect: Reads,
        fields: &[FILTER, ORDER, ROWS, TOKEN],
    },
    Tool {
        name: "get_run",
        description: "How a run stands: progress, result or error. Waits for its end if asked to",
        effect: Reads,
        fields: &[
            RUN,
            Field("wait_s", "integer", "Wait so many seconds for its end, at most 25", May),
            Field("with_spec", "boolean", "Tell its whole spec, too", May),
        ],
    },
    Tool {
        name: "top_trials",
        description: "Trials of a search, the best first unless ordered otherwise; with the \
                      metrics that order and filter name, get_trial has all",
        effect: Reads,
        fields: &[RUN, FILTER, ORDER, METRICS, ROWS, TOKEN],
    },
    Tool {
        name: "get_trial",
        description: "One trial of a search: its parameters and all metrics",
        effect: Reads,
        fields: &[RUN, Field("trial_index", "integer", "Which, from 0 on", Must)],
    },
    Tool {
        name: "failures",
        description: "Why trials of a search failed, by reason",
        effect: Reads,
        fields: &[RUN],
    },
    Tool {
        name: "equity",
        description: "The equity curve of a backtest or of a trial, thinned",
        effect: Reads,
        fields: &[
            RUN,
            Field("trial_index", "integer", "Which trial of a search", May),
            Field("max_points", "integer", "Points, 100 unless given and at most 150", May),
        ],
    },
    Tool {
        name: "trials_tried",
        description: "How many configurations were ever tried on an instrument, by all: the more, \
            the likelier is the best of them luck",
        effect: Reads,
        fields: &[
            Field("exchange", "string", "The instrument's exchange", May),
            Field("symbol", "string", "Its symbol", May),
        ],
    },
    Tool {
        name: "estimate",
        description: "Checks a backtest or a search without running it: its trials as total, how \
            long it may take, and warnings. Give one of the two",
        effect: Reads,
        fields: &[
            Field("backtest", "object", BACKTEST, May),
            Field("optimization", "object", OPTIMIZATION, May),
        ],
    },
    Tool {
        name: "submit_backtest",
        description: "Starts a backtest, or finds the one that did the same; answers at once",
        effect: Computes,
        fields: &[Field("backtest", "object", BACKTEST, Must), NAME, LABELS],
    },
    Tool {
        name: "submit_search",
        description: "Starts a search over parameters, or finds the one that did the same; answers \
            at once. Refused unless expected_trials is what estimate tells of it",
        effect: Computes,
        fields: &[
            Field("optimization", "object", OPTIMIZATION, Must),
            Field("expected_trials", "integer", "The total that estimate told", Must),
            NAME,
            LABELS,
        ],
    },
    Tool {
        name: "cancel_run",
        description: "Stops a run that was started in this session; what it has computed stays",
        effect: Stops,
        fields: &[RUN, Field("reason", "string", "Why, for people", May)],
    },
];

/// The tool of that name.
pub(super) fn named(name: &str) -> Result<&'static str, Fault> {
    let names = TOOLS.iter().map(|tool| tool.name);
    names.clone().find(|it| *it == name).ok_or_else(|| {
        let near = nearest(name, names).map(|it| format!("; did you mean {it}?"));
        let near = near.unwrap_or_default();
        Fault::params(format!("params.name: {:?} is no tool{near}", shown(name)))
    })
}

/// All of them, as they are listed.
pub(super) fn all() -> Vec<Value> {
    TOOLS.iter().map(Tool::listed).collect()
}

impl Tool {
    fn listed(&self) -> Value {
        let property = |Field(name, kind, meaning, _): &Field| {
            let mut property = json!({ "type": kind, "description": meaning });
            if *kind == "array" {
                property["items"] = json!({ "type": "string" });
            }
            ((*name).to_owned(), property)
        };
        let properties: Map<_, _> = self.fields.iter().map(property).collect();
        let required = self.fields.iter().filter(|it| it.3 == Must).map(|it| it.0);
        let required: Vec<_> = required.collect();
        json!({
            "name": self.name,
            "description": self.description,
            "inputSchema": {
                "type": "object",
                "properties": properties,
                "required": required,
                "additionalProperties": false,
            },
            "annotations": {
                "readOnlyHint": self.effect == Reads,
                "destructiveHint": self.effect == Stops,
                "idempotentHint": true,
                "openWorldHint": false,
            },
        })
    }
}
