//! The words in which the tests are written: servers, markets, work, answers.

mod aux_series;
mod child;
mod client;
mod dice;
mod elastic;
mod executors;
#[cfg(feature = "fleet")]
mod fleet;
mod http;
mod issuer;
mod market;
mod model;
mod packing;
mod parquet;
mod python;
mod raw;
mod receiver;
mod refusal;
mod server;
mod stress;
mod sweep;
mod walk;
mod work;

pub(crate) use aux_series::{AUX_ROWS, aux, aux_of};
pub(crate) use child::{ChildServer, Home};
pub(crate) use client::{Client, Watch, hash_of};
pub(crate) use dice::Dice;
pub(crate) use elastic::Elastic;
pub(crate) use executors::{Faulty, Poisonous, Strict, Unreliable};
#[cfg(feature = "fleet")]
pub(crate) use fleet::{Broker, COUNTED, FleetWorker, free_port};
pub(crate) use http::{Answer, raw_exchange, request};
pub(crate) use issuer::{Issuer, now_s};
pub(crate) use market::{MINUTE_MS, Market, START_MS, series};
pub(crate) use model::{Model, Named, check_trials};
pub(crate) use packing::{arrow_of, bzip2, tar_of, weights_arrow_of, workbook_of, xz};
pub(crate) use parquet::{naive_parquet_of, parquet_of, weights_parquet_of};
pub(crate) use python::{output_of, python_with};
pub(crate) use raw::{Raw, raw_call, raw_call_as};
pub(crate) use receiver::{Receiver, Reply, Told};
pub(crate) use refusal::Refusal;
pub(crate) use server::TestServer;
pub(crate) use stress::{crossing, few, gated_five, over_hours, stress, stressed};
pub(crate) use sweep::{Sweep, search_result};
pub(crate) use walk::{
    DAY_MS, DAYS, again, days_of, hours, hours_on, import_hours, lengths, on_hours, rolling,
    searched, tested, twelve, walk, walked,
};
pub(crate) use work::{
    Work, buy_and_hold, double, gate, int, rsi_reversion, sma_cross, text, work,
};

use std::time::Duration;

/// The most that anything here may take; only a broken server needs it.
pub(crate) const PATIENCE: Duration = Duration::from_mins(2);

/// The future's value; a test that would hang fails instead.
#[track_caller]
pub(crate) fn within<T>(future: impl Future<Output = T>) -> impl Future<Output = T> {
    let caller = std::panic::Location::caller();
    async move {
        let value = tokio::time::timeout(PATIENCE, future).await;
        value.unwrap_or_else(|_| panic!("nothing happened for {PATIENCE:?} at {caller}"))
    }
}

/// All values of what runs at the same time.
pub(crate) async fn at_once<T>(
    futures: impl IntoIterator<Item = impl Future<Output = T>>,
) -> Vec<T> {
    within(futures_util::future::join_all(futures)).await
}
