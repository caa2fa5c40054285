//! The calls of the contract by their paths, and which of them are streams.

use std::collections::HashMap;
use std::sync::Arc;

use prost::Message as _;
use prost_types::FileDescriptorSet;

use crate::pb;

/// Which sides of a call are streams.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sides {
    /// Whether several messages ask.
    pub asks_often: bool,
    /// Whether several messages answer.
    pub answers_often: bool,
}

impl Sides {
    /// Whether one of them is a stream.
    pub(super) const fn is_stream(self) -> bool {
        self.asks_often || self.answers_often
    }
}

/// All of them. A clone shares them.
#[derive(Clone, Debug)]
pub(super) struct Methods(Arc<HashMap<String, Sides>>);

impl Methods {
    /// Those that the descriptors tell.
    pub(super) fn of_the_contract() -> Self {
        let mut methods = HashMap::new();
        let files = FileDescriptorSet::decode(pb::DESCRIPTORS).unwrap_or_default();
        for file in &files.file {
            for service in &file.service {
                for method in &service.method {
                    let path = format!("/{}.{}/{}", file.package(), service.name(), method.name());
                    let sides = Sides {
                        asks_often: method.client_streaming(),
                        answers_often: method.server_streaming(),
                    };
                    methods.insert(path, sides);
                }
            }
        }
        Self(Arc::new(methods))
    }

    /// The call of that path, if the contract has it.
    pub(super) fn find(&self, path: &str) -> Option<Sides> {
        self.0.get(path).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_methods_are_those_of_the_contract() {
        let methods = Methods::of_the_contract();
        let sides = |asks_often, answers_often| Some(Sides { asks_often, answers_often });
        assert_eq!(methods.find("/tradeforge.v1.RunService/Submit"), sides(false, false));
        assert_eq!(methods.find("/tradeforge.v1.RunService/WatchProgress"), sides(false, true));
        assert_eq!(methods.find("/tradeforge.v1.MarketDataService/UploadBars"), sides(true, false));
        assert_eq!(methods.find("/tradeforge.v1.RunService/Nothing"), None);
    }
}
