//! One statement and its executions.

use crate::batch::{Detach, RowBatch};
use crate::error::Result;
use crate::sqlite::{ColumnInfo, Parameters, RawStatement, Step};

use super::cursor::{self, Progress};

/// What a statement changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Changes {
    /// Rows inserted, updated or deleted by the statement itself; 0 when it changed nothing.
    pub changes: i64,
    /// The rowid of the connection's last insert, by whatever statement.
    pub last_insert_rowid: i64,
}

/// A statement with its bindings.
///
/// Between executions it is reset. An execution runs with what was last collected and bound.
/// An execution that delivers several batches leaves it open until the last row, an error or
/// [`Statement::close`].
pub struct Statement {
    raw: RawStatement,
    bound_for_good: bool,
    open: bool,
    /// Open, and not stepped yet.
    fresh: bool,
    described_at: i32,
}

impl Statement {
    pub(super) fn new(raw: RawStatement) -> Self {
        let described_at = raw.reprepare_count();
        Self { raw, bound_for_good: false, open: false, fresh: false, described_at }
    }

    /// Lets `fill` collect the next execution's parameters.
    pub fn collect(&mut self, fill: impl FnOnce(&mut Parameters) -> Result<()>) -> Result<()> {
        self.open = false;
        self.raw.collect(fill)
    }

    /// Takes the next execution's parameters as they are.
    pub fn give(&mut self, parameters: Parameters) {
        // Cannot fail: nothing is read.
        let _ = self.collect(|own| {
            *own = parameters;
            Ok(())
        });
    }

    /// Ends an execution, and gives its parameters back.
    pub fn take_parameters(&mut self) -> Parameters {
        self.open = false;
        self.raw.take_parameters()
    }

    /// Binds what was collected since the last binding, and leaves the statement open without
    /// running it.
    pub fn open(&mut self) -> Result<()> {
        if self.open {
            self.raw.reset()?;
        }
        self.raw.bind()?;
        self.open = true;
        self.fresh = true;
        Ok(())
    }

    /// Binds the collected parameters and keeps them, whatever their size.
    pub fn bind_for_good(&mut self) -> Result<()> {
        self.raw.bind()?;
        self.bound_for_good = true;
        Ok(())
    }

    /// Ends an execution: resets, and gives back what large parameters took.
    ///
    /// # Errors
    ///
    /// What a statement that writes has written before its end could not be committed. The error of
    /// the last step comes once more.
    pub fn close(&mut self) -> Result<()> {
        self.open = false;
        let ended = self.raw.reset();
        if !self.bound_for_good && self.raw.has_large_parameters() {
            self.raw.unbind();
        }
        ended
    }

    /// Runs to the first row or the end, and ends the execution.
    pub fn run(&mut self) -> Result<Changes> {
        let before = self.raw.handle().total_changes();
        self.open()?;
        let step = self.raw.log().and_then(|()| self.raw.step());
        let ended = self.close();
        step?;
        ended?;
        let handle = self.raw.handle();
        let moved = handle.total_changes() != before;
        Ok(Changes {
            changes: if moved { handle.changes() } else { 0 },
            last_insert_rowid: handle.last_insert_rowid(),
        })
    }

    /// Writes the first row, if there is one, and ends the execution.
    pub fn first(&mut self, batch: &mut RowBatch<'_>, detach: &mut impl Detach) -> Result<()> {
        self.open()?;
        let first = self.raw.log().and_then(|()| self.raw.step()).and_then(|step| match step {
            Step::Row => {
                let columns = self.raw.column_count();
                cursor::encode_row(&mut self.raw, columns, batch, detach)
            }
            Step::Done => Ok(()),
        });
        let ended = self.close();
        first.and(ended)
    }

    /// Writes the next rows of an open statement, and answers whether it is still open and may give
    /// more. The last row and an error end the execution.
    pub fn next(
        &mut self,
        batch: &mut RowBatch<'_>,
        detach: &mut impl Detach,
        max_rows: usize,
    ) -> Result<bool> {
        if !self.open {
            return Ok(false);
        }
        let logged = if std::mem::take(&mut self.fresh) { self.raw.log() } else { Ok(()) };
        let progress = logged.and_then(|()| cursor::fill(&mut self.raw, batch, detach, max_rows));
        let more = matches!(progress, Ok(Progress::More));
        let ended = if more { Ok(()) } else { self.close() };
        progress.and(ended).map(|()| more)
    }

    /// Whether the columns may differ from those last described.
    pub fn was_reprepared(&self) -> bool {
        self.raw.reprepare_count() != self.described_at
    }

    /// The name of each column; from here on the columns count as described.
    pub fn column_names(&mut self) -> Vec<String> {
        self.described_at = self.raw.reprepare_count();
        self.raw.column_names()
    }

    /// Name and origin of each column.
    pub fn columns(&self) -> Vec<ColumnInfo> {
        self.raw.columns()
    }

    /// Whether code of the user can run while it executes.
    pub fn has_callbacks(&self) -> bool {
        self.raw.handle().has_callbacks()
    }

    /// The SQL text with the values of the parameters in place.
    pub fn expanded_sql(&self) -> Result<Vec<u8>> {
        self.raw.expanded_sql()
    }

    /// Columns of the result; 0 for a statement that returns no data.
    pub fn column_count(&self) -> usize {
        self.raw.column_count()
    }

    /// Whether it writes nothing to the database.
    pub fn is_readonly(&self) -> bool {
        self.raw.is_readonly()
    }

    /// The name of each parameter, with its prefix; `None` for a plain `?`.
    pub fn parameter_names(&self) -> Vec<Option<String>> {
        (1..=self.raw.parameter_count()).map(|index| self.raw.parameter_name(index)).collect()
    }
}
