//! What people say of runs, from the wire: when they are submitted, and when it is changed.

use std::collections::BTreeMap;

use super::allowance::allowance;
use crate::excerpt::excerpt;
use crate::pb;
use crate::run::limits::{LABELS_MAX, UPDATE_PATHS_MAX};
use crate::run::{Tags, TagsChange, Violations};
use crate::spelling::did_you_mean;

const DISPLAY_NAME_LENGTH_MAX: usize = 200;
const LABEL_LENGTH_MAX: usize = 200;
const NOTES_LENGTH_MAX: usize = 10_000;
/// The paths of an update, but `labels.NAME`.
const PATHS: [&str; 5] = ["display_name", "notes", "labels", "deadline", "compute_budget"];
const LABEL_PREFIX: &str = "labels.";

/// What a submission says of its run.
pub(super) fn tags(wire: pb::SubmitRequest, violations: &mut Violations) -> Tags {
    check_name(&wire.display_name, violations);
    check_notes(&wire.notes, violations);
    check_labels(&wire.labels, violations);
    Tags {
        display_name: wire.display_name,
        notes: wire.notes,
        labels: wire.labels,
        priority: wire.priority,
        owner: String::new(),
    }
}

/// What an imported run was called where it was made.
///
/// # Errors
///
/// All that could not have been said of it here.
pub(in crate::grpc) fn told_tags(run: pb::Run) -> Result<Tags, Violations> {
    let mut violations = Violations::default();
    let pb::Run { display_name, notes, labels, priority, .. } = run;
    let wire = pb::SubmitRequest { display_name, notes, labels, priority, ..Default::default() };
    let tags = tags(wire, &mut violations);
    violations.into_result().map(|()| tags)
}

/// What an update changes.
///
/// # Errors
///
/// All that is wrong with it.
pub(in crate::grpc) fn tags_change(wire: &pb::UpdateRunRequest) -> Result<TagsChange, Violations> {
    let mut violations = Violations::default();
    let given = wire.update_mask.as_ref().map(|mask| mask.paths.as_slice()).unwrap_or_default();
    let paths = violations.at_most(UPDATE_PATHS_MAX, "update_mask.paths", given);
    if given.is_empty() {
        let message = format!("names what is changed: {}, labels.NAME", PATHS.join(", "));
        violations.add("update_mask", message);
    }
    let mut change = TagsChange::default();
    let (deadline, budget) = (wire.deadline.as_ref(), wire.compute_budget.as_ref());
    let allowance = allowance(deadline, budget, &mut violations);
    for (index, path) in paths.iter().enumerate() {
        let field = format!("update_mask.paths[{index}]");
        if paths[..index].contains(path) {
            violations.add(field, format!("{:?} stands twice", excerpt(path)));
            continue;
        }
        match path.as_str() {
            "display_name" => change.display_name = Some(wire.display_name.clone()),
            "notes" => change.notes = Some(wire.notes.clone()),
            "labels" => change.labels = Some(wire.labels.clone()),
            "deadline" => change.allowance.deadline = Some(allowance),
            "compute_budget" => change.allowance.budget = Some(allowance),
            path => match path.strip_prefix(LABEL_PREFIX).filter(|label| !label.is_empty()) {
                Some(label) => {
                    let value = wire.labels.get(label).cloned();
                    change.each_label.insert(label.to_owned(), value);
                }
                None => violations.add(field, unknown(path)),
            },
        }
    }
    if change.labels.is_some() && !change.each_label.is_empty() {
        violations.add("update_mask", "takes labels, or single ones as labels.NAME, and not both");
    }
    check_named(wire, &change, &mut violations);
    check_name(&wire.display_name, &mut violations);
    check_notes(&wire.notes, &mut violations);
    check_labels(&wire.labels, &mut violations);
    violations.into_result().map(|()| change)
}

/// What is given and not named would have no effect: that is a slip.
fn check_named(wire: &pb::UpdateRunRequest, change: &TagsChange, violations: &mut Violations) {
    let unnamed = "is given, and update_mask does not name it";
    if change.display_name.is_none() && !wire.display_name.is_empty() {
        violations.add("display_name", unnamed);
    }
    if change.notes.is_none() && !wire.notes.is_empty() {
        violations.add("notes", unnamed);
    }
    if change.allowance.deadline.is_none() && wire.deadline.is_some() {
        violations.add("deadline", unnamed);
    }
    if change.allowance.budget.is_none() && wire.compute_budget.is_some() {
        violations.add("compute_budget", unnamed);
    }
    if change.labels.is_none() {
        let labels = wire.labels.keys().take(LABELS_MAX);
        for label in labels.filter(|label| !change.each_label.contains_key(*label)) {
            violations.add(format!("labels.{}", excerpt(label)), unnamed);
        }
    }
}

/// The nearest path that there is, and all of them.
fn unknown(path: &str) -> String {
    let (hint, path) = (did_you_mean(path, PATHS), excerpt(path));
    format!("{path:?} is no path{hint}; there are {}, labels.NAME", PATHS.join(", "))
}

fn check_name(name: &str, violations: &mut Violations) {
    check_text(name, DISPLAY_NAME_LENGTH_MAX, "display_name", violations);
}

/// Notes have lines.
fn check_notes(notes: &str, violations: &mut Violations) {
    let shown: String = notes.chars().filter(|c| !matches!(c, '\n' | '\t')).collect();
    if notes.chars().count() > NOTES_LENGTH_MAX {
        let message = format!("must have at most {NOTES_LENGTH_MAX} characters");
        violations.add("notes", message);
    } else {
        check_text(&shown, NOTES_LENGTH_MAX, "notes", violations);
    }
}

fn check_labels(labels: &BTreeMap<String, String>, violations: &mut Violations) {
    violations.count_at_most(LABELS_MAX, "labels", labels.len());
    for (name, value) in labels.iter().take(LABELS_MAX) {
        let field = format!("labels.{}", excerpt(name));
        let mut found = Violations::default();
        check_text(name, LABEL_LENGTH_MAX, &field, &mut found);
        if found.is_empty() {
            check_text(value, LABEL_LENGTH_MAX, &field, &mut found);
        }
        found.iter().for_each(|fault| violations.add(fault.field.clone(), fault.message.clone()));
    }
    if labels.contains_key("") {
        violations.add("labels", "a label needs a name");
    }
}

/// A text on one line, which a terminal shows as it is.
fn check_text(text: &str, length_max: usize, field: &str, violations: &mut Violations) {
    if text.chars().count() > length_max {
        violations.add(field, format!("must have at most {length_max} characters"));
    } else if let Some(hidden) = text.chars().find(|c| is_hidden(*c)) {
        let hidden = hidden.escape_unicode();
        violations.add(field, format!("must not have the control character {hidden}"));
    }
}

/// Control characters, and those that turn the direction of what follows them.
fn is_hidden(c: char) -> bool {
    let turns = matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}');
    c.is_control() || turns || matches!(c, '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn update(paths: &[&str]) -> pb::UpdateRunRequest {
        let paths = paths.iter().map(|path| (*path).to_owned()).collect();
        let update_mask = Some(prost_types::FieldMask { paths });
        pb::UpdateRunRequest { update_mask, ..Default::default() }
    }

    fn refusal(request: &pb::UpdateRunRequest) -> String {
        tags_change(request).unwrap_err().to_string()
    }

    #[test]
    fn an_update_changes_what_its_mask_names() {
        let mut request = update(&["notes", "labels.desk", "labels.old"]);
        request.notes = "seen\nand judged".into();
        request.labels.insert("desk".into(), "fx".into());
        let change = tags_change(&request).unwrap();
        assert_eq!((change.display_name, change.labels), (None, None));
        assert_eq!(change.notes.as_deref(), Some("seen\nand judged"));
        let each = [("desk".to_owned(), Some("fx".to_owned())), ("old".to_owned(), None)];
        assert_eq!(change.each_label, BTreeMap::from(each));
        let all = tags_change(&update(&["labels", "display_name"])).unwrap();
        assert_eq!((all.labels, all.display_name), (Some(BTreeMap::new()), Some(String::new())));
    }

    #[test]
    fn a_path_that_is_none_is_told_with_the_nearest_and_all_faults_together() {
        let mut request = update(&["display_nam", "note", "labels.", "notes", "notes"]);
        request.display_name = "x".into();
        let refused = refusal(&request);
        for told in [
            "update_mask.paths[0]: \"display_nam\" is no path (did you mean \"display_name\"?);",
            "update_mask.paths[1]: \"note\" is no path (did you mean \"notes\"?);",
            "update_mask.paths[2]: \"labels.\" is no path (did you mean \"labels\"?);",
            "update_mask.paths[4]: \"notes\" stands twice",
            "display_name: is given, and update_mask does not name it",
        ] {
            assert!(refused.contains(told), "{told} in {refused}");
        }
        let all = "; there are display_name, notes, labels, deadline, compute_budget, labels.NAME";
        assert!(refused.contains(all), "{refused}");
        assert!(refusal(&update(&[])).contains("update_mask: names what is changed"));
        assert!(refusal(&update(&["labels", "labels.x"])).contains("and not both"));
        let many = ["notes"; UPDATE_PATHS_MAX + 1];
        assert!(refusal(&update(&many)).contains("update_mask.paths: at most 128 are taken"));
    }

    #[test]
    fn what_a_terminal_would_obey_is_no_part_of_a_name() {
        let mut request = update(&["display_name", "labels", "notes"]);
        request.display_name = "a\u{1b}b".into();
        request.labels.insert("x".into(), "a\u{202e}b".into());
        request.notes = "line\n\tand\u{7}".into();
        let refused = refusal(&request);
        for told in [
            "display_name: must not have the control character \\u{1b}",
            "labels.x: must not have the control character \\u{202e}",
            "notes: must not have the control character \\u{7}",
        ] {
            assert!(refused.contains(told), "{told} in {refused}");
        }
        request.display_name = "Größe 数 👩‍🚀".into();
        request.labels.clear();
        request.notes = "line\n\tand".into();
        assert!(tags_change(&request).is_ok());
    }
}
