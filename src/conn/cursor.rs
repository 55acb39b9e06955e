//! Steps a statement and writes its rows into a batch.

use crate::batch::{Detach, Integers, RowBatch};
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
    // An empty batch has room for any row.
    let mut columns = 0;
    while batch.rows() < max_rows && batch.has_room(columns) {
        if statement.step()? == Step::Done {
            return Ok(Progress::Done);
        }
        if columns == 0 {
            // Only now: the first step may compile the statement again, for a table of other columns.
            columns = statement.column_count();
        }
        encode_row(statement, columns, batch, detach)?;
    }
    Ok(Progress::More)
}

/// Writes the row on which `statement` stands.
pub(super) fn encode_row(
    statement: &mut RawStatement,
    columns: usize,
    batch: &mut RowBatch<'_>,
    detach: &mut impl Detach,
) -> Result<()> {
    let integers_whole = batch.integers() == Integers::BigInt;
    let row = statement.row(batch.next_row(columns), integers_whole)?;
    for (column, cell) in row.values() {
        match cell {
            Cell::Text(utf8) => batch.put_text(column, utf8, detach)?,
            Cell::Blob(bytes) => batch.put_blob(column, bytes, detach)?,
            Cell::Integer(integer) => batch.put_wide(column, integer),
            // These are in their slots.
            Cell::Null | Cell::Real(_) => {}
        }
    }
    batch.end_row(columns);
    Ok(())
}
