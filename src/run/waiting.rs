//! What a live run waits for, and since when.

/// What a live run waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Why.
    pub reason: WaitReason,
    /// Since when, UTC milliseconds.
    pub since_ms: i64,
    /// What would end it, or what is in the way, in words.
    pub message: String,
}

/// Why a run does not go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WaitReason {
    /// Others come first.
    Queue,
    /// The disk has no room for what it computed.
    StorageFull,
    /// The database refuses what it computed.
    StorageError,
}

impl WaitReason {
    /// Every one.
    pub const ALL: [Self; 3] = [Self::Queue, Self::StorageFull, Self::StorageError];

    /// The name in the contract.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queue => "QUEUE",
            Self::StorageFull => "STORAGE_FULL",
            Self::StorageError => "STORAGE_ERROR",
        }
    }
}

impl Waiting {
    /// For its turn.
    pub fn in_line(since_ms: i64) -> Self {
        let message = "other runs come first".to_owned();
        Self { reason: WaitReason::Queue, since_ms, message }
    }
}
