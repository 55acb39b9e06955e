//! Steps a statement and writes its rows into a batch.

use crate::batch::{Detach, RowBatch};
use crate::error::Result;
use crate::sqlite::{Cell, RawStatement, Step};

/// Whether a statement can give more rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Progress {
    /// It stopped at a limit and may have more.
    More,
    /// It has run to its end.
    Done,
}

/// Writes up to `max_rows` rows, fewer when the batch is full.
///
/// On an error the rows before it stay in the batch.
pub(super) fn fill(
    statement: &mut RawStatement,
    batch: &mut RowBatch<'_>,
    detach: &mut impl Detach,
    max_rows: usize,
) -> Result<Progress> {
    // Asked for anew: the first step may compile the statement again, for a table of other columns.
    // An empty batch has room for any row.
    while batch.rows() < max_rows && batch.has_room(statement.column_count()) {
        if statement.step()? == Step::Done {
            return Ok(Progress::Done);
        }
        encode_row(statement, batch, detach)?;
    }
    Ok(Progress::More)
}

/// Writes the row on which `statement` stands.
pub(super) fn encode_row(
    statement: &mut RawStatement,
    batch: &mut RowBatch<'_>,
    detach: &mut impl Detach,
) -> Result<()> {
    statement.read_row(|cell| {
        match cell {
            Cell::Null => batch.push_null(),
            Cell::Integer(value) => batch.push_integer(value),
            Cell::Real(value) => batch.push_real(value),
            Cell::Text(utf8) => batch.push_text(utf8, detach)?,
            Cell::Blob(bytes) => batch.push_blob(bytes, detach)?,
        }
        Ok(())
    })?;
    batch.end_row();
    Ok(())
}
