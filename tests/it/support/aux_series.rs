//! Auxiliary series as tests say them.

use futures_util::stream;
use tonic::Status;
use tradeforge::pb;
use tradeforge::pb::column::Values;
use tradeforge::pb::import_aux_request::Source;
use tradeforge::pb::upload_aux_request::Part;

use super::client::Client;
use super::within;

/// A file of an auxiliary series, with an absent value and one that is a word.
pub(crate) const AUX_ROWS: &str =
    "known_at,weight,score\n1735689600000,0.5,\n1735693200000,True,-1e3\n";

/// A series that belongs to no instrument, whose file has a column `known_at`.
pub(crate) fn aux(name: &str) -> pb::AuxSpec {
    pb::AuxSpec { name: name.into(), ..Default::default() }
}

/// The same of `TEST:symbol`.
pub(crate) fn aux_of(name: &str, symbol: &str) -> pb::AuxSpec {
    pb::AuxSpec { exchange: "TEST".into(), symbol: symbol.into(), ..aux(name) }
}

impl Client {
    /// Imports the text of a file.
    pub(crate) async fn import_aux(
        &self,
        spec: pb::AuxSpec,
        file: impl Into<Vec<u8>>,
    ) -> Result<pb::ImportAuxResponse, Status> {
        let request = pb::ImportAuxRequest {
            aux: Some(spec),
            source: Some(Source::Content(file.into())),
            ..Default::default()
        };
        Ok(within(self.market_data().import_aux(request)).await?.into_inner())
    }

    /// Sends these pieces as one upload.
    pub(crate) async fn upload_aux(
        &self,
        parts: Vec<Part>,
    ) -> Result<pb::UploadAuxResponse, Status> {
        let pieces = parts.into_iter().map(|part| pb::UploadAuxRequest { part: Some(part) });
        let upload = within(self.market_data().upload_aux(stream::iter(pieces))).await;
        Ok(upload?.into_inner())
    }

    pub(crate) async fn all_aux(&self, include_old_versions: bool) -> Vec<pb::AuxSeries> {
        let request = pb::ListAuxRequest { include_old_versions, ..Default::default() };
        let response = within(self.market_data().list_aux(request)).await;
        response.expect("a page").into_inner().aux
    }

    /// Every row of a version: when it was known, and its values.
    pub(crate) async fn aux_rows(&self, series: &pb::AuxSeries) -> Vec<(i64, Vec<Option<f64>>)> {
        let data_sha256 = series.data_sha256.clone();
        let request = pb::ExportAuxRequest { data_sha256, ..Default::default() };
        let stream = within(self.market_data().export_aux(request)).await;
        let mut stream = stream.expect("it is stored").into_inner();
        let mut rows = Vec::new();
        while let Some(part) = within(stream.message()).await.expect("a whole export") {
            rows.extend((0..part.row_count as usize).map(|row| row_of(&part.columns, row)));
        }
        rows
    }

    pub(crate) async fn delete_aux(&self, series: &pb::AuxSeries) -> Result<(), Status> {
        let spec = series.spec.clone().expect("a spec");
        let request = pb::DeleteAuxRequest {
            data_sha256: series.data_sha256.clone(),
            name: spec.name,
            exchange: spec.exchange,
            symbol: spec.symbol,
        };
        within(self.market_data().delete_aux(request)).await.map(drop)
    }
}

fn row_of(columns: &[pb::Column], row: usize) -> (i64, Vec<Option<f64>>) {
    let Some(Values::Ints(times)) = &columns[0].values else { panic!("no times") };
    let value = |column: &pb::Column| {
        let Some(Values::Doubles(numbers)) = &column.values else { panic!("no numbers") };
        let is_there = column.validity.get(row / 8).is_none_or(|byte| byte >> (row % 8) & 1 == 1);
        is_there.then(|| numbers.values[row])
    };
    (times.values[row], columns[1..].iter().map(value).collect())
}
