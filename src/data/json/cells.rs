//! One row of JSON as the fields that a table would have. Numbers stay as they are written.

use std::fmt;
use std::io;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::broken;

/// The fields of one row.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Row {
    List(Vec<String>),
    Object(Vec<(String, String)>),
}

impl Row {
    /// Reads a list or an object.
    pub(super) fn read(value: &[u8]) -> io::Result<Self> {
        let invalid = |error: serde_json::Error| broken(&format!("is damaged: {error}"));
        if value.first() == Some(&b'[') {
            let list: Vec<&RawValue> = serde_json::from_slice(value).map_err(invalid)?;
            return list.into_iter().map(cell).collect::<io::Result<_>>().map(Self::List);
        }
        let Entries(entries) = serde_json::from_slice(value).map_err(invalid)?;
        let fields = flat(&entries).into_iter().map(|(name, value)| Ok((name, cell(value)?)));
        fields.collect::<io::Result<_>>().map(Self::Object)
    }
}

/// The value as a field; what is none is empty, and what is more than a value no number.
pub(super) fn cell(value: &RawValue) -> io::Result<String> {
    match value.get() {
        "null" => Ok(String::new()),
        text if text.starts_with('"') => serde_json::from_str(text)
            .map_err(|error| broken(&format!("has a damaged text: {error}"))),
        other => Ok(other.to_owned()),
    }
}

/// The entries with those of the objects among them in their place, as `mid.o`: so do brokers that
/// part prices into bid, ask and middle.
pub(super) fn flat<'a>(entries: &[(String, &'a RawValue)]) -> Vec<(String, &'a RawValue)> {
    let mut found = Vec::with_capacity(entries.len());
    for (name, value) in entries {
        let inner = value.get().starts_with('{').then(|| serde_json::from_str(value.get()));
        match inner {
            Some(Ok(Entries(inner))) => {
                let named = |(own, value): (String, _)| (format!("{name}.{own}"), value);
                found.extend(inner.into_iter().map(named));
            }
            _ => found.push((name.clone(), *value)),
        }
    }
    found
}

/// The names and values of an object, in its order.
pub(super) struct Entries<'a>(pub(super) Vec<(String, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Entries<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;

        impl<'de> Visitor<'de> for InOrder {
            type Value = Vec<(String, &'de RawValue)>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(entries)
            }
        }

        deserializer.deserialize_map(InOrder).map(Entries)
    }
}
