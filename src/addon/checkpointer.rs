//! Checkpointers: start, stop, what they tell.

use std::cell::RefCell;
use std::time::{Duration, UNIX_EPOCH};

use napi::bindgen_prelude::{AsyncTask, Function, Result as NapiResult};
use napi::threadsafe_function::ThreadsafeFunctionCallMode;
use napi::{Env, Task};
use napi_derive::napi;
use slab::Slab;

use super::database::number;
use super::environment::Environment;
use super::error::NativeError;
use crate::ops::checkpointer::policy::{Alarm, Limits, Log};
use crate::ops::checkpointer::sightings::{Sighting, Sightings};
use crate::ops::checkpointer::{Checkpointed, Checkpointer, Event, Settings};
use crate::sqlite::{CheckpointMode, WalReader, WhoReads};

/// As for the threads of a pool.
const WAIT_FOR_THREAD: Duration = Duration::from_secs(10);

/// How a checkpointer is started; times are in milliseconds.
#[napi(object)]
pub struct NativeCheckpointerOptions {
    /// The file's path.
    pub path: String,
    /// Between two looks.
    pub poll_ms: u32,
    /// See `Limits`, also for the rest.
    pub passive_frames: u32,
    #[expect(missing_docs, reason = "see `Limits`")]
    pub passive_interval_ms: u32,
    #[expect(missing_docs, reason = "see `Limits`")]
    pub truncate_bytes: f64,
    #[expect(missing_docs, reason = "see `Limits`")]
    pub max_bytes: f64,
    #[expect(missing_docs, reason = "see `Limits`")]
    pub idle_ms: u32,
    #[expect(missing_docs, reason = "see `Limits`")]
    pub idle_truncate_bytes: f64,
    #[expect(missing_docs, reason = "see `Limits`")]
    pub busy_timeout_ms: u32,
    #[expect(missing_docs, reason = "see `Limits`")]
    pub snapshot_age_ms: u32,
}

/// The log at one moment.
#[napi(object)]
pub struct NativeLog {
    /// Frames in it.
    pub frames: u32,
    /// Those in the database file.
    pub copied: u32,
    /// The size of its file.
    pub bytes: f64,
}

/// A checkpoint that was made.
#[napi(object)]
pub struct NativeCheckpointed {
    /// Whether it truncated; otherwise it was passive.
    pub truncates: bool,
    /// As in `NativeCheckpoint`.
    pub busy: bool,
    /// As in `NativeCheckpoint`.
    pub wal_frames: i32,
    /// As in `NativeCheckpoint`.
    pub checkpointed_frames: i32,
    /// The size of the log's file afterwards.
    pub wal_bytes: f64,
    /// How long it took.
    pub duration_ms: f64,
    /// When it ended, in milliseconds since 1970.
    pub at: f64,
}

/// A connection that has a snapshot.
#[napi(object)]
pub struct NativeHolder {
    /// Of another process; 0 for this one, -1 where the system does not tell.
    pub pid: i32,
    /// The name of its thread, where that is one of ours.
    pub thread: Option<String>,
    /// Whether it is a connection of the environment that asks; the next two mean nothing otherwise.
    pub is_own: bool,
    /// Whether it is within a transaction.
    pub in_transaction: bool,
    /// The statements that stand on a row.
    pub statements: Vec<String>,
    /// Frames of the log that were written since.
    pub frames_behind: u32,
    /// For how long it has held the log; -1 while it does not.
    pub held_ms: f64,
}

/// Something that a checkpointer tells.
#[napi(object)]
pub struct NativeCheckpointerEvent {
    /// `checkpoint`, `held`, `overLimit`, `failed` or `moved`.
    pub kind: String,
    /// Of `checkpoint`.
    pub checkpoint: Option<NativeCheckpointed>,
    /// Of `held` and `overLimit`.
    pub log: Option<NativeLog>,
    /// Of `held` and `overLimit`.
    pub holders: Vec<NativeHolder>,
    /// Of `failed`.
    pub error: Option<NativeError>,
}

/// What a checkpointer has seen and done.
#[napi(object)]
pub struct NativeCheckpointerStats {
    /// At the last look.
    pub log: NativeLog,
    /// The largest size of the log's file.
    pub peak_bytes: f64,
    /// Who reads.
    pub holders: Vec<NativeHolder>,
    /// Whether everything is left to Litestream.
    pub stepped_back: bool,
    /// Passive ones, those that truncated, those that were busy, those that failed.
    pub counts: Vec<f64>,
    /// The last checkpoint.
    pub last: Option<NativeCheckpointed>,
}

/// The checkpointers of an environment, by number.
#[derive(Default)]
pub struct Checkpointers(RefCell<Slab<Checkpointer>>);

impl Checkpointers {
    /// Ends all, before their environment is gone.
    pub fn end(&self) {
        let all: Vec<_> = self.0.take().into_iter().map(|(_, one)| one).collect();
        for one in &all {
            drop(one.shut());
            one.stop();
        }
        for one in &all {
            one.wait(WAIT_FOR_THREAD);
        }
    }

    /// Ends all because the process ends. Makes no Node-API call: what would is forgotten.
    pub fn abandon(&self) {
        let Ok(all) = self.0.try_borrow() else { return };
        for (_, one) in all.iter() {
            std::mem::forget(one.shut());
            one.stop();
        }
        for (_, one) in all.iter() {
            one.wait(WAIT_FOR_THREAD);
        }
    }

    fn get(&self, number: u32) -> Option<Checkpointer> {
        self.0.borrow().get(number as usize).cloned()
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "JavaScript has checked that it is a safe integer"
)]
fn bytes(number: f64) -> u64 {
    number as u64
}

#[expect(clippy::cast_precision_loss, reason = "no file and no counter reaches 2^53")]
fn float(number: u64) -> f64 {
    number as f64
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

/// Starts a checkpointer and answers its number, or -1 and leaves an error. `wake` is called when there
/// are events to take.
#[napi(catch_unwind)]
pub fn start_checkpointer(
    env: Env,
    options: NativeCheckpointerOptions,
    wake: Function<'_, (), ()>,
) -> NapiResult<i32> {
    let environment = Environment::current(env)?;
    let wake = wake.build_threadsafe_function::<()>().weak::<true>().build()?;
    let ms = |number: u32| Duration::from_millis(u64::from(number));
    let settings = Settings {
        path: options.path,
        poll: ms(options.poll_ms),
        limits: Limits {
            passive_frames: options.passive_frames,
            passive_interval: ms(options.passive_interval_ms),
            truncate_bytes: bytes(options.truncate_bytes),
            max_bytes: bytes(options.max_bytes),
            idle: ms(options.idle_ms),
            idle_truncate_bytes: bytes(options.idle_truncate_bytes),
            busy_timeout: ms(options.busy_timeout_ms),
            snapshot_age: ms(options.snapshot_age_ms),
        },
    };
    let waker = Box::new(move || {
        // Refused only once the environment is ending, when nobody listens.
        let _ = wake.call((), ThreadsafeFunctionCallMode::NonBlocking);
    });
    match Checkpointer::start(settings, waker) {
        Ok(one) => Ok(number(environment.checkpointers.0.borrow_mut().insert(one))),
        Err(error) => {
            environment.fail(error);
            Ok(-1)
        }
    }
}

/// What has happened since the last call.
#[napi(catch_unwind)]
pub fn take_checkpointer_events(
    env: Env,
    checkpointer: u32,
) -> NapiResult<Vec<NativeCheckpointerEvent>> {
    let environment = Environment::current(env)?;
    let Some(one) = environment.checkpointers.get(checkpointer) else { return Ok(Vec::new()) };
    Ok(one.take().into_iter().map(|event| native_event(&environment, event)).collect())
}

/// What a checkpointer has seen and done; also after it was stopped, until it is released.
#[napi(catch_unwind)]
pub fn checkpointer_stats(
    env: Env,
    checkpointer: u32,
) -> NapiResult<Option<NativeCheckpointerStats>> {
    let environment = Environment::current(env)?;
    let Some(one) = environment.checkpointers.get(checkpointer) else { return Ok(None) };
    let stats = one.stats();
    Ok(Some(NativeCheckpointerStats {
        log: native_log(stats.log),
        peak_bytes: float(stats.peak_bytes),
        holders: holders(&environment, &stats.log, &stats.sightings, stats.looked),
        stepped_back: stats.stepped_back,
        counts: [stats.passive, stats.truncated, stats.busy, stats.failed].map(float).to_vec(),
        last: stats.last.map(|last| native_checkpointed(&last)),
    }))
}

/// Waits for the end of a checkpointer.
pub struct StopTask(Option<Checkpointer>);

impl Task for StopTask {
    type Output = ();
    type JsValue = ();

    fn compute(&mut self) -> NapiResult<()> {
        if let Some(one) = &self.0 {
            one.wait(Duration::MAX);
        }
        Ok(())
    }

    fn resolve(&mut self, _env: Env, (): ()) -> NapiResult<()> {
        Ok(())
    }
}

/// Stops a checkpointer; the promise is fulfilled when its file is closed.
#[napi(catch_unwind, ts_return_type = "Promise<void>")]
pub fn stop_checkpointer(env: Env, checkpointer: u32) -> NapiResult<AsyncTask<StopTask>> {
    let one = Environment::current(env)?.checkpointers.get(checkpointer);
    if let Some(one) = &one {
        one.stop();
    }
    Ok(AsyncTask::new(StopTask(one)))
}

/// Forgets a checkpointer that has ended, and frees its number.
#[napi(catch_unwind)]
pub fn release_checkpointer(env: Env, checkpointer: u32) -> NapiResult<()> {
    let environment = Environment::current(env)?;
    let removed = environment.checkpointers.0.borrow_mut().try_remove(checkpointer as usize);
    if let Some(one) = removed {
        one.stop();
        drop(one.shut());
    }
    Ok(())
}

fn native_event(environment: &Environment, event: Event) -> NativeCheckpointerEvent {
    let mut native = NativeCheckpointerEvent {
        kind: String::new(),
        checkpoint: None,
        log: None,
        holders: Vec::new(),
        error: None,
    };
    let kind = match event {
        Event::Checkpoint(made) => {
            native.checkpoint = Some(native_checkpointed(&made));
            "checkpoint"
        }
        Event::Alarm(alarm, log, sightings, now) => {
            native.holders = holders(environment, &log, &sightings, now);
            native.log = Some(native_log(log));
            if alarm == Alarm::Held { "held" } else { "overLimit" }
        }
        Event::Failed(error) => {
            native.error = Some(NativeError::from(error));
            "failed"
        }
        Event::Moved => "moved",
    };
    kind.clone_into(&mut native.kind);
    native
}

fn native_log(log: Log) -> NativeLog {
    NativeLog { frames: log.frames, copied: log.copied, bytes: float(log.bytes) }
}

fn native_checkpointed(made: &Checkpointed) -> NativeCheckpointed {
    NativeCheckpointed {
        truncates: made.mode == CheckpointMode::Truncate,
        busy: made.outcome.busy,
        wal_frames: made.outcome.wal_frames,
        checkpointed_frames: made.outcome.checkpointed_frames,
        wal_bytes: float(made.bytes),
        duration_ms: milliseconds(made.duration),
        at: milliseconds(made.at.duration_since(UNIX_EPOCH).unwrap_or_default()).floor(),
    }
}

fn holders(
    environment: &Environment,
    log: &Log,
    sightings: &Sightings,
    now: Duration,
) -> Vec<NativeHolder> {
    let holder = |one: &Sighting| holder_of(environment, log, &one.reader, one.held(now));
    sightings.0.iter().map(holder).collect()
}

/// Who reads, as JavaScript hears of it. `held`: for how long it has held the log, where that is known.
pub fn holder_of(
    environment: &Environment,
    log: &Log,
    reader: &WalReader,
    held: Option<Duration>,
) -> NativeHolder {
    let (pid, thread, own) = match &reader.who {
        WhoReads::Connection { number, thread } => {
            let own = number.and_then(|number| environment.connection_of(number));
            (0, thread.clone(), own)
        }
        WhoReads::Process(pid) => {
            (pid.and_then(|pid| i32::try_from(pid).ok()).unwrap_or(-1), None, None)
        }
    };
    let from = if reader.slot == 0 { log.copied } else { reader.frame };
    NativeHolder {
        pid,
        thread,
        is_own: own.is_some(),
        in_transaction: own.as_ref().is_some_and(|handle| !handle.is_autocommit()),
        statements: own.map(|handle| handle.busy_statements()).unwrap_or_default(),
        frames_behind: log.frames.saturating_sub(from),
        held_ms: held.map_or(-1.0, milliseconds),
    }
}
