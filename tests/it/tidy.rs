//! The law as tests: what a reviewer would otherwise have to watch. Each failure says what to do.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use crate::layers::{CLI_ROOMS, LAYERS, PURE};

/// What a pure layer may not say.
const EFFECTS: &[&str] = &[
    "async ",
    ".await",
    "tokio::",
    "tracing::",
    "std::env",
    "std::fs",
    "std::net",
    "std::thread",
    "std::time",
];

/// Files that may have effects in a pure layer, each with its reason.
const IMPURE: &[(&str, &str)] =
    &[("core/src/strategy/gate.rs", "for tests only: its very purpose is to wait for a file")];

const HEALTH: &str = "src/server/health.rs";
const EDGES: &[&str] =
    &["src/json/", "src/export/", "src/grpc/", "src/web/", "src/cli/", HEALTH, "src/demo/"];
const FRAMES: &[&str] = &["core/src/market/", "src/run/", "src/data/bar_header.rs", "src/storage/"];
/// Words that may be said in some places only: the word, where, and why.
const CONFINED: &[(&str, &[&str], &str)] = &[
    ("sqlx::", &["src/storage/"], "SQL lives in storage/ only: add a method to Store"),
    (
        "rayon::",
        &["src/runner/local.rs", "src/server/error.rs"],
        "tokio meets rayon in runner/local.rs only (server/error.rs names its error): use Executor",
    ),
    ("async_nats::", &["src/fleet/link/"], "the way to the broker is Link"),
    ("rustix::", &["src/system/"], SYSTEMS),
    ("os::unix::", &["src/system/"], SYSTEMS),
    ("os::windows::", &["src/system/"], SYSTEMS),
    ("timeframe.word()", FRAMES, "a bar ends where its series says: Series::bar_ends"),
    ("timeframe.duration_ms()", &["core/src/market/"], "a bar ends where its series says"),
    ("pb::", EDGES, "wire types stay at the edges: convert in grpc/convert/"),
];

const SYSTEMS: &str = "what an operating system does in its own way is in system/";

const FILE_LINES_MAX: usize = 400;
const FUNCTION_LINES_MAX: usize = 70;
const COLUMNS_MAX: usize = 100;

/// Files that may be longer, each with its reason.
const LONG_FILES: &[(&str, &str)] = &[];

/// A file of the project, by its path from the root.
struct Source {
    path: String,
    text: String,
}

impl Source {
    /// The layer it belongs to: the first name below `src`, of the service or of the core.
    fn layer(&self) -> &str {
        let below = self.path.trim_start_matches("core/").trim_start_matches("src/");
        below.split(['/', '.']).next().unwrap_or(below)
    }

    /// Its lines without comments and up to its tests, with their numbers.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        self.lines()
            .take_while(|(_, line)| line.trim() != "#[cfg(test)]")
            .filter(|(_, line)| !line.trim_start().starts_with("//"))
    }

    fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.lines().enumerate().map(|(index, line)| (index + 1, line))
    }
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every Rust file below the folder.
fn sources(folder: &str) -> Vec<Source> {
    let mut found = Vec::new();
    collect(&root().join(folder), &mut found);
    found.sort_by(|left, right| left.path.cmp(&right.path));
    found
}

fn collect(folder: &Path, found: &mut Vec<Source>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for path in entries.filter_map(|entry| entry.ok().map(|entry| entry.path())) {
        if path.is_dir() {
            collect(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).expect("a source file is readable text");
            let path = path.strip_prefix(root()).expect("below the root").display().to_string();
            found.push(Source { path, text });
        }
    }
}

fn all_sources() -> Vec<Source> {
    ["core", "src", "tests", "benches", "examples"].into_iter().flat_map(sources).collect()
}

/// The sources of the program: what is computed and what serves it.
fn program() -> Vec<Source> {
    ["core/src", "src"].into_iter().flat_map(sources).collect()
}

/// The modules that a map declares, in its order.
fn declared(map: &str) -> Vec<String> {
    let text = fs::read_to_string(root().join(map)).expect("a map is readable text");
    text.lines()
        .filter_map(|line| line.trim_start_matches("pub ").strip_prefix("mod "))
        .map(|line| line.trim_end_matches(';').to_owned())
        .collect()
}

#[track_caller]
fn none(violations: &[String], advice: &str) {
    assert!(violations.is_empty(), "\n{}\n\n{advice}\n", violations.join("\n"));
}

/// The layers that a line imports: the names after `crate::`, and `tradeforge::` in the binary.
fn imports<'a>(line: &'a str, crate_name: &'a str) -> impl Iterator<Item = &'a str> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    line.match_indices(crate_name).flat_map(move |(at, _)| {
        let before = line[..at].chars().next_back();
        let rest = if before.is_some_and(is_name) { "" } else { &line[at + crate_name.len()..] };
        let inside = rest.strip_prefix('{').and_then(|rest| rest.split('}').next());
        let names = inside.unwrap_or_else(|| rest.split(|c| !is_name(c)).next().unwrap_or(""));
        names
            .split(',')
            .map(move |name| name.trim().split(|c| !is_name(c)).next().unwrap_or(""))
            .filter(|name| !name.is_empty() && *name != "self")
    })
}

fn allowed(layer: &str) -> Option<BTreeSet<&'static str>> {
    let (_, allowed) = LAYERS.iter().find(|(name, _)| *name == layer)?;
    let mut names: BTreeSet<&str> = allowed.iter().copied().collect();
    if names.remove("pure") {
        names.extend(PURE);
    }
    Some(names)
}

#[test]
fn layers_import_only_what_the_table_allows() {
    let mut violations = Vec::new();
    for source in program().iter().filter(|source| source.layer() != "lib") {
        let layer = source.layer();
        let Some(allowed) = allowed(layer) else {
            violations.push(format!("{}: the layer {layer} is not in the table", source.path));
            continue;
        };
        let crate_name = if layer == "main" { "tradeforge::" } else { "crate::" };
        for (number, line) in source.code() {
            for name in imports(line, crate_name) {
                if name != layer && !allowed.contains(name) {
                    violations.push(format!("{}:{number}: {layer} uses {name}", source.path));
                }
            }
        }
    }
    none(
        &violations,
        "Move the code to a layer that may know both, or, if the design has changed, change LAYERS \
         in tests/it/layers.rs and the table in ARCHITECTURE.md, saying why.",
    );
}

#[test]
fn rooms_of_the_command_line_use_only_those_below_them() {
    let mut violations = Vec::new();
    for source in program() {
        let room = source.path.strip_prefix("src/cli/").and_then(|path| path.split_once('/'));
        let Some(place) = room.and_then(|(room, _)| place_of(room)) else { continue };
        for (number, line) in source.code() {
            for name in imports(line, "crate::cli::") {
                if place_of(name).is_none_or(|used| used > place) {
                    violations.push(format!("{}:{number}: uses {name}", source.path));
                }
            }
        }
    }
    none(&violations, "Move the code to a room below, or change CLI_ROOMS in tests/it/layers.rs.");
}

/// How far up a room of the command line is; small modules beside them are below all.
fn place_of(room: &str) -> Option<usize> {
    match room {
        "next_step" | "pattern" => Some(0),
        _ => CLI_ROOMS.iter().position(|name| *name == room).map(|place| place + 1),
    }
}

#[test]
fn the_table_names_every_module_in_the_order_of_the_map() {
    let listed: Vec<&str> =
        LAYERS.iter().map(|(name, _)| *name).filter(|name| *name != "main").collect();
    let maps = [declared("core/src/lib.rs"), declared("src/lib.rs")];
    assert_eq!(maps.concat(), listed, "\nthe maps and LAYERS in tests/it/layers.rs must agree\n");
    assert_eq!(maps[0], PURE, "\nwhat is pure stands in core/, and nothing else does\n");
}

#[test]
fn architecture_md_quotes_the_layer_table() {
    let document = fs::read_to_string(root().join("ARCHITECTURE.md")).expect("ARCHITECTURE.md");
    let width = LAYERS.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    let mut table = "```text\n".to_owned();
    for (name, allowed) in LAYERS {
        let allowed = if allowed.is_empty() { "()".to_owned() } else { allowed.join(" ") };
        writeln!(table, "{name:width$} -> {allowed}").expect("a string takes all");
    }
    table.push_str("```\n");
    assert!(document.contains(&table), "\nARCHITECTURE.md must contain exactly this:\n\n{table}");
}

#[test]
fn pure_layers_have_no_effects() {
    let mut violations = Vec::new();
    for source in program() {
        let is_pure = PURE.contains(&source.layer()) || source.layer() == "run";
        if !is_pure || IMPURE.iter().any(|(path, _)| *path == source.path) {
            continue;
        }
        for (number, line) in source.code() {
            for effect in EFFECTS.iter().filter(|effect| line.contains(**effect)) {
                violations.push(format!("{}:{number}: {effect}", source.path));
            }
        }
    }
    none(
        &violations,
        "Let the caller wait, read, tell the time or log, and pass in what is known.",
    );
}

#[test]
fn what_is_confined_to_a_place_stays_there() {
    let mut violations = Vec::new();
    for source in program() {
        for (word, places, advice) in CONFINED {
            if places.iter().any(|place| source.path.starts_with(place)) {
                continue;
            }
            for (number, _) in source.code().filter(|(_, line)| is_word_in(line, word)) {
                violations.push(format!("{}:{number}: {word} ({advice})", source.path));
            }
        }
    }
    none(
        &violations,
        "Each of these words has one home; the list is CONFINED in tests/it/tidy.rs.",
    );
}

/// Whether the line says the word, and not another that ends like it.
fn is_word_in(line: &str, word: &str) -> bool {
    line.match_indices(word)
        .any(|(at, _)| !line[..at].ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_'))
}

#[test]
fn every_file_says_what_it_is() {
    let mute = all_sources().into_iter().filter(|source| !source.text.starts_with("//!"));
    let violations: Vec<String> = mute.map(|source| source.path).collect();
    none(&violations, "Begin the file with `//!`: what the noun is, and what it must not know.");
}

#[test]
fn files_are_short() {
    let mut violations = Vec::new();
    for source in all_sources() {
        let lines = source.text.lines().count();
        if lines > FILE_LINES_MAX && !LONG_FILES.iter().any(|(path, _)| *path == source.path) {
            violations.push(format!("{}: {lines} lines", source.path));
        }
    }
    none(&violations, "A file has at most 400 lines with its tests: give one of its nouns a file.");
}

#[test]
fn functions_are_short() {
    let mut violations = Vec::new();
    for source in all_sources() {
        for (name, line, length) in functions(&source.text) {
            if length > FUNCTION_LINES_MAX {
                violations.push(format!("{}:{line}: {name} has {length} lines", source.path));
            }
        }
    }
    none(&violations, "A function has at most 70 lines, by taste 40: name its steps.");
}

/// Every function with its line and length. Formatted code closes a body where it began.
fn functions(text: &str) -> Vec<(&str, usize, usize)> {
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Vec::new();
    for (start, line) in lines.iter().enumerate() {
        let Some(name) = function_name(line) else { continue };
        let indent = &line[..line.len() - line.trim_start().len()];
        let close = format!("{indent}}}");
        let mut has_body = false;
        let end = lines[start..].iter().position(|line| {
            has_body |= line.ends_with('{');
            let is_one_line = !has_body && (line.ends_with('}') || line.ends_with(';'));
            is_one_line || (has_body && *line == close)
        });
        found.push((name, start + 1, end.map_or(1, |end| end + 1)));
    }
    found
}

fn function_name(line: &str) -> Option<&str> {
    let (before, after) = line.split_once("fn ")?;
    let is_modifier = |word: &str| {
        matches!(word, "pub" | "const" | "async" | "unsafe") || word.starts_with("pub(")
    };
    let is_function = before.split_whitespace().all(is_modifier);
    is_function.then(|| after.split(['(', '<']).next().unwrap_or(after))
}

#[test]
fn nothing_is_left_for_later() {
    // Written in halves, or this file would accuse itself.
    let words = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("dbg", "!(")];
    let mut violations = Vec::new();
    for source in all_sources() {
        for (number, line) in source.lines() {
            for word in words.iter().filter(|word| line.contains(**word)) {
                violations.push(format!("{}:{number}: {word}", source.path));
            }
        }
    }
    none(&violations, "Do it now, or open an issue and leave no trace here.");
}

#[test]
fn lines_fit_and_end_clean() {
    let mut violations = Vec::new();
    for source in all_sources() {
        for (number, line) in source.lines() {
            if line.ends_with([' ', '\t']) {
                violations.push(format!("{}:{number}: ends with a space", source.path));
            }
            let columns = line.chars().count();
            if columns > COLUMNS_MAX {
                violations.push(format!("{}:{number}: {columns} columns", source.path));
            }
        }
    }
    none(&violations, "Break the line below 101 columns; `make fmt` does most of it.");
}

#[test]
fn exceptions_are_still_needed() {
    for (path, reason) in IMPURE.iter().chain(LONG_FILES) {
        assert!(root().join(path).exists(), "{path} is gone: strike its exception ({reason})");
    }
}

#[test]
fn the_measure_of_functions_is_right() {
    let text = "impl A {\n    fn one(&self);\n    pub(crate) const fn two() -> u8 { 2 }\n    \
                async fn three<T>(\n        t: T,\n    ) {\n        t;\n    }\n}\n";
    assert_eq!(functions(text), [("one", 2, 1), ("two", 3, 1), ("three", 4, 5)]);
}
