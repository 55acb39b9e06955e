//! How the connections of a pool are opened.

use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::batch::Integers;
use crate::conn::{Connection, OpenMode, OpenOptions};
use crate::error::{Error, Kind, Result};

use super::identity::{self, FileId};
use super::outbox::{Extra, Extras};
use super::scratch::Scratch;
use super::session::Watcher;

/// Between two attempts to get a lock.
pub const POLL_INTERVAL: Duration = Duration::from_millis(1);
/// See <https://sqlite.org/rescode.html#readonly>.
const SQLITE_READONLY: i32 = 8;

/// What all connections of a pool have in common.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The file's path.
    pub path: String,
    /// How the writer opens it.
    pub mode: OpenMode,
    /// How long a statement waits for a lock.
    pub busy_timeout_ms: i32,
    /// Names and values of pragmas to set before the journal mode.
    pub first_pragmas: Vec<(String, String)>,
    /// The journal mode to set.
    pub journal_mode: Option<String>,
    /// Names and values of pragmas to set after it.
    pub pragmas: Vec<(String, String)>,
    /// Readers, besides those that streams and snapshots hold.
    pub readers: usize,
    /// A reader that had nothing to do for so long ends.
    pub reader_idle: Duration,
}

impl Settings {
    /// Opens the writer's connection: the first one, which makes of the file what the others find. `file`:
    /// which one a writer before it had. `watcher` can end the waiting for locks.
    ///
    /// # Errors
    ///
    /// [`Kind::UnknownPragma`], [`Kind::NoWal`], [`Kind::FileReplaced`], and what SQLite says.
    pub fn open_writer(&self, file: Option<FileId>, watcher: &Watcher) -> Result<Connection> {
        let connection = self.open(self.mode, file, watcher)?;
        self.refuse_unknown(&connection)?;
        set_all(&connection, &self.first_pragmas)?;
        if let Some(wanted) = &self.journal_mode {
            let mode = self.change_journal_mode(&connection, wanted, watcher)?;
            if wanted == "wal" && mode != "wal" {
                return Err(Error::of(Kind::NoWal, &mode));
            }
        }
        // The first read: a file that is no database is found out here and not by the first job.
        ask(&connection, "PRAGMA schema_version")?;
        set_all(&connection, &self.pragmas)?;
        connection.handle()?.define_given_rows()?;
        Ok(connection)
    }

    /// Opens a reader's connection, once the writer's is open and has `file`.
    ///
    /// # Errors
    ///
    /// [`Kind::FileReplaced`], and what SQLite says.
    pub fn open_reader(&self, file: Option<FileId>, watcher: &Watcher) -> Result<Connection> {
        let mode = match self.mode {
            OpenMode::Create => OpenMode::ReadWrite,
            other => other,
        };
        let connection = self.open(mode, file, watcher)?;
        set(&connection, "query_only", "1")?;
        for (name, value) in &self.pragmas {
            match set(&connection, name, value) {
                // One that writes to the file: the writer has done that.
                Err(error) if error.code & 0xff == SQLITE_READONLY => {}
                done => done?,
            }
        }
        Ok(connection)
    }

    /// Opens, and refuses any other file than `file` before anything of it is read: reading would apply the
    /// log that the lost file has left.
    fn open(&self, mode: OpenMode, file: Option<FileId>, watcher: &Watcher) -> Result<Connection> {
        let (path, busy_timeout_ms) = (self.path.clone(), self.busy_timeout_ms);
        let replaced = || Error::of(Kind::FileReplaced, "another file has taken the name");
        if file.is_some() && identity::at(&path) != file {
            return Err(replaced());
        }
        let connection =
            Connection::open(&OpenOptions { path, mode, uri: false, busy_timeout_ms })?;
        watcher.attach(&connection)?;
        if file.is_some() && identity::of(&connection, &self.path) != file {
            return Err(replaced());
        }
        Ok(connection)
    }

    /// SQLite passes over a pragma that it does not know.
    fn refuse_unknown(&self, connection: &Connection) -> Result<()> {
        let pragmas = self.first_pragmas.iter().chain(&self.pragmas);
        let mut names = pragmas.map(|(name, _)| name).peekable();
        if names.peek().is_none() {
            return Ok(());
        }
        let known = ask(
            connection,
            "SELECT ' ' || group_concat(name, ' ') || ' ' FROM pragma_pragma_list",
        )?;
        match names.find(|name| !known.contains(&format!(" {name} "))) {
            Some(name) => Err(Error::of(Kind::UnknownPragma, name)),
            None => Ok(()),
        }
    }

    /// A change is a write that asks for the lock with a read lock in hand, where SQLite does not wait:
    /// it fails at once while anybody writes.
    fn change_journal_mode(
        &self,
        connection: &Connection,
        wanted: &str,
        watcher: &Watcher,
    ) -> Result<String> {
        let timeout = Duration::from_millis(u64::try_from(self.busy_timeout_ms).unwrap_or(0));
        let since = Instant::now();
        loop {
            let answer = ask(connection, &format!("PRAGMA journal_mode = {wanted}"));
            let is_over = || since.elapsed() >= timeout || watcher.reason_to_end().is_some();
            match answer {
                Err(error) if error.is_busy() && !is_over() => sleep(POLL_INTERVAL),
                answer => return answer,
            }
        }
    }
}

fn set_all(connection: &Connection, pragmas: &[(String, String)]) -> Result<()> {
    pragmas.iter().try_for_each(|(name, value)| set(connection, name, value))
}

fn set(connection: &Connection, name: &str, value: &str) -> Result<()> {
    connection.execute_all(format!("PRAGMA {name} = {value}"))
}

/// The first text of the first row, or nothing.
pub(super) fn ask(connection: &Connection, sql: &str) -> Result<String> {
    let mut statement = connection.prepare(sql.to_owned())?;
    let mut scratch = Scratch::default();
    let mut batch = scratch.batch(Integers::Number);
    let mut extras = Extras::default();
    statement.first(&mut batch, &mut extras)?;
    let bytes = match extras.0.pop() {
        Some(Extra::Text(long)) => long,
        _ => batch.text().one_byte.clone(),
    };
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
