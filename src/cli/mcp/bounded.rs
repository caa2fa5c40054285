//! Answers short enough for whoever pays by the word.

use serde_json::{Map, Value, json};

use super::failure::Failure;

/// The longest answer of a tool.
pub(super) const ANSWER_BYTES_MAX: usize = 16 << 10;

/// The answer as text: without what is empty, and with its longest lists cut until it fits. What
/// was cut is told under `cut`, as in `{"trials": {"shown": 25, "of": 50}}`.
pub(super) fn text(value: Value) -> Result<String, Failure> {
    let mut value = lean(value);
    let mut cut = Map::new();
    loop {
        if let Value::Object(object) = &mut value
            && !cut.is_empty()
        {
            object.insert("cut".to_owned(), Value::Object(cut.clone()));
        }
        let text = value.to_string();
        if text.len() <= ANSWER_BYTES_MAX {
            return Ok(text);
        }
        let Some(path) = longest(&value) else {
            let length = text.len();
            return Err(Failure::Limit(format!(
                "the answer has {length} bytes, and may have {ANSWER_BYTES_MAX}: ask for less"
            )));
        };
        let Some(Value::Array(items)) = value.pointer_mut(&path) else {
            return Err(Failure::Limit("the answer is too long: ask for less".to_owned()));
        };
        let before = items.len();
        items.truncate(before / 2);
        let place = path.trim_start_matches('/').replace('/', ".");
        let all = cut.get(&place).and_then(|it| it["of"].as_u64()).unwrap_or(before as u64);
        cut.insert(place, json!({ "shown": before / 2, "of": all }));
        if let Value::Object(object) = &mut value
            && path.matches('/').count() == 1
        {
            // The next page would begin behind what was cut.
            object.remove("nextPageToken");
        }
    }
}

/// Without fields that hold nothing.
fn lean(value: Value) -> Value {
    match value {
        Value::Object(object) => {
            let kept = object.into_iter().map(|(name, value)| (name, lean(value)));
            Value::Object(kept.filter(|(_, value)| !is_empty(value)).collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(lean).collect()),
        value => value,
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(object) => object.is_empty(),
        _ => false,
    }
}

/// Where the longest list stands that can be cut, by what it is as text.
fn longest(value: &Value) -> Option<String> {
    let mut best: Option<(usize, String)> = None;
    let mut left = vec![(String::new(), value)];
    while let Some((path, value)) = left.pop() {
        match value {
            Value::Object(object) => {
                let below = object.iter().filter(|(name, _)| *name != "cut");
                // A name with a slash or a tilde, of a label perhaps, is no list of ours.
                let below = below.filter(|(name, _)| !name.contains(['/', '~']));
                left.extend(below.map(|(name, value)| (format!("{path}/{name}"), value)));
            }
            Value::Array(items) => {
                let length = value.to_string().len();
                let is_longer = best.as_ref().is_none_or(|(longest, _)| length > *longest);
                if !items.is_empty() && is_longer {
                    best = Some((length, path));
                }
            }
            _ => {}
        }
    }
    best.map(|(_, path)| path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_list_is_cut_and_it_is_told_how_far() {
        let rows: Vec<_> = (0..2_000).map(|row| json!({ "row": row, "why": "" })).collect();
        let paged = text(json!({ "rows": rows, "nextPageToken": "a" })).unwrap();
        assert!(!paged.contains("nextPageToken"), "the rows that were cut are not passed over");
        let answer = json!({ "status": { "rows": rows }, "few": [1, 2], "nextPageToken": "a" });
        let answer = text(answer).unwrap();
        assert!(answer.len() <= ANSWER_BYTES_MAX);
        let answer: Value = serde_json::from_str(&answer).unwrap();
        let shown = answer["status"]["rows"].as_array().unwrap().len();
        assert_eq!(answer["cut"]["status.rows"], json!({ "shown": shown, "of": 2_000 }));
        assert_eq!(answer["few"], json!([1, 2]));
        assert_eq!(answer["status"]["rows"][7], json!({ "row": 7 }));
    }

    #[test]
    fn what_cannot_be_cut_is_refused() {
        let long = "x".repeat(ANSWER_BYTES_MAX);
        assert!(matches!(text(json!({ "source": long })), Err(Failure::Limit(_))));
    }
}
