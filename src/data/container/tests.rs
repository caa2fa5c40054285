//! What files are packed in, told by content alone.

use std::io::Write as _;

use zip::write::SimpleFileOptions;

use super::*;

/// Rows of minutes from `first` on.
fn csv(first: i64, count: i64) -> Vec<u8> {
    let row =
        |minute: i64| format!("{},1.5,2,1,1.25,{minute}\n", minute * 60_000 + 1_704_067_200_000);
    let rows: String = (first..first + count).map(row).collect();
    format!("timestamp,open,high,low,close,volume\n{rows}").into_bytes()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 1).unwrap()
}

fn xz(bytes: &[u8]) -> Vec<u8> {
    let options = lzma_rust2::XzOptions::with_preset(1);
    let mut writer = lzma_rust2::XzWriter::new(Vec::new(), options).unwrap();
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap()
}

fn bzip2(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zip_of(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        archive.start_file(*name, SimpleFileOptions::default()).unwrap();
        archive.write_all(bytes).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

fn tar_of(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = tar::Builder::new(Vec::new());
    for (name, bytes) in files {
        let mut header = tar::Header::new_ustar();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        archive.append_data(&mut header, name, *bytes).unwrap();
    }
    archive.into_inner().unwrap()
}

fn read_for(symbol: Option<&str>, packed: Vec<u8>) -> Result<Contents, String> {
    let mut declared = Declared::of("1m".parse().unwrap());
    declared.layout.symbol = symbol.map(str::to_owned);
    let dir = std::env::temp_dir();
    let read = read_file("a", Content::of_bytes(packed), &declared, &dir);
    read.map_err(|error| error.to_string())
}

fn read(packed: Vec<u8>) -> Result<Contents, String> {
    read_for(None, packed)
}

fn refusal(packed: Vec<u8>) -> String {
    read(packed).map(|it| it.tables.len()).unwrap_err()
}

#[test]
fn packed_files_are_told_by_their_first_bytes() {
    let text = csv(0, 500);
    let plain = read(text.clone()).unwrap().tables.remove(0).columns();
    assert_eq!(plain.len(), 500);
    let tar = tar_of(&[("x/BTCUSDT-1m.csv", &text)]);
    let zipped = |name: &str, bytes: &[u8]| zip_of(&[(name, bytes)]);
    for packed in [
        gzip(&text),
        zstd(&text),
        xz(&text),
        bzip2(&text),
        zipped("a.csv", &text),
        zipped("a.csv.gz", &gzip(&text)),
        gzip(&tar),
        xz(&tar),
        tar,
    ] {
        assert_eq!(read(packed).unwrap().tables.remove(0).columns(), plain);
    }
}

#[test]
fn files_packed_one_after_the_other_are_one() {
    let text = csv(0, 40);
    let (start, end) = text.split_at(200);
    for packed in [gzip, bzip2, xz, zstd] {
        let two = [packed(start), packed(end)].concat();
        assert_eq!(read(two).unwrap().tables[0].bars.len(), 40);
    }
}

#[test]
fn of_several_files_those_with_bars_are_read_and_the_others_told() {
    let (early, late) = (csv(0, 5), csv(5, 7));
    let files: &[(&str, &[u8])] = &[
        ("__MACOSX/._a.csv", b"x"),
        ("folder/", b""),
        ("2024-01.csv", &early),
        ("report.txt", b"# a report\nof 12 bars, and no gap\n"),
        ("2024-02.csv", &late),
        ("page.html", b"<!DOCTYPE html><p>1,2,3,4,5"),
        (".DS_Store", b"x"),
    ];
    for packed in [zip_of(files), gzip(&tar_of(&files[2..6]))] {
        let Contents { tables, left_out } = read(packed).unwrap();
        let names: Vec<_> = tables.iter().map(|table| table.source_name.as_str()).collect();
        assert_eq!(names, ["a/2024-01.csv", "a/2024-02.csv"]);
        assert_eq!(left_out, ["report.txt", "page.html"]);
    }
}

#[test]
fn a_table_with_a_fault_refuses_all_and_none_with_bars_names_what_there_is() {
    let (good, mut faulty) = (csv(0, 3), csv(3, 5));
    faulty.truncate(faulty.len() - 10);
    let said = refusal(zip_of(&[("2024-01.csv", &good), ("2024-02.csv", &faulty)]));
    assert!(said.starts_with("a/2024-02.csv line 6"), "{said}");
    let none: &[(&str, &[u8])] = &[("a.txt", b"# a"), ("b.txt", b"# b")];
    let said = refusal(gzip(&tar_of(none)));
    assert!(said.contains("none of its files holds bars: a.txt, b.txt"), "{said}");
    assert!(refusal(zip_of(&[("a.txt", b"# a")])).starts_with("a/a.txt: "));
    assert!(refusal(zip_of(&[])).contains("none of its files"));
    let twice = zip_of(&[("b.zip", &zip_of(&[("a.csv", &good)]))]);
    assert!(refusal(twice).contains("packed once more"));
}

#[test]
fn files_of_several_instruments_are_refused_until_one_is_chosen() {
    let (bars, others) = (csv(0, 50), csv(1, 50));
    let packed = zip_of(&[("AAPL.csv", &bars), ("MSFT.csv", &others)]);
    let said = refusal(packed.clone());
    assert!(said.contains("several instruments (its files: AAPL, MSFT)"), "{said}");
    let Contents { tables, left_out } = read_for(Some("msft"), packed).unwrap();
    assert_eq!((tables.len(), tables[0].columns().open_time_ms[0]), (1, 1_704_067_260_000));
    assert_eq!(left_out, ["AAPL.csv"]);
}

#[test]
fn a_bomb_is_refused_before_it_goes_off() {
    let rows = csv(0, 1);
    let blank = [&rows[..], &b" \n".repeat(9 << 20)].concat();
    // To pack it takes longer than to find out: once.
    let packed = gzip(&blank);
    let within = zip_of(&[("a.gz", &packed)]);
    let zipped = zip_of(&[("a", &blank)]);
    for bomb in [packed, zstd(&blank), bzip2(&blank), xz(&blank), zipped, within] {
        let said = refusal(bomb);
        assert!(said.contains("unpacks to more than"), "{said}");
    }
}

#[test]
fn damage_is_told() {
    for packed in [gzip, xz, bzip2, zstd] {
        let mut broken = packed(&csv(0, 1_000));
        broken.truncate(broken.len() / 2);
        assert!(read(broken).is_err());
    }
    let mut broken = tar_of(&[("a.csv", &csv(0, 1_000))]);
    broken.truncate(20_000);
    assert!(read(broken).is_err());
    assert!(read(b"PK\x03\x04 and nothing more".to_vec()).is_err());
}
