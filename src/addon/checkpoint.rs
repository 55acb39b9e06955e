//! Checkpoints off the main thread.

use std::panic::catch_unwind;

use napi::bindgen_prelude::{AsyncTask, Error as NapiError, Result as NapiResult};
use napi::{Env, Task};
use napi_derive::napi;

use super::error::NativeError;
use crate::error::Result;
use crate::ops::checkpoint::checkpoint_file;
use crate::sqlite::{CheckpointMode, CheckpointOutcome};

/// What a checkpoint did. With `error` the other fields mean nothing.
#[napi(object)]
pub struct NativeCheckpoint {
    /// A reader or writer kept it from finishing.
    pub busy: bool,
    /// Frames in the log; -1 when the database is not in WAL mode.
    pub wal_frames: i32,
    /// Frames of the log that are in the database file; -1 likewise.
    pub checkpointed_frames: i32,
    /// Why it failed.
    pub error: Option<NativeError>,
}

/// A checkpoint on a thread of libuv's pool, with a connection of its own.
pub struct CheckpointTask {
    path: String,
    mode: CheckpointMode,
    busy_timeout_ms: i32,
}

impl Task for CheckpointTask {
    type Output = Result<CheckpointOutcome>;
    type JsValue = NativeCheckpoint;

    fn compute(&mut self) -> NapiResult<Self::Output> {
        // napi calls this from C, where a panic would end the process.
        catch_unwind(|| checkpoint_file(&self.path, self.mode, self.busy_timeout_ms)).map_err(
            |_| NapiError::from_reason("a defect in the addon was caught; please report it"),
        )
    }

    fn resolve(&mut self, _env: Env, output: Self::Output) -> NapiResult<Self::JsValue> {
        let (outcome, error) = match output {
            Ok(outcome) => (outcome, None),
            Err(error) => (CheckpointOutcome::BUSY_UNKNOWN, Some(NativeError::from(error))),
        };
        Ok(NativeCheckpoint {
            busy: outcome.busy,
            wal_frames: outcome.wal_frames,
            checkpointed_frames: outcome.checkpointed_frames,
            error,
        })
    }
}

/// Checkpoints the database at `path`; the promise fails only for a wrong `mode`.
#[napi(catch_unwind, ts_return_type = "Promise<NativeCheckpoint>")]
pub fn checkpoint(
    path: String,
    mode: String,
    busy_timeout_ms: i32,
) -> NapiResult<AsyncTask<CheckpointTask>> {
    let mode = match mode.as_str() {
        "passive" => CheckpointMode::Passive,
        "full" => CheckpointMode::Full,
        "restart" => CheckpointMode::Restart,
        "truncate" => CheckpointMode::Truncate,
        _ => return Err(NapiError::from_reason(format!("unknown checkpoint mode {mode}"))),
    };
    Ok(AsyncTask::new(CheckpointTask { path, mode, busy_timeout_ms }))
}
