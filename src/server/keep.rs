//! Rules of how long runs are kept that a filter names, as they stand in the settings.

use crate::storage::RunQuery;

/// The most rules: each is asked of every run that has ended.
const RULES_MAX: usize = 32;
const DAYS_MAX: u32 = 100_000;

/// So many days after their ends the runs go that fit; 0 keeps them.
#[derive(Clone, Debug)]
pub(super) struct KeepRule {
    pub(super) days: u32,
    pub(super) query: RunQuery,
}

/// Why a rule cannot be read. Nothing was removed by any.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("keep_runs: {rule:?}: {why}")]
pub struct KeepRuleError {
    rule: String,
    why: String,
}

/// Reads them all.
pub(super) fn rules(texts: &[String]) -> Result<Vec<KeepRule>, KeepRuleError> {
    if let Some(further) = texts.get(RULES_MAX) {
        let why = format!("is one too many: at most {RULES_MAX} are taken");
        return Err(KeepRuleError { rule: further.clone(), why });
    }
    let read = |text: &String| rule(text).map_err(|why| KeepRuleError { rule: text.clone(), why });
    texts.iter().map(read).collect()
}

fn rule(text: &str) -> Result<KeepRule, String> {
    let example = "must be days and a filter, as in \"7 labels.tier = scratch\"";
    let (days, filter) = text.trim().split_once(char::is_whitespace).ok_or(example)?;
    let days = days.parse::<u32>().map_err(|_| example)?;
    if days > DAYS_MAX {
        return Err(format!("must be from 0 to {DAYS_MAX} days, but is {days}"));
    }
    let query = RunQuery::new(filter, "").map_err(|violations| violations.to_string())?;
    Ok(KeepRule { days, query })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(texts: &[&str]) -> String {
        let texts: Vec<String> = texts.iter().map(|text| (*text).to_owned()).collect();
        rules(&texts).unwrap_err().to_string()
    }

    #[test]
    fn a_rule_is_days_and_a_filter() {
        let texts = ["0 labels.tier = gold".to_owned(), " 7  kind = BACKTEST AND a > 1".to_owned()];
        assert_eq!(rules(&texts[..1]).unwrap()[0].days, 0);
        assert!(refusal(&[&texts[1]]).contains("there is no field a"));
        for wrong in ["labels.tier = scratch", "7", "", "-1 state = FAILED", "7days state = FAILED"]
        {
            let told = refusal(&[wrong]);
            assert!(told.contains("as in \"7 labels.tier = scratch\""), "{told}");
            assert!(told.starts_with(&format!("keep_runs: {wrong:?}")), "{told}");
        }
        assert!(refusal(&["100001 state = FAILED"]).contains("from 0 to 100000"));
        assert!(refusal(&["7 stat = FAILED"]).contains("did you mean state?"));
        // One without a filter would name all runs, by a slip perhaps.
        assert!(refusal(&["7 "]).contains("days and a filter"));
        let many = ["1 state = FAILED"; RULES_MAX + 1];
        assert!(refusal(&many).contains("at most 32") && rules(&[]).unwrap().is_empty());
    }
}
