//! The thread of a checkpointer.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::SyncSender;
use std::time::{Duration, Instant, SystemTime};

use super::policy::{Action, Done, Log, Policy};
use super::sightings::Sightings;
use super::{Checkpointed, Event, Shared};
use crate::conn::{Connection, OpenOptions};
use crate::error::{Error, Kind, Result};
use crate::sqlite::{CheckpointMode, CheckpointOutcome, OpenMode, Waiting};

/// Between two looks at what changes seldom: who reads, whose file it is.
const SLOW: Duration = Duration::from_secs(1);
/// Between two attempts at a lock. SQLite's own grow to 100 ms, and a writer that works without a pause
/// would hardly ever be met between two transactions.
const LOCK_INTERVAL: Duration = Duration::from_millis(1);

/// Opens the file, says so, and works until it is stopped.
pub fn run(shared: &Arc<Shared>, opened: &SyncSender<Result<()>>) {
    let mut worker = Worker {
        shared: Arc::clone(shared),
        connection: None,
        started: Instant::now(),
        policy: Policy::default(),
        sightings: Sightings::default(),
        slow_from: Duration::ZERO,
        last_failure: None,
        log_path: PathBuf::from(format!("{}-wal", shared.settings.path)),
        litestream: litestream_folder(Path::new(&shared.settings.path)),
    };
    let first = match worker.open() {
        Err(error) if error.is_busy() => Ok(()),
        answer => answer,
    };
    let refused = first.is_err();
    // Who waits for it may be gone.
    let _ = opened.send(first);
    if refused {
        return;
    }
    loop {
        if let Err(error) = worker.look() {
            worker.failed(error);
        }
        if !shared.pause() {
            break;
        }
    }
}

/// Where Litestream keeps what it knows of a database that it replicates.
/// See <https://litestream.io/how-it-works/>.
fn litestream_folder(path: &Path) -> PathBuf {
    let name = path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    path.with_file_name(format!(".{name}-litestream"))
}

struct Worker {
    shared: Arc<Shared>,
    connection: Option<Connection>,
    started: Instant,
    policy: Policy,
    sightings: Sightings,
    slow_from: Duration,
    /// Told already.
    last_failure: Option<Error>,
    log_path: PathBuf,
    litestream: PathBuf,
}

impl Worker {
    fn open(&mut self) -> Result<()> {
        let settings = &self.shared.settings;
        let connection = Connection::open(&OpenOptions {
            path: settings.path.clone(),
            mode: OpenMode::ReadWrite,
            uri: false,
            busy_timeout_ms: 1,
        })?;
        let handle = connection.handle()?;
        let stopping = Arc::clone(&self.shared);
        let goes_on = move || !stopping.is_stopping();
        handle.watch(Box::new(goes_on), Waiting::Polling(LOCK_INTERVAL));
        // SQLite learns from the first read that the database has a log.
        connection
            .execute_all("PRAGMA wal_autocheckpoint = 0; PRAGMA schema_version".to_owned())?;
        let outcome = handle.checkpoint(CheckpointMode::Noop)?;
        if !outcome.busy && outcome.wal_frames < 0 {
            return Err(Error::of(Kind::NotWal, "the database has no write-ahead log"));
        }
        self.shared.state().interrupter = Some(handle.interrupter());
        self.connection = Some(connection);
        Ok(())
    }

    fn now(&self) -> Duration {
        self.started.elapsed()
    }

    /// Looks at the log, and does what is to be done.
    fn look(&mut self) -> Result<()> {
        let now = self.now();
        let is_slow = now >= self.slow_from;
        if is_slow {
            self.slow_from = now + SLOW;
            self.close_if_moved()?;
        }
        if self.connection.is_none() {
            if !is_slow {
                return Ok(());
            }
            match self.open() {
                Err(error) if error.is_busy() => return Ok(()),
                answer => answer?,
            }
        }
        let Some(log) = self.log()? else { return Ok(()) };
        if is_slow {
            self.look_at_readers(now, &log)?;
        }
        let stepped_back = self.note(&log, is_slow.then_some(now));
        if stepped_back {
            return Ok(());
        }
        self.act(now, log)?;
        if is_slow {
            let snapshots = self.sightings.snapshots(now);
            if let Some(alarm) = self.policy.alarm(&self.shared.settings.limits, &log, &snapshots) {
                self.shared.tell(Event::Alarm(alarm, log, self.sightings.clone(), now));
            }
        }
        self.last_failure = None;
        Ok(())
    }

    /// The log at this moment; `None` while another connection keeps everybody out.
    fn log(&self) -> Result<Option<Log>> {
        let Some(connection) = &self.connection else { return Ok(None) };
        let outcome = connection.handle()?.checkpoint(CheckpointMode::Noop)?;
        if outcome.busy {
            return Ok(None);
        }
        Ok(Some(Log {
            frames: u32::try_from(outcome.wal_frames).unwrap_or(0),
            copied: u32::try_from(outcome.checkpointed_frames).unwrap_or(0),
            bytes: self.log_bytes(),
        }))
    }

    fn log_bytes(&self) -> u64 {
        // By its name: opening it would drop locks.
        std::fs::metadata(&self.log_path).map_or(0, |log| log.len())
    }

    fn look_at_readers(&mut self, now: Duration, log: &Log) -> Result<bool> {
        let Some(connection) = &self.connection else { return Ok(false) };
        let readers = connection.handle()?.wal_readers();
        let known = readers.is_some();
        self.sightings.look(now, log, readers.unwrap_or_default());
        Ok(known)
    }

    /// Takes down what was seen. Whether everything is left to Litestream.
    fn note(&self, log: &Log, looked: Option<Duration>) -> bool {
        let stepped_back = looked.map(|_| self.litestream.is_dir());
        let mut state = self.shared.state();
        let seen = &mut state.stats;
        seen.log = *log;
        seen.peak_bytes = seen.peak_bytes.max(log.bytes);
        if let Some(looked) = looked {
            seen.sightings = self.sightings.clone();
            seen.looked = looked;
        }
        if let Some(stepped_back) = stepped_back {
            seen.stepped_back = stepped_back;
        }
        seen.stepped_back
    }

    fn act(&mut self, now: Duration, log: Log) -> Result<()> {
        let shared = Arc::clone(&self.shared);
        let limits = &shared.settings.limits;
        let mut policy = std::mem::take(&mut self.policy);
        let mut looked = Ok(false);
        let action = policy.decide(limits, now, &log, || {
            looked = self.look_at_readers(now, &log);
            matches!(looked, Ok(true)).then(|| self.sightings.snapshots(now))
        });
        self.policy = policy;
        let known = looked?;
        let Some(action) = action else { return Ok(()) };
        let began = Instant::now();
        let outcome = self.checkpoint(action);
        let copied = matches!(&outcome, Ok(outcome) if outcome.checkpointed_frames
            > i32::try_from(log.copied).unwrap_or(i32::MAX));
        let finished = matches!(&outcome, Ok(outcome) if !outcome.busy);
        // With the lock all is copied, unless an old snapshot is in the way: then it would not have been
        // tried, where readers are known.
        let missed_lock = matches!((&outcome, known), (Ok(outcome), true) if outcome.busy
            && outcome.checkpointed_frames < outcome.wal_frames);
        let done = Done { action, finished, copied, missed_lock, bytes: log.bytes };
        self.policy.done(limits, self.now(), done);
        let outcome = match outcome {
            Err(error) if error.is_interrupt() && shared.is_stopping() => return Ok(()),
            outcome => outcome?,
        };
        let mode = mode_of(action);
        let answer = Checkpointed {
            mode,
            outcome,
            bytes: self.log_bytes(),
            duration: began.elapsed(),
            at: SystemTime::now(),
        };
        let mut state = shared.state();
        let seen = &mut state.stats;
        seen.passive += u64::from(mode == CheckpointMode::Passive);
        seen.truncated += u64::from(mode == CheckpointMode::Truncate && !outcome.busy);
        seen.busy += u64::from(outcome.busy);
        seen.last = Some(answer.clone());
        drop(state);
        shared.tell(Event::Checkpoint(answer));
        Ok(())
    }

    fn checkpoint(&self, action: Action) -> Result<CheckpointOutcome> {
        let Some(connection) = &self.connection else { return Ok(CheckpointOutcome::BUSY_UNKNOWN) };
        let handle = connection.handle()?;
        let Action::Truncate(wait) = action else {
            return handle.checkpoint(CheckpointMode::Passive);
        };
        // As much as possible without keeping writers waiting.
        handle.checkpoint(CheckpointMode::Passive)?;
        connection.execute_all(format!("PRAGMA busy_timeout = {}", wait.as_millis()))?;
        let first = handle.checkpoint(CheckpointMode::Truncate)?;
        if !first.busy || first.checkpointed_frames < first.wal_frames {
            return Ok(first);
        }
        // All is copied, but readers were still there when the time was over, which copying has used up:
        // it counts from the first lock that was met. This time little is to be copied.
        handle.checkpoint(CheckpointMode::Truncate)
    }

    fn close_if_moved(&mut self) -> Result<()> {
        let Some(connection) = &self.connection else { return Ok(()) };
        let handle = connection.handle()?;
        if !handle.has_moved() {
            return Ok(());
        }
        // The log and its index may be another database's: SQLite would delete them by their names.
        handle.keep_log()?;
        drop(handle);
        self.close();
        self.shared.tell(Event::Moved);
        Ok(())
    }

    /// An error is told once, and the file opened anew.
    fn failed(&mut self, error: Error) {
        self.close();
        if self.shared.is_stopping() {
            return;
        }
        self.shared.state().stats.failed += 1;
        if self.last_failure.as_ref() != Some(&error) {
            self.shared.tell(Event::Failed(error.clone()));
            self.last_failure = Some(error);
        }
    }

    fn close(&mut self) {
        self.shared.state().interrupter = None;
        if let Some(connection) = self.connection.take() {
            // Its log stays for whoever opens the file next.
            drop(connection.close());
        }
        self.sightings = Sightings::default();
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.close();
    }
}

fn mode_of(action: Action) -> CheckpointMode {
    match action {
        Action::Passive => CheckpointMode::Passive,
        Action::Truncate(_) => CheckpointMode::Truncate,
    }
}
