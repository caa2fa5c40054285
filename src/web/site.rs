//! The web client out of the binary: its files by name, and its one page for every other path.
//! `build.rs` embeds what `clients/web` was built to; a build without it has a page that says so.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::LazyLock;

use axum::response::{IntoResponse as _, Response};
use flate2::Compression;
use flate2::write::GzEncoder;
use http::{HeaderMap, HeaderName, StatusCode, header};
use tonic::Code;

use super::refusal::HttpRefusal;
use crate::digest::Digest;
use crate::json::Refusal;

include!(concat!(env!("OUT_DIR"), "/site_files.rs"));

const INDEX: &str = "index.html";

const PLACEHOLDER: &[u8] = b"<!doctype html>\n<html lang=\"en\"><title>TradeForge</title>\n\
    <h1>TradeForge is serving</h1>\n\
    <p>gRPC and grpc-web answer on this port. \
    The web client is not in this binary; to add it:</p>\n\
    <pre>npm --prefix clients/web ci &amp;&amp; npm --prefix clients/web run build &amp;&amp; \
    cargo build</pre>\n</html>\n";

/// A file with what is computed of it once.
struct File {
    bytes: &'static [u8],
    gzip: Option<Vec<u8>>,
    content_type: &'static str,
    tag: String,
}

static SITE: LazyLock<BTreeMap<&str, File>> = LazyLock::new(|| {
    let placeholder = SITE_FILES.is_empty().then_some((INDEX, PLACEHOLDER));
    let files = SITE_FILES.iter().copied().chain(placeholder);
    files.map(|(name, bytes)| (name, File::of(name, bytes))).collect()
});

impl File {
    fn of(name: &str, bytes: &'static [u8]) -> Self {
        let (content_type, is_text) = content_type(name);
        let tag = Digest::of(bytes).to_string()[..16].to_owned();
        Self { bytes, gzip: is_text.then(|| gzip(bytes)), content_type, tag }
    }
}

/// What the page shows, as its own router states it (`clients/web/src/app/App.tsx`).
const PAGES: [&str; 8] = [
    "/",
    "/new",
    "/runs/:id/trials/:index",
    "/runs/:id",
    "/compare",
    "/data",
    "/strategies",
    "/system",
];

/// The file of that path, or the page if that shows what the path names.
pub(super) fn serve(path: &str, headers: &HeaderMap) -> Response {
    let name = path.trim_start_matches('/');
    let file = SITE.get(name).or_else(|| SITE.get(INDEX).filter(|_| is_page(path)));
    file.map_or_else(|| missing(path), |file| answer(file, headers))
}

fn is_page(path: &str) -> bool {
    let is_like = |page: &str| {
        let (mut page, mut path) = (page.split('/'), path.split('/'));
        loop {
            match (page.next(), path.next()) {
                (None, None) => return true,
                // A name with a dot is that of a file.
                (Some(part), Some(named)) if part.starts_with(':') => {
                    if named.is_empty() || named.contains('.') {
                        return false;
                    }
                }
                (part, named) if part == named => {}
                _ => return false,
            }
        }
    };
    PAGES.iter().any(|page| is_like(page))
}

fn missing(path: &str) -> Response {
    let message = format!("there is no {path}");
    let refusal = Refusal::plain(Code::NotFound, "NO_SUCH_FILE", message);
    HttpRefusal { status: StatusCode::NOT_FOUND, refusal }.into_response()
}

/// Kept by browsers but asked for each time: a tag costs nothing, and a new binary shows at once.
fn answer(file: &'static File, headers: &HeaderMap) -> Response {
    let gzip = file.gzip.as_deref().filter(|_| accepts_gzip(headers));
    let tag =
        if gzip.is_some() { format!("\"{}-gz\"", file.tag) } else { format!("\"{}\"", file.tag) };
    let kept = values(headers, header::IF_NONE_MATCH).any(|kept| kept == tag || kept == "*");
    let caching = [
        (header::ETAG, tag),
        (header::CACHE_CONTROL, "no-cache".to_owned()),
        (header::VARY, "accept-encoding".to_owned()),
    ];
    if kept {
        return (StatusCode::NOT_MODIFIED, caching).into_response();
    }
    let is_what = [(header::CONTENT_TYPE, file.content_type)];
    match gzip {
        Some(gzip) => {
            let packed = [(header::CONTENT_ENCODING, "gzip")];
            (caching, is_what, packed, gzip).into_response()
        }
        None => (caching, is_what, file.bytes).into_response(),
    }
}

/// The parts of a header that is a list.
fn values(headers: &HeaderMap, name: HeaderName) -> impl Iterator<Item = &str> {
    let all = headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
    all.flat_map(|value| value.split(',')).map(str::trim)
}

fn accepts_gzip(headers: &HeaderMap) -> bool {
    values(headers, header::ACCEPT_ENCODING).any(|coding| {
        let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
        let is_refused = weight.trim().strip_prefix("q=").is_some_and(|q| q.parse() == Ok(0.0));
        matches!(name.trim(), "gzip" | "*") && !is_refused
    })
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    let packed = encoder.write_all(bytes).and_then(|()| encoder.finish());
    packed.expect("writing to memory can not fail")
}

/// The type, and whether packing makes it smaller.
fn content_type(name: &str) -> (&'static str, bool) {
    match name.rsplit('.').next().unwrap_or_default() {
        "html" => ("text/html; charset=utf-8", true),
        "js" => ("text/javascript; charset=utf-8", true),
        "css" => ("text/css; charset=utf-8", true),
        "svg" => ("image/svg+xml", true),
        "json" => ("application/json", true),
        "webmanifest" => ("application/manifest+json", true),
        "txt" => ("text/plain; charset=utf-8", true),
        "png" => ("image/png", false),
        "ico" => ("image/x-icon", false),
        "woff2" => ("font/woff2", false),
        _ => ("application/octet-stream", false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(name: HeaderName, value: &'static str) -> HeaderMap {
        [(name, http::HeaderValue::from_static(value))].into_iter().collect()
    }

    #[test]
    fn gzip_is_sent_to_those_who_take_it() {
        for taken in ["gzip", "br, gzip;q=0.5", "*", "deflate ,gzip"] {
            assert!(accepts_gzip(&with(header::ACCEPT_ENCODING, taken)), "{taken}");
        }
        for refused in ["", "br", "gzip;q=0", "gzip; q=0.0", "x-gzip-not"] {
            assert!(!accepts_gzip(&with(header::ACCEPT_ENCODING, refused)), "{refused}");
        }
    }

    #[test]
    fn a_page_is_answered_for_links_into_it_and_for_nothing_else() {
        for path in ["/", "/runs/1", "/runs/1/trials/2", "/new", "/data", "/system", "/compare"] {
            assert_eq!(serve(path, &HeaderMap::new()).status(), StatusCode::OK, "{path}");
        }
        for path in
            ["/nothing.js", "/nothing", "/runs", "/runs/", "/runs/1/x", "/runs/1/trials/2/3"]
        {
            assert_eq!(serve(path, &HeaderMap::new()).status(), StatusCode::NOT_FOUND, "{path}");
        }
    }

    #[test]
    fn the_pages_are_those_of_the_page_itself() {
        let router = include_str!("../../clients/web/src/app/App.tsx");
        let stated = router.split("<Route path=\"").skip(1);
        let stated = stated.filter_map(|rest| rest.split_once('"')).map(|(path, _)| path);
        assert_eq!(stated.collect::<Vec<_>>(), PAGES);
    }

    #[test]
    fn what_a_browser_has_kept_is_not_sent_again() {
        let first = serve("/", &HeaderMap::new());
        let tag = first.headers()[header::ETAG].clone();
        let again: HeaderMap = [(header::IF_NONE_MATCH, tag)].into_iter().collect();
        assert_eq!(serve("/", &again).status(), StatusCode::NOT_MODIFIED);
        let other = with(header::IF_NONE_MATCH, "\"another\"");
        assert_eq!(serve("/", &other).status(), StatusCode::OK);
    }
}
