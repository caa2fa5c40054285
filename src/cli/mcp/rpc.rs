//! JSON-RPC 2.0, as far as the protocol uses it.

use serde_json::{Value, json};

use super::failure::Failure;

/// So many characters of what an agent wrote are repeated.
const SHOWN_CHARS_MAX: usize = 60;

/// A request, or a notification, which has no id.
#[derive(Debug)]
pub(super) struct Message {
    pub id: Option<Value>,
    pub method: String,
    pub params: Value,
}

/// Why a message is none, or cannot be answered.
#[derive(Debug)]
pub(super) struct Fault {
    code: i32,
    pub message: String,
}

impl Fault {
    pub(super) const fn request(message: String) -> Self {
        Self { code: -32600, message }
    }

    pub(super) fn method(name: &str) -> Self {
        Self { code: -32601, message: format!("method: {:?} is none here", shown(name)) }
    }

    pub(super) const fn params(message: String) -> Self {
        Self { code: -32602, message }
    }
}

/// What is repeated of a text.
pub(super) fn shown(text: &str) -> String {
    text.chars().take(SHOWN_CHARS_MAX).collect()
}

/// The message of a line.
pub(super) fn message(line: &[u8]) -> Result<Message, Fault> {
    let value = serde_json::from_slice::<Value>(line)
        .map_err(|cause| Fault { code: -32700, message: format!("is no JSON: {cause}") })?;
    let Value::Object(mut object) = value else {
        return Err(Fault::request("a line must be one object; batches are not taken".to_owned()));
    };
    let fault = |text: &str| Err(Fault::request(text.to_owned()));
    if object.get("jsonrpc").and_then(Value::as_str) != Some("2.0") {
        return fault("jsonrpc: must be \"2.0\"");
    }
    let id = object.remove("id");
    if !matches!(id, None | Some(Value::String(_) | Value::Number(_))) {
        return fault("id: must be a text or a number");
    }
    let Some(Value::String(method)) = object.remove("method") else {
        return fault("method: must be a text");
    };
    let params = object.remove("params").unwrap_or_else(|| json!({}));
    Ok(Message { id, method, params })
}

pub(super) fn answer(id: &Value, result: &Value) -> Value {
    json!({ "jsonrpc": "2.0", "id": id, "result": result })
}

pub(super) fn refused(id: &Value, fault: &Fault) -> Value {
    let error = json!({ "code": fault.code, "message": fault.message });
    json!({ "jsonrpc": "2.0", "id": id, "error": error })
}

/// What came of a tool. Its failure is a result, too: the agent is to read it.
pub(super) fn told(outcome: Result<String, Failure>) -> Value {
    let (text, is_error) = match outcome {
        Ok(text) => (text, false),
        Err(failure) => (failure.text(), true),
    };
    json!({ "content": [{ "type": "text", "text": text }], "isError": is_error })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_message_is_refused_by_its_code() {
        let cases = [
            ("{", -32700),
            ("[]", -32600),
            (r#"{"id":1,"method":"ping"}"#, -32600),
            (r#"{"jsonrpc":"2.0","id":null,"method":"ping"}"#, -32600),
            (r#"{"jsonrpc":"2.0","id":1}"#, -32600),
        ];
        for (line, code) in cases {
            assert_eq!(message(line.as_bytes()).unwrap_err().code, code, "{line}");
        }
    }

    #[test]
    fn without_an_id_it_is_a_notification() {
        let message = message(br#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#);
        assert!(message.unwrap().id.is_none());
    }
}
