//! Of which zones the times of a Parquet file are, for which the format itself has no words: pandas
//! keeps them as JSON, and whatever stands on Arrow (pyarrow, polars) as the schema that it had.

use arrow_ipc::root_as_message;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use parquet::file::metadata::KeyValue;
use serde_json::Value;

use super::zoned_text::{Zone, zone_of};

const PANDAS: &str = "pandas";
const ARROW: &str = "ARROW:schema";
/// How long either may be.
const BYTES_MAX: usize = 1 << 20;
/// What begins a message of Arrow since 0.15; its length follows, as before.
const CONTINUES: [u8; 4] = [0xff; 4];

/// The columns of times that the writer told of, and the zone of each that has one.
#[derive(Clone, Debug, Default)]
pub(super) struct WriterZones(Vec<(String, Option<String>)>);

impl WriterZones {
    /// What the file says beside its schema. What cannot be read says nothing.
    pub(super) fn of(metadata: Option<&Vec<KeyValue>>) -> Self {
        let text = |key: &str| {
            let found = metadata.into_iter().flatten().find(|pair| pair.key == key);
            let text = found.and_then(|pair| pair.value.as_deref());
            text.filter(|text| text.len() <= BYTES_MAX)
        };
        // Of a column that both tell of, the first counts.
        let mut columns = text(PANDAS).map(of_pandas).unwrap_or_default();
        columns.extend(text(ARROW).and_then(of_arrow).unwrap_or_default());
        Self(columns)
    }

    /// Whether its times are told to have no zone.
    pub(super) fn is_naive(&self, name: &str) -> bool {
        self.column(name).is_some_and(Option::is_none)
    }

    /// Whether its times are told to have one.
    pub(super) fn has_zone(&self, name: &str) -> bool {
        self.column(name).is_some_and(Option::is_some)
    }

    /// The zone of a column, if it is one that is known and not UTC.
    pub(super) fn zone(&self, name: &str) -> Option<Zone> {
        let zone = zone_of(self.column(name)?.as_deref()?)?;
        (!zone.is_utc()).then_some(zone)
    }

    fn column(&self, name: &str) -> Option<&Option<String>> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, zone)| zone)
    }
}

fn of_pandas(text: &str) -> Vec<(String, Option<String>)> {
    let said: Option<Value> = serde_json::from_str(text).ok();
    let columns = said.as_ref().and_then(|said| said["columns"].as_array());
    let column = |column: &Value| {
        let name = column["field_name"].as_str().or_else(|| column["name"].as_str())?;
        let is_time = column["pandas_type"].as_str()?.starts_with("datetime");
        let zone = column["metadata"]["timezone"].as_str().map(str::to_owned);
        is_time.then(|| (name.to_owned(), zone))
    };
    columns.into_iter().flatten().filter_map(column).collect()
}

fn of_arrow(text: &str) -> Option<Vec<(String, Option<String>)>> {
    let bytes = BASE64_STANDARD.decode(text).ok()?;
    let rest = bytes.strip_prefix(&CONTINUES).unwrap_or(&bytes);
    let schema = root_as_message(rest.get(4..)?).ok()?.header_as_schema()?;
    let column = |field: arrow_ipc::Field<'_>| {
        let zone = field.type_as_timestamp()?.timezone().map(str::to_owned);
        Some((field.name()?.to_owned(), zone.filter(|zone| !zone.is_empty())))
    };
    Some(schema.fields()?.into_iter().filter_map(column).collect())
}
