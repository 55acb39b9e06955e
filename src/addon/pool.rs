//! Pools: open, cancel, close. Jobs and events travel through `execute`, see [`super::pool_call`].

use std::cell::RefCell;
use std::collections::HashSet;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use napi::Env;
use napi::bindgen_prelude::{Function, Result as NapiResult};
use napi::threadsafe_function::ThreadsafeFunctionCallMode;
use napi_derive::napi;
use slab::Slab;

use super::database::{FAILED, number, open_mode};
use super::environment::Environment;
use super::error::settle;
use super::function::NativeFunctionOptions;
use super::pool_texts::Texts;
use crate::error::{Error, Result};
use crate::pool::{Body, Function as Definition, Pool, Query, Question, Settings};

/// How long the end of an environment, or of the process, waits for threads: each stops its work
/// within a millisecond, but one may be inside of a system call.
const WAIT_FOR_THREADS: Duration = Duration::from_secs(10);

/// As good as never, and a time that every system can wait for.
const NEVER: Duration = Duration::from_hours(365 * 24);

/// How a pool is opened.
#[napi(object)]
pub struct NativePoolOptions {
    /// The file's path.
    pub path: String,
    /// As for `openDatabase`.
    pub mode: u32,
    /// How long a statement waits for a lock.
    pub busy_timeout_ms: i32,
    /// Pragmas to set before the journal mode: a name, its value, the next name.
    pub first_pragmas: Vec<String>,
    /// The journal mode to set.
    pub journal_mode: Option<String>,
    /// Pragmas to set after it.
    pub pragmas: Vec<String>,
    /// How many readers there are.
    pub readers: u32,
    /// A reader that had nothing to do for so many milliseconds ends. Missing: none does.
    pub reader_idle_ms: Option<u32>,
}

/// A pool that JavaScript holds.
pub struct PoolSlot {
    /// The pool.
    pub pool: Pool,
    /// Statements of the batch that is submitted next.
    pub staged: RefCell<Vec<Query>>,
    /// What a thread has asked that was taken last.
    pub asked: RefCell<Option<Arc<Question>>>,
    /// SQL texts of the last jobs.
    pub texts: RefCell<Texts>,
    /// Shapes that JavaScript knows.
    pub shapes: RefCell<HashSet<u32>>,
}

/// The pools of an environment, by number.
#[derive(Default)]
pub struct Pools(RefCell<Slab<Rc<PoolSlot>>>);

impl Pools {
    /// The pool with this number.
    pub fn get(&self, number: usize) -> Result<Rc<PoolSlot>> {
        self.0.borrow().get(number).map(Rc::clone).ok_or_else(Error::closed)
    }

    /// Ends all pools, before their environment is gone.
    pub fn end(&self) {
        for slot in self.0.take().into_iter().map(|(_, slot)| slot) {
            drop(slot.pool.shut_outbox());
            slot.pool.stop();
            slot.pool.wait(WAIT_FOR_THREADS);
        }
    }

    /// Ends all pools because the process ends. Makes no Node-API call: what would is forgotten.
    pub fn abandon(&self) {
        let Ok(pools) = self.0.try_borrow() else { return };
        for (_, slot) in pools.iter() {
            std::mem::forget(slot.pool.shut_outbox());
            slot.pool.stop();
        }
        for (_, slot) in pools.iter() {
            slot.pool.wait(WAIT_FOR_THREADS);
        }
    }
}

fn pairs(flat: Vec<String>) -> Vec<(String, String)> {
    let mut flat = flat.into_iter();
    let mut pairs = Vec::new();
    while let (Some(name), Some(value)) = (flat.next(), flat.next()) {
        pairs.push((name, value));
    }
    pairs
}

/// Makes a pool and answers its number. `wake` is called when there are events to take.
#[napi(catch_unwind)]
pub fn open_pool(
    env: Env,
    options: NativePoolOptions,
    wake: Function<'_, (), ()>,
) -> NapiResult<i32> {
    let environment = Environment::current(env)?;
    let wake = wake.build_threadsafe_function::<()>().weak::<true>().build()?;
    let settings = Settings {
        path: options.path,
        mode: open_mode(options.mode)?,
        busy_timeout_ms: options.busy_timeout_ms,
        first_pragmas: pairs(options.first_pragmas),
        journal_mode: options.journal_mode,
        pragmas: pairs(options.pragmas),
        readers: options.readers as usize,
        reader_idle: options
            .reader_idle_ms
            .map_or(NEVER, |limit| Duration::from_millis(u64::from(limit))),
    };
    let waker = Box::new(move || {
        // Refused only once the environment is ending, when nobody listens.
        let _ = wake.call((), ThreadsafeFunctionCallMode::NonBlocking);
    });
    let slot = PoolSlot {
        pool: Pool::new(settings, waker),
        staged: RefCell::default(),
        asked: RefCell::default(),
        texts: RefCell::default(),
        shapes: RefCell::default(),
    };
    Ok(number(environment.pools.0.borrow_mut().insert(Rc::new(slot))))
}

/// Makes a function known to all connections of a pool: an expression, or one of JavaScript's with that
/// number. Answers 0.
#[napi(catch_unwind)]
pub fn define_function(
    env: Env,
    pool: u32,
    options: NativeFunctionOptions,
    function: u32,
    sql: Option<String>,
) -> NapiResult<i32> {
    let environment = Environment::current(env)?;
    let body = match sql {
        Some(sql) => Body::Expression(sql),
        None => Body::Callback { number: function, bigints: options.safe_integers },
    };
    let defined = environment
        .pools
        .get(pool as usize)
        .and_then(|slot| slot.pool.define(Definition { options: options.into(), body }));
    Ok(settle(&environment, defined.map(|()| 0), FAILED))
}

/// Cancels a job. What comes of that is its event.
#[napi(catch_unwind)]
pub fn cancel_job(env: Env, pool: u32, job: u32) -> NapiResult<()> {
    if let Ok(slot) = Environment::current(env)?.pools.get(pool as usize) {
        slot.pool.cancel(job);
    }
    Ok(())
}

/// Allows a stream one more batch.
#[napi(catch_unwind)]
pub fn credit_job(env: Env, pool: u32, job: u32) -> NapiResult<()> {
    if let Ok(slot) = Environment::current(env)?.pools.get(pool as usize) {
        slot.pool.credit(job);
    }
    Ok(())
}

/// Jobs that wait and that run, readers, those that wait for work, those that are held, threads,
/// shared transactions, writes in them, connections that were replaced.
#[napi(catch_unwind)]
pub fn pool_counts(env: Env, pool: u32) -> NapiResult<Vec<f64>> {
    let Ok(slot) = Environment::current(env)?.pools.get(pool as usize) else {
        return Ok(vec![0.0; 9]);
    };
    let (waiting, running, counts) = slot.pool.counts();
    #[expect(clippy::cast_precision_loss, reason = "no counter reaches 2^53")]
    let counts = [
        waiting as f64,
        running as f64,
        counts.readers as f64,
        counts.idle as f64,
        counts.held as f64,
        counts.threads as f64,
        counts.groups as f64,
        counts.grouped as f64,
        counts.replaced as f64,
    ];
    Ok(counts.to_vec())
}

/// Whether the file of a pool was deleted, or another one has taken its name.
#[napi(catch_unwind)]
pub fn pool_has_lost_file(env: Env, pool: u32) -> NapiResult<bool> {
    let slot = Environment::current(env)?.pools.get(pool as usize);
    Ok(slot.is_ok_and(|slot| slot.pool.has_lost_file()))
}

/// Ends a pool: its last event says that it has.
#[napi(catch_unwind)]
pub fn close_pool(env: Env, pool: u32) -> NapiResult<()> {
    if let Ok(slot) = Environment::current(env)?.pools.get(pool as usize) {
        slot.pool.stop();
    }
    Ok(())
}

/// Forgets a pool that has ended, and frees its number.
#[napi(catch_unwind)]
pub fn release_pool(env: Env, pool: u32) -> NapiResult<()> {
    let removed = Environment::current(env)?.pools.0.borrow_mut().try_remove(pool as usize);
    if let Some(slot) = removed {
        slot.pool.stop();
        drop(slot.pool.shut_outbox());
    }
    Ok(())
}
