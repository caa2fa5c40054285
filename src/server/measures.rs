//! Everything that is measured of a server, brought together from the layers that own it.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use crate::data::BarStore;
use crate::grpc::Services;
use crate::runner::Load;
use crate::storage::Store;
use crate::system;
use crate::telemetry::{Look, Registry, measure_traces};

/// What is measured besides the services.
pub(super) struct Measured<'m> {
    pub services: &'m Services,
    pub store: &'m Store,
    pub bars: &'m Arc<BarStore>,
    pub database: PathBuf,
}

impl Measured<'_> {
    pub(super) fn registry(
        &self,
        busy_ratio: impl Fn() -> f64 + Send + Sync + 'static,
        elsewhere: Vec<(&'static str, &'static str, Look)>,
    ) -> Registry {
        let Self { services, store, bars, .. } = self;
        let mut registry = Registry::new(env!("CARGO_PKG_VERSION"), env!("TRADEFORGE_REVISION"));
        registry.add(services.runner.instruments());
        registry.add(&services.rpcs);
        registry.add(store.write_measures());
        registry.add(bars.lookups());
        registry.add(services.hooks.instruments());
        measure_traces(&mut registry);
        let hooks = Arc::clone(&services.hooks);
        let help = "Events that are on their way to webhooks";
        registry.add_gauge("tradeforge_hook_backlog", help, move || hooks.pending() as f64);
        let streams = services.streams.clone();
        registry.add_gauge("tradeforge_watch_streams", "Watch streams that are open", move || {
            streams.count() as f64
        });
        let exports = services.exports.clone();
        registry.add_gauge("tradeforge_exports", "Exports that are under way", move || {
            exports.count() as f64
        });
        let help = "Part of the threads that compute at the moment";
        registry.add_gauge("tradeforge_worker_busy_ratio", help, busy_ratio);
        for (name, help, look) in elsewhere {
            registry.add_gauge(name, help, look);
        }
        let cached = Arc::clone(bars);
        registry.add_gauge(
            "tradeforge_bar_cache_bytes",
            "Bytes of the bars in memory",
            move || cached.cached_bytes() as f64,
        );
        self.add_runs(&mut registry);
        self.add_disk(&mut registry);
        registry
    }

    fn add_runs(&self, registry: &mut Registry) {
        let runner = &self.services.runner;
        let load = |look: fn(Load) -> usize| {
            let runner = Arc::clone(runner);
            move || look(runner.load()) as f64
        };
        let help = "Runs that wait for their turn";
        registry.add_gauge("tradeforge_queue_depth", help, load(|load| load.pending));
        let help = "Runs that are paused";
        registry.add_gauge("tradeforge_runs_paused", help, load(|load| load.paused));
        let help = "Runs that wait or compute, by kind";
        let kinds: Vec<(_, Look)> = vec![
            ("BACKTEST", Box::new(load(|load| load.backtests))),
            ("OPTIMIZATION", Box::new(load(|load| load.searches))),
        ];
        registry.add_gauges("tradeforge_runs_active", help, "kind", kinds);
        let help = "Live runs that do not go on, by what they wait for";
        let mut reasons: Vec<(_, Look)> = Vec::new();
        for (place, still) in runner.standstills().into_iter().enumerate() {
            let runner = Arc::clone(runner);
            let look = move || runner.standstills().get(place).map_or(0.0, |it| it.count as f64);
            reasons.push((still.reason, Box::new(look)));
        }
        registry.add_gauges("tradeforge_runs_waiting", help, "reason", reasons);
        let help = "How many wait in a queue";
        let mut queues: Vec<(_, Look)> = Vec::new();
        for (place, (name, _)) in runner.queue_lengths().into_iter().enumerate() {
            let runner = Arc::clone(runner);
            queues.push((name, Box::new(move || runner.queue_lengths()[place].1 as f64)));
        }
        let store = self.store.clone();
        queues.push(("writes", Box::new(move || store.writes_waiting() as f64)));
        registry.add_gauges("tradeforge_queue_length", help, "queue", queues);
    }

    fn add_disk(&self, registry: &mut Registry) {
        let of_file = |suffix: &str| {
            let path = self.database.with_extension(suffix);
            move || fs::metadata(&path).map_or(0.0, |metadata| metadata.len() as f64)
        };
        let help = "Size of the files of the database";
        let files: Vec<(_, Look)> =
            vec![("data", Box::new(of_file("db"))), ("log", Box::new(of_file("db-wal")))];
        registry.add_gauges("tradeforge_database_bytes", help, "file", files);
        let disk = |look: fn(system::Disk) -> u64| {
            let path = self.database.clone();
            move || system::disk(&path).map_or(f64::NAN, |disk| look(disk) as f64)
        };
        let help = "Room left for the data directory";
        registry.add_gauge("tradeforge_disk_free_bytes", help, disk(|disk| disk.free));
        let help = "Size of the disk that the data directory is on";
        registry.add_gauge("tradeforge_disk_size_bytes", help, disk(|disk| disk.size));
    }
}
