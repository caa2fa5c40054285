//! Files packed as people pack them.

use std::io::{Cursor, Write as _};
use std::sync::Arc;

use arrow_array::{ArrayRef, Float64Array, RecordBatch, TimestampMillisecondArray};
use arrow_ipc::CompressionType;
use arrow_ipc::writer::{FileWriter, IpcWriteOptions};
use zip::write::SimpleFileOptions;

/// Packed by xz.
pub(crate) fn xz(bytes: &[u8]) -> Vec<u8> {
    let options = lzma_rust2::XzOptions::with_preset(1);
    let mut writer = lzma_rust2::XzWriter::new(Vec::new(), options).expect("room");
    writer.write_all(bytes).expect("room");
    writer.finish().expect("room")
}

/// Packed by bzip2.
pub(crate) fn bzip2(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    encoder.write_all(bytes).expect("room");
    encoder.finish().expect("room")
}

/// A tar of one file.
pub(crate) fn tar_of(name: &str, bytes: &[u8]) -> Vec<u8> {
    let mut archive = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_ustar();
    header.set_size(bytes.len() as u64);
    header.set_mode(0o644);
    archive.append_data(&mut header, name, bytes).expect("room");
    archive.into_inner().expect("room")
}

/// The bars of a CSV file as an Arrow file.
pub(crate) fn arrow_of(csv: &str, packed: Option<CompressionType>) -> Vec<u8> {
    columns_of(csv, "date", &["open", "high", "low", "close", "volume"], packed)
}

/// The rows of a CSV file of times and weights as an Arrow file.
pub(crate) fn weights_arrow_of(csv: &str) -> Vec<u8> {
    columns_of(csv, "known_at", &["weight"], None)
}

fn columns_of(csv: &str, time: &str, names: &[&str], packed: Option<CompressionType>) -> Vec<u8> {
    let rows: Vec<Vec<f64>> = csv
        .lines()
        .skip(1)
        .map(|row| row.split(',').map(|field| field.parse().expect("a number")).collect())
        .collect();
    let times = rows.iter().map(|row| row[0] as i64);
    let times = TimestampMillisecondArray::from_iter_values(times).with_timezone("UTC");
    let names = names.iter().enumerate();
    let columns = names.map(|(place, name)| {
        let values: Vec<f64> = rows.iter().map(|row| row[place + 1]).collect();
        (*name, Arc::new(Float64Array::from(values)) as ArrayRef)
    });
    let columns = [(time, Arc::new(times) as ArrayRef)].into_iter().chain(columns);
    let batch = RecordBatch::try_from_iter(columns).expect("columns of one length");
    let options = IpcWriteOptions::default().try_with_compression(packed).expect("a codec");
    let mut writer =
        FileWriter::try_new_with_options(Vec::new(), &batch.schema(), options).expect("a schema");
    writer.write(&batch).expect("room");
    writer.into_inner().expect("a whole file")
}

/// The rows of a CSV file as the one sheet of a workbook.
pub(crate) fn workbook_of(csv: &str) -> Vec<u8> {
    let cell = |field: &str| match field.parse::<f64>() {
        Ok(_) => format!("<c><v>{field}</v></c>"),
        Err(_) => format!("<c t=\"inlineStr\"><is><t>{field}</t></is></c>"),
    };
    let row = |line: &str| {
        let cells: Vec<String> = line.split(',').map(cell).collect();
        format!("<row>{}</row>", cells.concat())
    };
    let rows: Vec<String> = csv.lines().map(row).collect();
    let relation = |kind: &str, target: &str| {
        format!(
            "<Relationships><Relationship Id=\"r1\" Type=\"http://schemas.openxmlformats.org/\
             officeDocument/2006/relationships/{kind}\" Target=\"{target}\"/></Relationships>"
        )
    };
    let sheets = "<sheets><sheet name=\"Bars\" sheetId=\"1\" r:id=\"r1\"/></sheets>";
    let parts = [
        ("_rels/.rels", relation("officeDocument", "xl/workbook.xml")),
        ("xl/workbook.xml", format!("<workbook xmlns:r=\"r\">{sheets}</workbook>")),
        ("xl/_rels/workbook.xml.rels", relation("worksheet", "worksheets/sheet1.xml")),
        (
            "xl/worksheets/sheet1.xml",
            format!("<worksheet><sheetData>{}</sheetData></worksheet>", rows.concat()),
        ),
    ];
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in parts {
        archive.start_file(name, SimpleFileOptions::default()).expect("room");
        archive.write_all(text.as_bytes()).expect("room");
    }
    archive.finish().expect("room").into_inner()
}
