//! When to checkpoint, and when to say that it does not help. Pure: it is told the time.
//!
//! - Passive checkpoints, which nobody waits for, by pages and by time, and only where they can copy
//!   something.
//! - Truncating ones, which keep writers waiting, where the log is too large or nobody writes; never
//!   while a snapshot is there that is older than the wait would be long.
//!
//! `RESTART` is never used: it keeps writers waiting like a truncation, and leaves the file large.

use std::time::Duration;

/// The pause after a truncation that failed is this many times as long as its wait: writers lose a tenth
/// of their time.
const PAUSE_FACTOR: u32 = 10;
/// The same for a log that is over half of its limit, which is worth more of their time: there each wait is
/// as long as it may be from the start.
const URGENT_PAUSE_FACTOR: u32 = 2;
/// The wait of a truncation grows up to this many times.
const WAIT_FACTOR: u32 = 10;
/// A passive checkpoint that copied nothing, where readers are not known, is repeated after so long.
const FRUITLESS: Duration = Duration::from_secs(1);

/// The thresholds.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Frames that are to be copied for a passive checkpoint.
    pub passive_frames: u32,
    /// The longest that any frame waits to be copied.
    pub passive_interval: Duration,
    /// A log file of this size is truncated.
    pub truncate_bytes: u64,
    /// A larger log file is warned of.
    pub max_bytes: u64,
    /// Without a write for so long, the moment counts as quiet.
    pub idle: Duration,
    /// A log file of this size is truncated in a quiet moment.
    pub idle_truncate_bytes: u64,
    /// How long a truncation waits at first.
    pub busy_timeout: Duration,
    /// A snapshot of this age that holds the log is warned of.
    pub snapshot_age: Duration,
}

/// The log at one moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Log {
    /// Frames in it.
    pub frames: u32,
    /// Those of them that are in the database file.
    pub copied: u32,
    /// The size of its file, which does not shrink when the log begins anew.
    pub bytes: u64,
}

impl Log {
    /// Frames that are to be copied.
    pub fn pending(&self) -> u32 {
        self.frames.saturating_sub(self.copied)
    }
}

/// A snapshot that somebody has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Snapshot {
    /// Its slot.
    pub slot: u32,
    /// Where it ends.
    pub frame: u32,
    /// For how long it has been seen.
    pub age: Duration,
    /// For how long it has held the log.
    pub held: Duration,
}

impl Snapshot {
    /// Whether it keeps frames of the log from being copied.
    pub fn holds(&self, log: &Log) -> bool {
        if self.slot == 0 { log.pending() > 0 } else { self.frame < log.frames }
    }
}

/// What to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// A passive checkpoint.
    Passive,
    /// A truncating one, which waits so long.
    Truncate(Duration),
}

/// A checkpoint that has ended.
#[derive(Debug, Clone, Copy)]
pub struct Done {
    /// What was done.
    pub action: Action,
    /// Whether nobody kept it from finishing.
    pub finished: bool,
    /// Whether it has copied anything.
    pub copied: bool,
    /// Whether it did not even get the write lock, so that it has kept no writer waiting.
    pub missed_lock: bool,
    /// The size of the log's file before.
    pub bytes: u64,
}

/// What to warn of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Alarm {
    /// A snapshot has held the log for long.
    Held,
    /// The log's file is over its limit.
    OverLimit,
}

/// What is remembered from one look to the next.
#[derive(Debug, Default)]
pub struct Policy {
    frames: u32,
    changed: Duration,
    checkpointed: Duration,
    passive_from: Duration,
    truncate_from: Duration,
    failures: u32,
    held_warned: Option<Duration>,
    bytes_warned: Option<u64>,
}

impl Policy {
    /// Decides. `readers` are asked for only where it matters; `None` where the system does not tell.
    pub fn decide(
        &mut self,
        limits: &Limits,
        now: Duration,
        log: &Log,
        readers: impl FnOnce() -> Option<Vec<Snapshot>>,
    ) -> Option<Action> {
        if log.frames != self.frames {
            self.frames = log.frames;
            self.changed = now;
        }
        let is_quiet = now.saturating_sub(self.changed) >= limits.idle;
        let truncate = now >= self.truncate_from
            && (log.bytes >= limits.truncate_bytes
                || is_quiet && log.bytes >= limits.idle_truncate_bytes.max(1));
        let is_due = now.saturating_sub(self.checkpointed) >= limits.passive_interval;
        let pending = log.pending();
        let passive =
            now >= self.passive_from && pending > 0 && (pending >= limits.passive_frames || is_due);
        if !truncate && !passive {
            return None;
        }
        let readers = readers();
        let wait = self.wait(limits, log);
        if truncate && may_truncate(readers.as_deref(), wait) {
            return Some(Action::Truncate(wait));
        }
        (passive && may_copy(readers.as_deref(), log)).then_some(Action::Passive)
    }

    fn wait(&self, limits: &Limits, log: &Log) -> Duration {
        let doubled =
            if is_urgent(limits, log.bytes) { WAIT_FACTOR } else { 1 << self.failures.min(4) };
        limits.busy_timeout * doubled.min(WAIT_FACTOR)
    }

    /// A checkpoint has ended.
    pub fn done(&mut self, limits: &Limits, now: Duration, done: Done) {
        let Done { action, finished, copied, missed_lock, bytes } = done;
        self.checkpointed = now;
        match action {
            Action::Passive => {
                self.passive_from = if copied { now } else { now + FRUITLESS };
            }
            Action::Truncate(_) if missed_lock => self.truncate_from = now,
            Action::Truncate(wait) => {
                self.failures = if finished { 0 } else { self.failures.saturating_add(1) };
                let factor =
                    if is_urgent(limits, bytes) { URGENT_PAUSE_FACTOR } else { PAUSE_FACTOR };
                let pause = if finished { limits.busy_timeout } else { wait * factor };
                self.truncate_from = now + pause;
            }
        }
    }

    /// What there is to warn of: once, and again when it is twice as bad.
    pub fn alarm(&mut self, limits: &Limits, log: &Log, readers: &[Snapshot]) -> Option<Alarm> {
        let holding = readers.iter().filter(|reader| reader.holds(log));
        let oldest = holding.map(|reader| reader.held).max().unwrap_or_default();
        if oldest < limits.snapshot_age {
            self.held_warned = None;
        } else if log.pending() >= limits.passive_frames
            && self.held_warned.is_none_or(|warned| oldest >= warned * 2)
        {
            self.held_warned = Some(oldest);
            return Some(Alarm::Held);
        }
        if log.bytes <= limits.max_bytes {
            self.bytes_warned = None;
        } else if self.bytes_warned.is_none_or(|warned| log.bytes >= warned * 2) {
            self.bytes_warned = Some(log.bytes);
            return Some(Alarm::OverLimit);
        }
        None
    }
}

/// Whether a log is over half of its limit.
fn is_urgent(limits: &Limits, bytes: u64) -> bool {
    bytes >= limits.max_bytes / 2
}

/// Whether a truncation that waits for so long can succeed: who has a snapshot for longer already will
/// hardly leave, and writers would wait in vain.
fn may_truncate(readers: Option<&[Snapshot]>, wait: Duration) -> bool {
    readers.is_none_or(|readers| readers.iter().all(|reader| reader.age <= wait))
}

/// Whether a passive checkpoint can copy anything.
fn may_copy(readers: Option<&[Snapshot]>, log: &Log) -> bool {
    let holds = |reader: &Snapshot| reader.slot == 0 || reader.frame <= log.copied;
    readers.is_none_or(|readers| !readers.iter().any(holds))
}

#[cfg(test)]
#[path = "policy_tests.rs"]
mod tests;
