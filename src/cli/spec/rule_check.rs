//! What is wrong with a strategy as text, shown where it stands.

use crate::pb;

/// All diagnostics of a text, each with its line and a mark under the place.
pub(in crate::cli) fn report(
    file: &str,
    source: &str,
    response: &pb::CheckStrategyResponse,
) -> String {
    let mut text = String::new();
    for diagnostic in &response.diagnostics {
        text += &shown(file, source, diagnostic);
    }
    text + &summary(file, response)
}

fn shown(file: &str, source: &str, diagnostic: &pb::Diagnostic) -> String {
    let pb::Diagnostic { code, message, line, column, length, suggestion, .. } = diagnostic;
    let severity = match diagnostic.severity() {
        pb::Severity::Warning => "warning",
        _ => "error",
    };
    let number = line.to_string();
    let margin = " ".repeat(number.len());
    let content = lines(source).nth((*line - 1).max(0) as usize).unwrap_or_default();
    let before = content.chars().take((*column - 1).max(0) as usize);
    // A tab stays one, so that the mark stands below its place.
    let before: String = before.map(|char| if char == '\t' { '\t' } else { ' ' }).collect();
    let mark = "^".repeat((*length).max(1) as usize);
    let mark = match suggestion.as_str() {
        "" => mark,
        suggestion => format!("{mark} {suggestion}"),
    };
    format!(
        "{severity}[{code}]: {message}\n{margin}--> {file}:{line}:{column}\n{margin} |\n\
         {number} | {content}\n{margin} | {before}{mark}\n\n"
    )
}

/// The lines of a text as the server counts them, whatever ends them.
fn lines(source: &str) -> impl Iterator<Item = &str> {
    let text = source.strip_prefix('\u{feff}').unwrap_or(source);
    text.split('\n').flat_map(|line| line.strip_suffix('\r').unwrap_or(line).split('\r'))
}

fn summary(file: &str, response: &pb::CheckStrategyResponse) -> String {
    let count =
        |severity| response.diagnostics.iter().filter(|fault| fault.severity() == severity).count();
    let (errors, warnings) = (count(pb::Severity::Error), count(pb::Severity::Warning));
    match &response.strategy {
        None => format!("{file}: {}, {}", counted(errors, "error"), counted(warnings, "warning")),
        Some(strategy) => {
            let params: Vec<_> = strategy.params.iter().map(|spec| spec.name.as_str()).collect();
            let params = if params.is_empty() { "none".to_owned() } else { params.join(", ") };
            let text = format!(
                "{file}: {:?}, {}, parameters: {params}\n{}: values after {}; a search {}",
                strategy.display_name,
                counted(warnings, "warning"),
                file,
                counted(response.warmup_bars as usize, "bar"),
                pace(response)
            );
            let beside = beside(response).map(|line| format!("\n{file}: {line}"));
            std::iter::once(text).chain(beside).collect()
        }
    }
}

/// What a run of the text needs beside the bars that it trades on.
fn beside(response: &pb::CheckStrategyResponse) -> impl Iterator<Item = String> {
    let markets = response.markets.iter().zip(2..).map(|(name, place)| {
        format!("reads the market {name}: its bars are subscription {place} of a run (--on)")
    });
    let auxes = response.auxes.iter().map(|pb::RuleAux { name, columns }| {
        let columns = columns.join(", ");
        format!("reads {columns} of the auxiliary series {name} (--aux)")
    });
    markets.chain(auxes)
}

fn pace(response: &pb::CheckStrategyResponse) -> String {
    match response.speed_class() {
        pb::SpeedClass::Leap => "computes its trials together".to_owned(),
        pb::SpeedClass::Walk => {
            "computes its trials together, and goes through the bars of their positions".to_owned()
        }
        pb::SpeedClass::Rest => format!(
            "computes the values of its trials together and gives their orders bar by bar, for {}",
            response.speed_reason
        ),
        _ => format!("computes each trial bar by bar, for {}", response.speed_reason),
    }
}

fn counted(count: usize, what: &str) -> String {
    match count {
        0 => format!("no {what}s"),
        1 => format!("1 {what}"),
        _ => format!("{count} {what}s"),
    }
}

/// The functions of the language, or all that is known of one.
pub(in crate::cli) fn functions(
    response: &pb::DescribeLanguageResponse,
    name: Option<&str>,
) -> Option<String> {
    let Some(name) = name else {
        let mut rows: Vec<_> = response.functions.iter().collect();
        rows.sort_by_key(|function| (&function.category, &function.name));
        let width = rows.iter().map(|row| row.signature.chars().count()).max().unwrap_or(0);
        let lines = rows.iter().map(|row| {
            format!("{:<12} {:<width$}  {}", row.category, row.signature, row.description)
        });
        return Some(lines.collect::<Vec<_>>().join("\n"));
    };
    let function = response.functions.iter().find(|function| function.name == name)?;
    let mut text = format!("{}\n  {}", function.signature, function.description);
    if !function.definition.is_empty() {
        text.push_str("\n  ");
        text.push_str(&function.definition);
    }
    Some(text)
}

/// What of a text did nothing: its author may have meant otherwise.
pub(in crate::cli) fn idle(fact: &pb::RuleFact) -> Option<String> {
    let what = match (fact.first_defined_bar, fact.true_bars) {
        (None, _) => "never had a value",
        (_, Some(0)) if fact.name.contains(':') => "was never true",
        _ => return None,
    };
    let name = match fact.name.split_once(':') {
        Some((order, line)) => format!("{order} when … in line {line}"),
        None => fact.name.clone(),
    };
    Some(format!("rules: {name} {what}\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistake_is_marked_under_its_place() {
        let response = pb::CheckStrategyResponse {
            diagnostics: vec![pb::Diagnostic {
                severity: pb::Severity::Error.into(),
                code: "UNKNOWN_FUNCTION".to_owned(),
                message: "there is no function smaa (did you mean sma?)".to_owned(),
                line: 2,
                column: 5,
                length: 4,
                suggestion: "sma".to_owned(),
            }],
            ..Default::default()
        };
        let text = report("a.rules", "x = 1\nf = smaa(close, 2)", &response);
        assert_eq!(
            text,
            "error[UNKNOWN_FUNCTION]: there is no function smaa (did you mean sma?)\n\
             \x20--> a.rules:2:5\n\
             \x20 |\n\
             2 | f = smaa(close, 2)\n\
             \x20 |     ^^^^ sma\n\n\
             a.rules: 1 error, no warnings"
        );
    }

    #[test]
    fn what_of_a_text_did_nothing_is_told() {
        let fact = |name: &str, first, true_bars| {
            idle(&pb::RuleFact {
                name: name.to_owned(),
                first_defined_bar: first,
                true_bars,
                ..Default::default()
            })
        };
        let never = fact("enter long:9", Some(3), Some(0));
        assert_eq!(never.as_deref(), Some("rules: enter long when … in line 9 was never true\n"));
        let stuck = fact("x", None, None);
        assert_eq!(stuck.as_deref(), Some("rules: x never had a value\n"));
        assert_eq!(fact("x", Some(0), None), None);
        // A definition may well be of what happens seldom.
        assert_eq!(fact("panic", Some(0), Some(0)), None);
    }
}
