//! What the operating system says of this process, under the names that every exporter uses. Where
//! there is no `/proc`, nothing is said.

use std::fmt;
use std::fs;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;

use crate::system::proc_units;

/// Looked at when asked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Process;

/// The fields of `/proc/self/stat` after the name, which is in parentheses, from the state on.
const UTIME: usize = 11;
const STIME: usize = 12;
const THREADS: usize = 17;
const VIRTUAL_BYTES: usize = 20;
const START_TICKS: usize = 19;
const RESIDENT_PAGES: usize = 21;

type Gauges = [(&'static str, &'static str, f64); 5];

impl Process {
    /// The time on all cores, and the gauges by name and meaning.
    fn look() -> Option<(f64, Gauges)> {
        let stat = fs::read_to_string("/proc/self/stat").ok()?;
        let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
        let number = |index: usize| fields.get(index)?.parse::<u64>().ok();
        let (ticks, page_bytes) = proc_units();
        let cpu_seconds = (number(UTIME)? + number(STIME)?) as f64 / ticks;
        let resident = number(RESIDENT_PAGES)? as f64 * page_bytes;
        // The folder itself is open while it is read.
        let open_files = fs::read_dir("/proc/self/fd").ok()?.count().saturating_sub(1) as u64;
        Some((
            cpu_seconds,
            [
                ("process_resident_memory_bytes", "Memory in use", resident),
                ("process_virtual_memory_bytes", "Memory reserved", number(VIRTUAL_BYTES)? as f64),
                ("process_open_fds", "Open file descriptors", open_files as f64),
                ("process_threads", "Threads", number(THREADS)? as f64),
                (
                    "process_start_time_seconds",
                    "Start of the process, in seconds since 1970 UTC",
                    boot_seconds()? + number(START_TICKS)? as f64 / ticks,
                ),
            ],
        ))
    }
}

/// When the machine started, in seconds since 1970.
fn boot_seconds() -> Option<f64> {
    let stat = fs::read_to_string("/proc/stat").ok()?;
    stat.lines().find_map(|line| line.strip_prefix("btime "))?.trim().parse().ok()
}

impl Collector for Process {
    fn encode(&self, mut encoder: DescriptorEncoder) -> fmt::Result {
        let Some((cpu_seconds, gauges)) = Self::look() else { return Ok(()) };
        let counter = ConstCounter::new(cpu_seconds);
        let name = "process_cpu_seconds";
        let kind = counter.metric_type();
        counter.encode(encoder.encode_descriptor(name, "Time on all cores", None, kind)?)?;
        for (name, help, value) in gauges {
            let gauge = ConstGauge::new(value);
            gauge.encode(encoder.encode_descriptor(name, help, None, gauge.metric_type())?)?;
        }
        Ok(())
    }
}
