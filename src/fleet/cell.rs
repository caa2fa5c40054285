//! A chunk that may take down whoever computes it, computed in a process of its own: what it takes
//! down then is that process, and the server is told.

use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use prost::Message;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use tokio::time::{interval, sleep};

use super::gateway::stopping;
use super::jobs::Said;
use super::message::{Answer, PIECE_BYTES, PIECES_MAX, Refusal, Work};
use super::rows::{Asked, unpack};
use crate::engine::Meter;
use crate::runner::{ChunkResult, ExecError};

/// What the process is told to do.
const COMMAND: &str = "compute-alone";
/// It says so before anything else: another program is not taken for one that died.
pub(super) const READY: u8 = b'R';
/// It has gone through so many bars.
pub(super) const BARS: u8 = b'B';
/// What came of it.
pub(super) const ANSWER: u8 = b'A';
/// The most of one message from it.
const MESSAGE_BYTES_MAX: u64 = PIECE_BYTES as u64 * PIECES_MAX as u64 + (1 << 20);
/// Between two tries where such a process cannot be had.
const PAUSE: Duration = Duration::from_secs(5);
/// How often it is looked whether it moves.
const LOOK: Duration = Duration::from_secs(1);

/// What a process computes.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Order {
    #[prost(message, optional, tag = "1")]
    pub work: Option<Work>,
    /// What its trials have in common, as JSON.
    #[prost(bytes = "vec", tag = "2")]
    pub job: Vec<u8>,
    /// Where the bars are.
    #[prost(string, tag = "3")]
    pub bars: String,
    /// How many of them it may keep in memory, in bytes.
    #[prost(uint64, tag = "4")]
    pub cache_bytes: u64,
}

/// Starts such processes, a few at once.
#[derive(Debug)]
pub(super) struct Cells {
    program: Option<PathBuf>,
    bars: PathBuf,
    turns: Semaphore,
    /// Where nothing moves for so long, it hangs.
    still_max: Duration,
}

/// What is to be computed in one.
pub(super) struct Prisoner<'a> {
    pub work: Work,
    pub said: &'a Said,
    pub asked: &'a Arc<Asked>,
    pub meter: &'a Arc<Meter>,
    /// How long it should take.
    pub expected: Duration,
}

/// How a process ended.
enum End {
    /// With an answer.
    Answer(Answer),
    /// It is another program.
    Other(String),
    /// Without an answer.
    Death,
}

impl Cells {
    pub(super) fn new(program: Option<PathBuf>, bars: &Path, most: usize, still: Duration) -> Self {
        let turns = Semaphore::new(most.max(1));
        Self { program, bars: bars.to_owned(), turns, still_max: still }
    }

    /// Computes it. A dropped future ends the process.
    pub(super) async fn compute(&self, prisoner: Prisoner<'_>) -> Result<ChunkResult, ExecError> {
        let Some(program) = self.program.clone() else {
            return self.unavailable("this server starts no process for it", &prisoner).await;
        };
        let Prisoner { work, said, asked, meter, expected } = &prisoner;
        let turn = tokio::select! {
            turn = self.turns.acquire() => turn,
            () = stopping(meter) => return Err(ExecError::Stopped),
        };
        let Ok(_turn) = turn else { return Err(ExecError::Stopped) };
        let order = Order {
            work: Some(work.clone()),
            job: said.json.clone(),
            bars: self.bars.display().to_string(),
            cache_bytes: 0,
        };
        let (mut cell, ears) = match spawn_blocking(move || Cell::start(&program)).await {
            Ok(Ok(started)) => started,
            Ok(Err(error)) => return self.unavailable(&error.to_string(), &prisoner).await,
            Err(error) => return self.unavailable(&error.to_string(), &prisoner).await,
        };
        let (run_id, attempt) = (hex::encode(&work.run_id), work.attempt);
        tracing::info!(run_id, attempt, start = work.start, end = work.end, "computed alone");
        let (bars, heard) = (Arc::clone(meter), Arc::clone(&cell.heard));
        let mut listening = spawn_blocking(move || ears.listen(&order, &bars, &heard));
        let end = tokio::select! {
            end = &mut listening => end.unwrap_or(End::Death),
            () = stopping(meter) => return Err(ExecError::Stopped),
            () = cell.hangs(self.still_max.max(*expected)) => {
                return Err(ExecError::Poisoned("it stands still, also alone".to_owned()));
            }
        };
        match end {
            End::Answer(answer) => answered(answer, Arc::clone(asked)).await,
            End::Other(why) => self.unavailable(&why, &prisoner).await,
            End::Death => {
                let status = cell.status().await;
                Err(ExecError::Poisoned(format!("the process that computed it alone {status}")))
            }
        }
    }

    /// It is tried again, in the hope of a worker; the server itself does not compute it.
    async fn unavailable(
        &self,
        why: &str,
        prisoner: &Prisoner<'_>,
    ) -> Result<ChunkResult, ExecError> {
        tokio::select! {
            () = sleep(PAUSE) => {}
            () = stopping(prisoner.meter) => return Err(ExecError::Stopped),
        }
        let why = format!("a worker died of it, and it cannot be computed alone: {why}");
        Err(ExecError::Unavailable(why))
    }
}

/// What the process said of its chunk.
async fn answered(answer: Answer, asked: Arc<Asked>) -> Result<ChunkResult, ExecError> {
    match (answer.refusal.is_some(), answer.refusal()) {
        (true, Refusal::Data) => Err(ExecError::DataMissing(answer.text)),
        (true, Refusal::Job | Refusal::Poisoned) => Err(ExecError::Poisoned(answer.text)),
        (false, _) => {
            let unpacked = spawn_blocking(move || unpack(&answer.body, &asked)).await;
            let unpacked = unpacked.map_err(|error| error.to_string());
            let unpacked = unpacked.and_then(|it| it.map_err(|error| error.to_string()));
            unpacked.map_err(|why| ExecError::Poisoned(format!("it is no answer: {why}")))
        }
    }
}

/// A process, which ends with this.
struct Cell {
    child: Option<Child>,
    /// Milliseconds after its start when it last moved.
    heard: Arc<AtomicU64>,
    began: Instant,
}

/// Where it is spoken to and heard.
struct Ears {
    began: Instant,
    stdin: ChildStdin,
    stdout: ChildStdout,
}

impl Cell {
    fn start(program: &Path) -> io::Result<(Self, Ears)> {
        let mut command = Command::new(program);
        command.arg(COMMAND).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn()?;
        let missing = || io::Error::other("it has no pipes");
        let stdin = child.stdin.take().ok_or_else(missing)?;
        let stdout = child.stdout.take().ok_or_else(missing)?;
        let began = Instant::now();
        let cell = Self { child: Some(child), heard: Arc::default(), began };
        Ok((cell, Ears { began, stdin, stdout }))
    }

    /// Resolves when it has not moved for so long.
    async fn hangs(&self, still_max: Duration) {
        let mut look = interval(LOOK);
        loop {
            look.tick().await;
            let heard = Duration::from_millis(self.heard.load(Ordering::Relaxed));
            if self.began.elapsed().saturating_sub(heard) >= still_max {
                return;
            }
        }
    }

    /// How it ended, in words.
    async fn status(&mut self) -> String {
        let Some(mut child) = self.child.take() else { return "ended".to_owned() };
        match spawn_blocking(move || child.wait()).await {
            Ok(Ok(status)) => format!("ended with {status}"),
            _ => "ended".to_owned(),
        }
    }
}

impl Drop for Cell {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            // It may be gone already. A large one takes a moment to go.
            _ = child.kill();
            drop(spawn_blocking(move || child.wait()));
        }
    }
}

impl Ears {
    /// Tells it what to compute, and hears it to its end.
    fn listen(mut self, order: &Order, meter: &Meter, heard: &AtomicU64) -> End {
        if !matches!(receive(&mut self.stdout), Ok((READY, _))) {
            return End::Other("the program does not know how".to_owned());
        }
        // It may die before it has read everything.
        _ = send(&mut self.stdin, ANSWER, &order.encode_to_vec());
        let mut bars = 0;
        loop {
            let Ok((kind, message)) = receive(&mut self.stdout) else { return End::Death };
            match kind {
                BARS => {
                    let Ok(now) = message.as_slice().try_into().map(u64::from_le_bytes) else {
                        return End::Death;
                    };
                    if now > bars {
                        meter.add_bars(now - bars);
                        bars = now;
                        let moved = self.began.elapsed().as_millis() as u64;
                        heard.store(moved, Ordering::Relaxed);
                    }
                }
                ANSWER => return Answer::decode(&*message).map_or(End::Death, End::Answer),
                _ => return End::Death,
            }
        }
    }
}

/// A message: its kind, its length, its bytes.
pub(super) fn send(to: &mut impl Write, kind: u8, bytes: &[u8]) -> io::Result<()> {
    to.write_all(&[kind])?;
    to.write_all(&(bytes.len() as u64).to_le_bytes())?;
    to.write_all(bytes)?;
    to.flush()
}

/// The next one.
pub(super) fn receive(from: &mut impl Read) -> io::Result<(u8, Vec<u8>)> {
    let (mut kind, mut length) = ([0], [0; 8]);
    from.read_exact(&mut kind)?;
    from.read_exact(&mut length)?;
    let length = u64::from_le_bytes(length);
    if length > MESSAGE_BYTES_MAX {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "a message is too long"));
    }
    let mut bytes = Vec::new();
    if from.take(length).read_to_end(&mut bytes)? as u64 != length {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok((kind[0], bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_come_as_they_were_sent_and_what_is_cut_or_too_long_is_none() {
        let mut sent = Vec::new();
        send(&mut sent, BARS, b"12345678").unwrap();
        assert_eq!(receive(&mut sent.as_slice()).unwrap(), (BARS, b"12345678".to_vec()));
        for end in 0..sent.len() {
            assert!(receive(&mut &sent[..end]).is_err(), "{end}");
        }
        let long = [&[ANSWER][..], &u64::MAX.to_le_bytes()].concat();
        assert!(receive(&mut long.as_slice()).is_err());
    }

    fn prisoner<'a>(said: &'a Said, asked: &'a Arc<Asked>, meter: &'a Arc<Meter>) -> Prisoner<'a> {
        let expected = Duration::ZERO;
        Prisoner { work: Work::default(), said, asked, meter, expected }
    }

    #[tokio::test(start_paused = true)]
    async fn another_program_is_not_taken_for_one_that_died() {
        let said = Said { sha256: crate::digest::Digest::of(b""), json: Vec::new() };
        let (asked, meter) = (Arc::new(Asked { trials: vec![0], details: 1 }), Arc::default());
        for program in ["/bin/true", "/bin/echo", "/none"] {
            let cells = Cells::new(Some(program.into()), Path::new("/"), 1, Duration::MAX);
            let end = cells.compute(prisoner(&said, &asked, &meter)).await;
            assert!(matches!(end, Err(ExecError::Unavailable(_))), "{program}: {end:?}");
        }
        let cells = Cells::new(None, Path::new("/"), 1, Duration::MAX);
        let end = cells.compute(prisoner(&said, &asked, &meter)).await;
        assert!(matches!(end, Err(ExecError::Unavailable(_))), "{end:?}");
        meter.stop();
        let end = cells.compute(prisoner(&said, &asked, &meter)).await;
        assert!(matches!(end, Err(ExecError::Stopped)), "{end:?}");
    }
}
