//! What a file is, by its first bytes; names are not looked at.

/// Where a tar says that it is one, and what it says.
const TAR_MARK_AT: usize = 257;
const TAR_MARK: &[u8] = b"ustar";
/// So many bytes tell what a file is.
pub(super) const HEAD_BYTES: usize = 512;

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Packed(Packing),
    Zip,
    Tar,
    Parquet,
    Arrow,
    Json,
    /// Lines of fields, or nothing that is known.
    Text,
    /// No bars that can be read, and what would be.
    Foreign {
        what: &'static str,
        advice: &'static str,
    },
}

/// How one stream of bytes is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Packing {
    Gzip,
    Zstd,
    Xz,
    Bzip2,
}

const KINDS: [(&[u8], Kind); 8] = [
    (b"\x1f\x8b", Kind::Packed(Packing::Gzip)),
    (b"\x28\xb5\x2f\xfd", Kind::Packed(Packing::Zstd)),
    (b"\xfd7zXZ\0", Kind::Packed(Packing::Xz)),
    (b"BZh", Kind::Packed(Packing::Bzip2)),
    (b"PK\x03\x04", Kind::Zip),
    // A zip without files.
    (b"PK\x05\x06", Kind::Zip),
    (b"PAR1", Kind::Parquet),
    (b"ARROW1", Kind::Arrow),
];

const AS_PARQUET: &str = "write it as Parquet or CSV";
const UNPACKED: &str = "unpack it first";
const FOREIGN: [(&[u8], &str, &str); 13] = [
    (b"FEA1", "Feather of the first version", "write it as Parquet, CSV or Feather 2"),
    (
        b"\xff\xff\xff\xff",
        "a stream of Arrow",
        "write it as a file (pyarrow.feather.write_feather), or as Parquet",
    ),
    (b"\x89HDF", "HDF5", AS_PARQUET),
    (b"SQLite format 3", "an SQLite database", "write its table as CSV"),
    (b"\x80\x04\x95", "a Python pickle", AS_PARQUET),
    (b"\x80\x05\x95", "a Python pickle", AS_PARQUET),
    (b"\x93NUMPY", "a NumPy array", AS_PARQUET),
    (b"ORC", "ORC", AS_PARQUET),
    (b"Obj\x01", "Avro", AS_PARQUET),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook (.xls)", "save it as .xlsx or CSV"),
    (b"7z\xbc\xaf", "a 7z archive", UNPACKED),
    (b"Rar!", "a RAR archive", UNPACKED),
    (b"%PDF", "a PDF", "look for the same bars as CSV"),
];

impl Kind {
    /// What the file is that begins so.
    pub(super) fn of(head: &[u8]) -> Self {
        if let Some((_, kind)) = KINDS.iter().find(|(mark, _)| head.starts_with(mark)) {
            return *kind;
        }
        if let Some((_, what, advice)) = FOREIGN.iter().find(|(mark, ..)| head.starts_with(mark)) {
            return Self::Foreign { what, advice };
        }
        if head.get(TAR_MARK_AT..).is_some_and(|rest| rest.starts_with(TAR_MARK)) {
            return Self::Tar;
        }
        let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
        if is_page(text) {
            let advice = "is the download behind a login?";
            return Self::Foreign { what: "a web page", advice };
        }
        if is_json(text) { Self::Json } else { Self::Text }
    }
}

fn is_page(text: &[u8]) -> bool {
    let begins =
        |mark: &[u8]| text.get(..mark.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(mark));
    [&b"<!doctype html"[..], b"<html", b"<head", b"<table", b"<body"].into_iter().any(begins)
}

/// In a log or an INI file, a name may stand in brackets.
fn is_json(text: &[u8]) -> bool {
    let Some((first, rest)) = text.split_first() else { return false };
    let next = rest.trim_ascii_start().first();
    match first {
        b'{' => next.is_none_or(|next| b"\"}".contains(next)),
        b'[' => next.is_none_or(|next| b"[{]\"-".contains(next) || next.is_ascii_digit()),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_told_from_text_by_its_beginning() {
        for json in ["[[1", " \n[ {", "{\"a\"", "\u{feff}[[", "[]", "[1740787200,1]\n"] {
            assert_eq!(Kind::of(json.as_bytes()), Kind::Json, "{json}");
        }
        for text in ["time,open", "[section]\na=1", "", "20240101;1;2", "{x} y"] {
            assert_eq!(Kind::of(text.as_bytes()), Kind::Text, "{text}");
        }
    }

    #[test]
    fn what_holds_no_bars_is_named() {
        for (head, wanted) in [
            (&b"\x89HDF\r\n"[..], "HDF5"),
            (b"\n<!DOCTYPE HTML>", "a web page"),
            (b"<table><tr><th>Date", "a web page"),
            (b"\xff\xff\xff\xff\xb8\x01\0\0", "a stream of Arrow"),
        ] {
            let Kind::Foreign { what, .. } = Kind::of(head) else { panic!("{head:?}") };
            assert_eq!(what, wanted);
        }
    }
}
