//! The text format of Prometheus, 0.0.4, out of `OpenMetrics`: for those who ask for nothing else.
//!
//! They differ in names: `OpenMetrics` names a family, the older format each sample.

use std::collections::HashMap;

/// The same measures in the older format.
pub(super) fn plain(open_metrics: &str) -> String {
    let types: HashMap<&str, &str> = open_metrics
        .lines()
        .filter_map(|line| line.strip_prefix("# TYPE ")?.split_once(' '))
        .collect();
    let mut text = String::with_capacity(open_metrics.len());
    for line in open_metrics.lines() {
        if let Some(line) = plain_line(line, &types) {
            text.push_str(&line);
            text.push('\n');
        }
    }
    text
}

fn plain_line(line: &str, types: &HashMap<&str, &str>) -> Option<String> {
    let Some(comment) = line.strip_prefix("# ") else { return Some(line.to_owned()) };
    let (keyword, rest) = comment.split_once(' ')?;
    let (name, text) = rest.split_once(' ').unwrap_or((rest, ""));
    let kind = types.get(name).copied().unwrap_or("unknown");
    let (suffix, kind) = match kind {
        "counter" => ("_total", "counter"),
        "info" => ("_info", "gauge"),
        "unknown" => ("", "untyped"),
        other => ("", other),
    };
    match keyword {
        "HELP" => Some(format!("# HELP {name}{suffix} {text}")),
        "TYPE" => Some(format!("# TYPE {name}{suffix} {kind}")),
        // The unit stands in the name.
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_samples_and_the_rest_stays() {
        let open_metrics = "\
            # HELP tradeforge_build The program.\n\
            # TYPE tradeforge_build info\n\
            tradeforge_build_info{version=\"1\"} 1\n\
            # HELP runs Runs.\n\
            # TYPE runs counter\n\
            # UNIT runs runs\n\
            runs_total{kind=\"# TYPE\"} 2\n\
            # TYPE wait histogram\n\
            wait_bucket{le=\"+Inf\"} 1\n\
            # EOF\n";
        let expected = "\
            # HELP tradeforge_build_info The program.\n\
            # TYPE tradeforge_build_info gauge\n\
            tradeforge_build_info{version=\"1\"} 1\n\
            # HELP runs_total Runs.\n\
            # TYPE runs_total counter\n\
            runs_total{kind=\"# TYPE\"} 2\n\
            # TYPE wait histogram\n\
            wait_bucket{le=\"+Inf\"} 1\n";
        assert_eq!(plain(open_metrics), expected);
    }
}
