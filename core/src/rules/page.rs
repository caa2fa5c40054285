//! Pages of documentation, made from the language's own table and from the worked strategies.

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::fmt::Write as _;
    use std::fs;
    use std::path::{Path, PathBuf};

    use super::super::{Compiled, FunctionText, compile, describe};

    const FUNCTIONS_HEAD: &str = "# Functions of the rule language

<!-- Made from the language's own table by a test; `make docs` writes it anew. -->

Everything that has a value without a definition of one's own. What has a definition below is an
abbreviation of it and means exactly that; the rest is computed as the sentence says. A window is
none until it has as many values in a row as it is long, and begins anew after one that is none.
*Bars before* counts the bars of its clock before the first one on which the example can have a
value, as `tradeforge strategies check` does. `tradeforge strategies functions NAME` tells the same.
";

    const STRATEGIES_HEAD: &str = "# Worked strategies

<!-- Made from the files in docs/rules/strategies by a test; `make docs` writes it anew. -->

Strategies of the well-known kinds, to be copied and changed, not to be traded as they are. Each is
a file of that folder: `tradeforge backtest docs/rules/strategies/golden_cross.rules --on …`. A test
runs each, cuts its market at several bars to see that nothing before changes, and compares trials
that are computed together with the same ones bar by bar, to the bit.

";

    fn folder() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/rules")
    }

    /// What stands for an argument in an example.
    fn argument(function: &str, name: &str) -> &'static str {
        match (function, name) {
            ("zigzag_high" | "zigzag_low", "d") => "3",
            ("zigzag_high" | "zigzag_low", "t") => "2%",
            ("tsi", "r") => "25",
            ("tsi", "s") => "13",
            ("awesome", "f") => "5",
            ("awesome", "s") => "34",
            ("ichimoku_b", "s") => "52",
            ("bb_upper" | "bb_lower" | "bb_width" | "kc_upper" | "kc_lower", "k") => "2",
            ("strength", _) | (_, "y") => "volume",
            ("crosses_above" | "crosses_below" | "crosses", "a") | (_, "x") => "close",
            (_, "c") => "close > open",
            ("crosses_above" | "crosses_below" | "crosses", "b") | (_, "a") => "open",
            (_, "b") => "high",
            (_, "q") => "0.5",
            (_, "f") => "12",
            (_, "s" | "d" | "k") => "26",
            (_, "g" | "t") => "9",
            (_, "l" | "r") => "3",
            _ => "20",
        }
    }

    /// A call with every argument that has no default.
    fn example(function: &FunctionText) -> String {
        let FunctionText { name, signature, .. } = function;
        let Some((_, arguments)) = signature.split_once('(') else { return name.clone() };
        let arguments = arguments.trim_end_matches(')').split(", ");
        let given =
            arguments.filter(|written| !written.is_empty() && !written.contains(['=', '…']));
        let given: Vec<_> = given.map(|written| argument(name, written)).collect();
        format!("{name}({})", given.join(", "))
    }

    /// A text that acts by the example.
    fn read(example: &str) -> Option<Compiled> {
        let as_condition = format!("enter long when {example}\nexit long when {example}");
        let as_number = format!("enter long when {example} > 1\nexit long when {example} < 1");
        [as_number, as_condition]
            .map(|text| compile(&text))
            .into_iter()
            .find(|compiled| compiled.entry.is_some())
    }

    /// Bars before the first on which the example has a value.
    fn bars_before(example: &str) -> Option<u32> {
        read(example).map(|compiled| compiled.warmup_bars)
    }

    fn functions_page() -> String {
        let mut categories: BTreeMap<String, Vec<FunctionText>> = BTreeMap::new();
        for function in describe().functions {
            categories.entry(function.category.clone()).or_default().push(function);
        }
        let mut page = FUNCTIONS_HEAD.to_owned();
        for (category, functions) in categories {
            _ = writeln!(page, "\n## {category}\n");
            for function in functions {
                let example = example(&function);
                let FunctionText { signature, description, definition, .. } = function;
                _ = write!(page, "**`{signature}`** {description}");
                if let (true, Some(bars)) = (category != "account", bars_before(&example)) {
                    let bars = if bars == 0 { "none".to_owned() } else { bars.to_string() };
                    _ = write!(page, " Bars before `{example}`: {bars}.");
                }
                page.push('\n');
                if !definition.is_empty() {
                    _ = writeln!(page, "\n```text\n{signature} = {definition}\n```");
                }
                page.push('\n');
            }
        }
        page.truncate(page.trim_end().len());
        page + "\n"
    }

    fn strategies_page() -> String {
        let files = fs::read_dir(folder().join("strategies")).unwrap();
        let mut files: Vec<PathBuf> = files.map(|file| file.unwrap().path()).collect();
        files.sort();
        let mut page = STRATEGIES_HEAD.to_owned();
        for file in files {
            let text = fs::read_to_string(&file).unwrap();
            let entry = compile(&text).entry.unwrap();
            let name = file.file_name().unwrap().to_string_lossy();
            _ = write!(page, "## {}\n\n`{name}`: {}\n\n", entry.display_name, entry.description);
            _ = write!(page, "```text\n{text}```\n\n");
        }
        page.truncate(page.trim_end().len());
        page + "\n"
    }

    #[track_caller]
    fn assert_fresh(name: &str, page: &str) {
        let path = folder().join(name);
        if std::env::var_os("TRADEFORGE_RENEW_DOCS").is_some() {
            fs::write(&path, page).unwrap();
        }
        let written = fs::read_to_string(&path).unwrap_or_default();
        assert!(written == page, "docs/rules/{name} is stale: `make docs` writes it anew");
    }

    #[test]
    fn the_page_of_functions_is_fresh() {
        assert_fresh("functions.md", &functions_page());
    }

    #[test]
    fn the_page_of_strategies_is_fresh() {
        assert_fresh("strategies.md", &strategies_page());
    }

    #[test]
    fn every_function_has_an_example_that_reads() {
        for function in describe().functions {
            if function.category != "account" {
                let example = example(&function);
                let compiled = read(&example);
                assert!(compiled.is_some(), "{example}");
                // Whoever calls what the language brings with it can mend nothing inside of it.
                let told = compiled.unwrap().diagnostics.first().map(ToString::to_string);
                assert!(function.definition.is_empty() || told.is_none(), "{example}: {told:?}");
            }
        }
    }

    /// Every block of code that is marked as rules, in the pages that people wrote.
    #[test]
    fn every_text_in_the_pages_reads_without_a_word_against_it() {
        let mut count = 0;
        for page in ["index.md", "from_others.md"] {
            let page = fs::read_to_string(folder().join(page)).unwrap();
            for block in page.split("```rules\n").skip(1) {
                let (text, _) = block.split_once("```").unwrap();
                let told = compile(text).diagnostics.first().map(ToString::to_string);
                assert_eq!(told, None, "{text}");
                count += 1;
            }
        }
        assert!(count >= 7, "{count}");
    }
}
