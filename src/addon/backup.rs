//! Backups: start, step, release. JavaScript runs between the steps, never inside of one.

use std::cell::RefCell;
use std::rc::Rc;

use napi::Env;
use napi::bindgen_prelude::Result as NapiResult;
use napi_derive::napi;
use slab::Slab;

use super::database::{FAILED, number};
use super::environment::Environment;
use super::error::settle;
use crate::error::{Error, Result};
use crate::ops::backup::{Backup, State};

/// What a step answers: there are pages to copy.
const MORE: i32 = 0;
/// The target is whole.
const DONE: i32 = 1;
/// A lock was in the way; its error waits to be taken.
const BUSY: i32 = 2;

/// A backup that JavaScript holds; `None` once its connection is closed.
struct Slot {
    database: u32,
    backup: Option<Rc<RefCell<Backup>>>,
}

/// The backups of an environment, by number.
#[derive(Default)]
pub struct Backups(RefCell<Slab<Slot>>);

impl Backups {
    fn add(&self, database: u32, backup: Backup) -> usize {
        let backup = Some(Rc::new(RefCell::new(backup)));
        self.0.borrow_mut().insert(Slot { database, backup })
    }

    fn get(&self, number: u32) -> Result<Rc<RefCell<Backup>>> {
        self.0
            .borrow()
            .get(number as usize)
            .and_then(|slot| slot.backup.clone())
            .ok_or_else(Error::closed)
    }

    /// Ends the backups of a connection that is being closed. Their numbers stay taken.
    pub fn abort(&self, database: u32) {
        let mut slots = self.0.borrow_mut();
        let of_database = slots.iter_mut().filter(|(_, slot)| slot.database == database);
        let ended: Vec<_> = of_database.filter_map(|(_, slot)| slot.backup.take()).collect();
        drop(slots);
        drop(ended);
    }

    /// Ends a backup, if it has not ended, and frees its number.
    fn release(&self, number: u32) {
        let removed = self.0.borrow_mut().try_remove(number as usize);
        drop(removed);
    }
}

/// Prepares to copy a schema of a connection into the file at `path`, and answers the backup's number.
#[napi(catch_unwind)]
pub fn start_backup(
    env: Env,
    database: u32,
    schema: String,
    path: String,
    uri: bool,
) -> NapiResult<i32> {
    let environment = Environment::current(env)?;
    let started = environment
        .database(database)
        .and_then(|connection| Backup::start(&connection, &schema, &path, uri))
        .map(|backup| number(environment.backups.add(database, backup)));
    Ok(settle(&environment, started, FAILED))
}

/// Copies up to `pages` pages. Answers 0 while there are more, 1 at the end, 2 for a lock that was in
/// the way; then an error waits to be taken.
#[napi(catch_unwind)]
pub fn step_backup(env: Env, backup: u32, pages: i32) -> NapiResult<i32> {
    let environment = Environment::current(env)?;
    let state = environment.backups.get(backup).and_then(|backup| backup.borrow_mut().step(pages));
    let answer = state.map(|state| match state {
        State::More => MORE,
        State::Done => DONE,
        State::Busy(error) => {
            environment.fail(error);
            BUSY
        }
    });
    Ok(settle(&environment, answer, FAILED))
}

/// How many pages the source had at the last step that met no lock.
#[napi(catch_unwind)]
pub fn backup_total_pages(env: Env, backup: u32) -> NapiResult<i32> {
    let backup = Environment::current(env)?.backups.get(backup);
    Ok(backup.map_or(0, |backup| backup.borrow().total_pages()))
}

/// How many of them were still to be copied.
#[napi(catch_unwind)]
pub fn backup_remaining_pages(env: Env, backup: u32) -> NapiResult<i32> {
    let backup = Environment::current(env)?.backups.get(backup);
    Ok(backup.map_or(0, |backup| backup.borrow().remaining_pages()))
}

/// Ends a backup, if it has not ended, and frees its number.
#[napi(catch_unwind)]
pub fn release_backup(env: Env, backup: u32) -> NapiResult<()> {
    Environment::current(env)?.backups.release(backup);
    Ok(())
}

/// How long a statement of the connection waits for a lock, in milliseconds. 0 once it is closed.
#[napi(catch_unwind)]
pub fn busy_timeout(env: Env, database: u32) -> NapiResult<i32> {
    let connection = Environment::current(env)?.database(database);
    let handle = connection.and_then(|connection| connection.handle());
    Ok(handle.map_or(0, |handle| handle.busy_timeout()))
}
