//! Everything that can be seen from outside, over real sockets: one crate, linked once.
//!
//! - [`submit`]: joined, reused or new; named requests; clients that hang up
//! - [`status`]: poll and long poll, and that they say what the stream says
//! - [`watch`]: snapshot first, rising sequences, one final snapshot, resuming
//! - [`cancel`]: prompt, shared, repeatable, final
//! - [`allowance`]: deadlines and budgets of computing, whatever a run waits for
//! - [`rest`]: the contract as JSON over plain HTTP
//! - [`audit`], [`quotas`], [`fair_share`]: who changed what, how much each may have, and has of
//!   the cores, where callers are asked
//! - [`hooks`]: webhooks: what is told, over every kill; [`hook_access`]: whose they are;
//!   [`hook_limits`]: whom they call
//! - [`continuing`]: going on from a search that was stopped
//! - [`crash`]: kill -9 and SIGTERM in the middle of everything, then start again
//! - [`crash_model`]: kill -9 at random moments of a mixed load, against a model of the promises
//! - [`stop`]: how a server begins and ends, whoever is connected
//! - [`observe`]: metrics and logs; [`traces`]: what a collector is told
//! - [`broken_ground`]: full disks, damaged, missing, newer and foreign files
//! - [`databases`]: one of every schema there was
//! - [`care`]: backup, restore, doctor, and what is kept no longer
//! - [`fuzz`]: every decoder of bytes from outside, fed with damage
//! - [`limits`]: who is let in at each limit, and what the others are told
//! - [`forecast`]: how many trials a search makes, and how long they may take
//! - [`moderation`]: how much a request may hold, and a refusal may weigh
//! - [`life`]: random submissions, ends, cancels, deletions and kills against a model
//! - [`invalid`]: every kind of bad request, and that the server goes on serving
//! - [`data`]: bars in and out, all or nothing
//! - [`aux_series`]: values beside bars, by the time at which they were known; [`follow_series`]:
//!   what was computed elsewhere, traded here
//! - [`bar_layouts`]: files as vendors lay them out, and what is declared of them
//! - [`results`]: numbers that a hand can compute; pages of trades
//! - [`report`]: returns by month and year, falls, tails
//! - [`list_runs`], [`watch_runs`], [`delete_run`]: many runs: listed, watched, removed
//! - [`sweep`], [`sweep_life`]: optimizations: which trials, their numbers; watched, killed, shared
//! - [`across`]: combinations compared by one score over several series
//! - [`points`]: searches through points that are written out
//! - [`extend`]: searches that take over what another one computed
//! - [`learning`]: searches that learn from their trials; [`pareto`]: the front of any search
//! - [`odd_searches`]: searches at their limits, and what judges them
//! - [`validation`]: how much of the best of an optimization is luck, as a run
//! - [`walk_forward`], [`walk_forward_life`]: a search judged by days that it had not seen; killed
//! - [`walk_carried`]: the same, by parts of one simulation a trial
//! - [`walk_plateau`]: the same, choosing a plateau before a lone peak
//! - [`executor`]: what every executor must keep to; [`fleet`]: and what workers elsewhere must;
//!   [`fleet_keys`]: and may; [`fleet_able`]: and can; [`fleet_alone`]: and die of;
//!   [`fleet_verify`], [`fleet_liar`]: and are held to;
//!   [`fleet_creds`], [`fleet_cluster`]: what brokers do
//! - [`export`]: trials as files, bars from Parquet; [`export_range`]: parts of files, and clients
//!   that read nothing; [`bars_out`]: bars as files, and read again
//! - [`equity`]: curves computed again; [`whole`]: every point and every trade
//! - [`resample`]: bars made from finer ones, in charts and in runs; [`days`]: by a market's clock
//! - [`import_formats`]: packed files, months in any order, versions and their end
//! - [`oracle`]: trade by trade against an independent simulator, where it is at hand;
//!   [`oracle_statistics`]: the statistics of searches beside worked examples
//! - [`oracle_terms`]: fill by fill against a model of the rules, where it is at hand
//! - [`portfolio`]: several instruments on one account, and exits of the terms
//! - [`corpus`]: what engine version 1 computed, kept; [`golden`]: what every machine computes
//! - [`web`]: grpc-web and CORS, reflection, health
//! - [`http`]: the web client, imports by HTTP, what a page may do, names that are refused
//! - [`command_line`]: what the program asks, prints and refuses, whoever reads it
//! - [`mcp`]: what an agent asks, is told and may spend, over pipes
//! - [`readme`], [`help`]: what the program prints is what stands in its papers
//! - [`deploy`]: what starts a server elsewhere names settings and commands that are there
//! - [`schema`]: what must not drift apart, and what must not grow
//! - [`tidy`]: the law of the source: layers ([`layers`] lists them), sizes, habits
//!
//! [`support`] holds the words they are written in. Tests that need "while it runs" use the
//! strategy `gate`, which stands still until a file appears: no test sleeps.

#[cfg(test)]
mod support;

#[cfg(test)]
mod submit;

#[cfg(test)]
mod status;

#[cfg(test)]
mod warm_up;
mod watch;

#[cfg(test)]
mod extend;

#[cfg(test)]
mod long_lists;

#[cfg(test)]
mod odd_searches;
mod own_terms;
mod points;

#[cfg(test)]
mod bundle;
mod bundle_import;
mod bundle_rules;
#[cfg(test)]
mod cancel;

#[cfg(test)]
mod mcp;

#[cfg(test)]
mod pause;

#[cfg(test)]
mod allowance;

#[cfg(test)]
mod rest;

#[cfg(test)]
mod quotas;

#[cfg(test)]
mod audit;

#[cfg(test)]
mod hook_access;
#[cfg(test)]
mod hook_limits;
#[cfg(test)]
mod hooks;

#[cfg(test)]
mod continuing;

#[cfg(test)]
mod crash;

#[cfg(test)]
mod crash_model;

#[cfg(test)]
mod stop;

#[cfg(test)]
mod observe;

#[cfg(test)]
mod access;
mod across;

#[cfg(test)]
mod account_axes;
#[cfg(test)]
mod aux_series;
#[cfg(test)]
mod follow_series;
#[cfg(test)]
mod rules_beside;

#[cfg(test)]
mod tokens;

#[cfg(test)]
mod tls;

#[cfg(test)]
mod bar_layouts;

#[cfg(test)]
mod broken_ground;

#[cfg(test)]
mod full_disk;

#[cfg(test)]
mod unread_answers;

#[cfg(test)]
mod taken_away;
mod tearsheet;

#[cfg(test)]
mod databases;

#[cfg(test)]
mod care;
mod carry;

#[cfg(test)]
mod fuzz;

#[cfg(test)]
mod least_roles;

#[cfg(test)]
mod ledger;

#[cfg(test)]
mod limits;

#[cfg(test)]
mod forecast;

#[cfg(test)]
mod moderation;

#[cfg(test)]
mod life;

#[cfg(test)]
mod invalid;

#[cfg(test)]
mod currencies;

#[cfg(test)]
mod data;

#[cfg(test)]
mod real_months;
#[cfg(test)]
mod report;

#[cfg(test)]
mod results;

#[cfg(test)]
mod list_runs;

#[cfg(test)]
mod list_by_metric;

#[cfg(test)]
mod batches;

#[cfg(test)]
mod benchmark;

#[cfg(test)]
mod watch_runs;

#[cfg(test)]
mod delete_run;

#[cfg(test)]
mod update_run;

#[cfg(test)]
mod rules;

#[cfg(test)]
mod robustness;
mod robustness_life;
mod rule_values;

#[cfg(test)]
mod saved_strategies;

#[cfg(test)]
mod sweep;

#[cfg(test)]
mod sweep_life;

#[cfg(test)]
mod validation;

#[cfg(test)]
mod executor;

#[cfg(test)]
mod fair_share;

#[cfg(test)]
mod fills;

#[cfg(all(test, feature = "fleet"))]
mod fleet;

#[cfg(all(test, feature = "fleet"))]
mod fleet_able;

#[cfg(all(test, feature = "fleet"))]
mod fleet_alone;

#[cfg(all(test, feature = "fleet"))]
mod fleet_cluster;

#[cfg(all(test, feature = "fleet"))]
mod fleet_creds;

#[cfg(all(test, feature = "fleet"))]
mod fleet_keys;

#[cfg(all(test, feature = "fleet"))]
mod fleet_liar;

#[cfg(all(test, feature = "fleet"))]
mod fleet_verify;

#[cfg(all(test, feature = "fleet"))]
mod fleet_workers;

#[cfg(test)]
mod export;

#[cfg(test)]
mod export_range;

#[cfg(test)]
mod deploy;

#[cfg(test)]
mod equity;

#[cfg(test)]
mod whole;

#[cfg(test)]
mod resample;

#[cfg(test)]
mod days;

#[cfg(test)]
mod advice;

#[cfg(test)]
mod bars_out;

#[cfg(test)]
mod import_formats;
#[cfg(test)]
mod import_memory;

#[cfg(test)]
mod oracle;

#[cfg(test)]
mod oracle_terms;

#[cfg(test)]
mod combinatorial;
#[cfg(test)]
mod permutations;

#[cfg(test)]
mod portfolio;

#[cfg(test)]
mod oracle_statistics;

#[cfg(test)]
mod corpus;

mod costs;
#[cfg(test)]
mod golden;

#[cfg(test)]
mod web;

#[cfg(test)]
mod client_certificates;
#[cfg(test)]
mod command_line;
#[cfg(test)]
mod help;
#[cfg(test)]
mod http;
#[cfg(test)]
mod layers;
#[cfg(test)]
mod learning;
#[cfg(test)]
mod pareto;
#[cfg(test)]
mod readme;
#[cfg(test)]
mod schedule;
#[cfg(test)]
mod schema;
#[cfg(test)]
mod secrets;
#[cfg(test)]
mod walk_plateau;

#[cfg(test)]
mod killed_judges;
#[cfg(test)]
mod odd_judgements;
#[cfg(test)]
mod tidy;
#[cfg(all(test, feature = "otlp"))]
mod traces;
#[cfg(test)]
mod walk_across;
#[cfg(test)]
mod walk_carried;
mod walk_forward;
#[cfg(test)]
mod walk_forward_life;
#[cfg(test)]
mod window_trials;
