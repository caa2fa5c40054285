//! What a worker needs for a chunk and asks the gateway for: jobs, kept in memory, and bars, kept
//! in a folder. Both are named by the hash of their bytes, and proved by it, whoever sent them.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::{Arc, Mutex as SyncMutex, PoisonError};
use std::{fs, io};

use prost::Message as _;
use tokio::sync::Mutex;
use tokio::task::spawn_blocking;

use super::link::{Link, Reply};
use super::message::{Kind, PIECE_BYTES, Piece, Ticket, Want};
use super::names::Names;
use super::rows::unpack_up_to;
use crate::data::{BarStore, FileKind};
use crate::digest::Digest;
use crate::runner::Job;

/// Jobs that are kept: counting the trials of a large one takes a while.
const JOBS_MAX: usize = 16;
/// Bytes of a job: a list of half a million points is a tenth of it.
const JOB_BYTES_MAX: u64 = 256 << 20;
/// How often a piece is asked for.
const TRIES: usize = 6;
/// Workers on one machine that may share a folder.
const SHARERS_MAX: u32 = 256;

/// Why something cannot be had.
#[derive(Debug, thiserror::Error)]
pub(super) enum SupplyError {
    /// The gateway does not give it.
    #[error("the gateway has not got {0}, or does not give it to this ticket")]
    NotThere(Digest),
    /// The gateway is silent.
    #[error("the gateway does not answer")]
    Silence,
    /// What came is something else.
    #[error("what came is not what was asked for: {0}")]
    Other(String),
    /// The disk refuses.
    #[error("the folder of bars: {source}")]
    Io {
        /// Why.
        source: io::Error,
        /// Bytes of what was to be kept.
        bytes: u64,
    },
}

/// Whom to ask, and by which right.
#[derive(Clone, Debug)]
pub(super) struct From {
    pub gateway: String,
    pub ticket: Ticket,
}

/// What a worker has.
pub(super) struct Supplies {
    link: Link,
    names: Names,
    bars: Arc<BarStore>,
    disk_bytes: u64,
    jobs: SyncMutex<VecDeque<(Digest, Arc<Job>)>>,
    /// One thing is asked for at a time, so that nothing is asked for twice.
    asking: Mutex<()>,
}

impl Supplies {
    pub(super) fn new(link: Link, names: Names, bars: Arc<BarStore>, disk_bytes: u64) -> Self {
        let (jobs, asking) = (SyncMutex::default(), Mutex::default());
        Self { link, names, bars, disk_bytes, jobs, asking }
    }

    fn known(&self, digest: &Digest) -> Option<Arc<Job>> {
        let jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        let found = jobs.iter().find(|(known, _)| known == digest);
        found.map(|(_, job)| Arc::clone(job))
    }

    /// The job of that name.
    pub(super) async fn job(&self, digest: Digest, from: &From) -> Result<Arc<Job>, SupplyError> {
        if let Some(job) = self.known(&digest) {
            return Ok(job);
        }
        let _asking = self.asking.lock().await;
        if let Some(job) = self.known(&digest) {
            return Ok(job);
        }
        let mut json = Vec::new();
        loop {
            let piece = self.piece(Kind::Job, digest, json.len() as u64, from).await?;
            json.extend(&piece.bytes);
            if json.len() as u64 > JOB_BYTES_MAX {
                return Err(SupplyError::Other("it is too long".to_owned()));
            }
            if piece.is_last {
                break;
            }
        }
        let read = move || {
            if Digest::of(&json) != digest {
                return Err("its hash is another".to_owned());
            }
            let spec = serde_json::from_slice(&json).map_err(|error| error.to_string())?;
            Job::new(spec).map_err(|error| error.to_string())
        };
        let job = spawn_blocking(read).await.map_err(|error| error.to_string()).flatten();
        let job = Arc::new(job.map_err(SupplyError::Other)?);
        let mut jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        if jobs.len() >= JOBS_MAX {
            jobs.pop_front();
        }
        jobs.push_back((digest, Arc::clone(&job)));
        Ok(job)
    }

    /// Brings all bars here that the job needs.
    pub(super) async fn bars(&self, job: &Job, from: &From) -> Result<(), SupplyError> {
        for (kind, digest) in files_of(job) {
            if self.bars.file_bytes(kind, &digest).is_none() {
                let _asking = self.asking.lock().await;
                if self.bars.file_bytes(kind, &digest).is_none() {
                    self.bring(kind, digest, from).await?;
                }
            }
            self.bars.touch(kind, &digest);
        }
        Ok(())
    }

    /// Lets go of the bars of a job: perhaps they are damaged.
    pub(super) fn forget(&self, job: &Job) {
        for (kind, digest) in files_of(job) {
            // What stays is only tried again.
            _ = match kind {
                FileKind::Bars => self.bars.remove(&digest),
                FileKind::Aux => self.bars.remove_aux(&digest),
            };
        }
    }

    /// Whether that much can be written and read again, once everything is removed that can be had
    /// anew.
    pub(super) async fn try_room(&self, bytes: u64) -> io::Result<()> {
        let bars = Arc::clone(&self.bars);
        blocking(move || {
            bars.evict_to(0)?;
            bars.try_room(bytes)
        })
        .await
    }

    async fn bring(&self, kind: FileKind, digest: Digest, from: &From) -> Result<(), SupplyError> {
        let (bars, disk_bytes) = (Arc::clone(&self.bars), self.disk_bytes);
        let begin = move || {
            bars.evict_to(disk_bytes)?;
            bars.adopting(kind, &digest)
        };
        let refused = |bytes| move |source| SupplyError::Io { source, bytes };
        let mut adopting = blocking(begin).await.map_err(refused(0))?;
        let wire = match kind {
            FileKind::Bars => Kind::Bars,
            FileKind::Aux => Kind::Aux,
        };
        let mut offset = 0;
        loop {
            let piece = self.piece(wire, digest, offset, from).await?;
            offset += piece.bytes.len() as u64;
            let add = move || adopting.add(&piece.bytes).map(|()| adopting);
            adopting = blocking(add).await.map_err(refused(piece.total))?;
            if piece.is_last {
                break;
            }
        }
        blocking(move || adopting.finish()).await.map_err(|error| match error.kind() {
            io::ErrorKind::InvalidData => SupplyError::Other(error.to_string()),
            _ => refused(offset)(error),
        })?;
        tracing::info!(%digest, bytes = offset, "bars have come");
        Ok(())
    }

    async fn piece(
        &self,
        kind: Kind,
        digest: Digest,
        offset: u64,
        from: &From,
    ) -> Result<Brought, SupplyError> {
        let sha256 = digest.as_bytes().to_vec();
        let want = Want { ticket: from.ticket.bytes(), kind: kind.into(), sha256, offset };
        for _ in 0..TRIES {
            let subject = self.names.want(&from.gateway);
            let Reply::Answered(bytes) = self.link.ask(subject, want.encode_to_vec()).await else {
                continue;
            };
            let piece = Piece::decode(bytes);
            let piece = piece.map_err(|error| SupplyError::Other(error.to_string()))?;
            if !piece.is_there {
                return Err(SupplyError::NotThere(digest));
            }
            let bytes = unpack_up_to(&piece.packed, PIECE_BYTES);
            let bytes = bytes.map_err(|error| SupplyError::Other(error.to_string()))?;
            let end = offset + bytes.len() as u64;
            if bytes.is_empty() && end < piece.total || end > piece.total {
                return Err(SupplyError::Other("its pieces make no whole".to_owned()));
            }
            return Ok(Brought { bytes, is_last: end == piece.total, total: piece.total });
        }
        Err(SupplyError::Silence)
    }
}

struct Brought {
    bytes: Vec<u8>,
    is_last: bool,
    /// Bytes of the whole.
    total: u64,
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    spawn_blocking(work).await.map_err(io::Error::other).flatten()
}

fn files_of(job: &Job) -> impl Iterator<Item = (FileKind, Digest)> + '_ {
    let bars = job.spec.data().map(|data| (FileKind::Bars, data));
    bars.chain(job.spec.base().aux.iter().map(|aux| (FileKind::Aux, aux.data)))
}

/// A folder below this one that no other worker of the machine has, for as long as the file lives.
pub(super) fn own_folder(dir: &Path) -> io::Result<(std::path::PathBuf, fs::File)> {
    fs::create_dir_all(dir)?;
    for number in 0..SHARERS_MAX {
        let lock = fs::File::create(dir.join(format!("{number}.lock")))?;
        match lock.try_lock() {
            Ok(()) => return Ok((dir.join(number.to_string()), lock)),
            Err(fs::TryLockError::WouldBlock) => {}
            Err(fs::TryLockError::Error(error)) => return Err(error),
        }
    }
    Err(io::Error::other("too many workers share that folder"))
}
