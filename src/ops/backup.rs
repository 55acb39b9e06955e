//! A backup of one connection's database into a file.
//!
//! Never waits: a step that meets a lock says so, and the caller decides how long to try again. A
//! backup that ends without [`State::Done`], however it ends, leaves an existing target as it was and
//! no file where there was none.

use crate::conn::Connection;
use crate::error::{Error, Kind, Result};
use crate::sqlite::{BackupStep, Handle, OpenMode, RawBackup, full_path};

use super::new_file::{NewFile, file_number, is_same_file};

/// Where a backup stands after a step.
#[derive(Debug, PartialEq, Eq)]
pub enum State {
    /// There are pages to copy.
    More,
    /// The target is whole, committed and closed.
    Done,
    /// A lock was in the way, of another connection or of a transaction of the source itself. Another
    /// step may succeed.
    Busy(Error),
}

/// A backup under way.
pub struct Backup {
    /// `None` once it has ended. Closed before the new file is deleted.
    raw: Option<RawBackup>,
    new_file: Option<NewFile>,
    pages: (i32, i32),
}

impl Backup {
    /// Prepares to copy a schema of `source` into the file at `path`, which is created if there is
    /// none. With `uri`, a path that begins with `file:` is a URI.
    ///
    /// # Errors
    ///
    /// [`Kind::SameFile`] if that is the file of the schema itself; SQLite's codes if there is no such
    /// schema or the target cannot be opened.
    pub fn start(source: &Connection, schema: &str, path: &str, uri: bool) -> Result<Self> {
        let source = source.handle()?;
        // Which file a URI names is known only when it is open, and whether it was there no more.
        let is_uri = uri && path.starts_with("file:");
        let new_file = if is_uri { None } else { full_path(path).and_then(NewFile::create) };
        let target = Handle::open(path, OpenMode::Create, uri, 0)?;
        if is_itself(&source, schema, &target) {
            return Err(Error::of(Kind::SameFile, "the target is the database itself"));
        }
        let raw = RawBackup::start(source, schema, target)?;
        Ok(Self { raw: Some(raw), new_file, pages: (0, 0) })
    }

    /// Copies up to `pages` pages.
    ///
    /// # Errors
    ///
    /// What ends the backup: SQLite's codes, but not those of [`State::Busy`].
    pub fn step(&mut self, pages: i32) -> Result<State> {
        let Some(raw) = &mut self.raw else {
            return Ok(State::Done);
        };
        let step = match raw.step(pages) {
            Ok(step) => step,
            Err(error) if error.may_pass() => return Ok(State::Busy(error)),
            Err(error) => return Err(error),
        };
        self.pages = raw.pages();
        if step == BackupStep::More {
            return Ok(State::More);
        }
        self.raw.take().map_or(Ok(()), RawBackup::close)?;
        if let Some(file) = self.new_file.take() {
            file.keep();
        }
        Ok(State::Done)
    }

    /// How many pages the source had at the last step that met no lock.
    pub fn total_pages(&self) -> i32 {
        self.pages.0
    }

    /// How many of them were still to be copied.
    pub fn remaining_pages(&self) -> i32 {
        self.pages.1
    }
}

fn is_itself(source: &Handle, schema: &str, target: &Handle) -> bool {
    let Some(to) = target.file_of("main") else {
        return false;
    };
    match source.descriptor_file(schema) {
        Some(number) => file_number(&to) == Some(number),
        None => source.file_of(schema).is_some_and(|from| is_same_file(&from, &to)),
    }
}

#[cfg(test)]
#[path = "backup_tests.rs"]
mod tests;
