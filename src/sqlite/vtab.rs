//! Virtual tables of the user, for reading. See <https://sqlite.org/vtab.html>.
//!
//! A table has parameters, which are hidden columns in front of the others, and gives rows for their
//! values. Only `=` constrains a parameter.

use std::borrow::Cow;
use std::ffi::{CStr, CString, c_int};
use std::marker::PhantomData;
use std::rc::Rc;

use rusqlite::vtab::{
    Context, CreateVTab, Filters, IndexConstraintOp, IndexInfo, Module, VTab, VTabConfig,
    VTabConnection, VTabCursor, VTabKind, sqlite3_vtab, sqlite3_vtab_cursor,
};

use super::handle::Handle;
use super::row::Cell;
use super::value::{OneThread, Output, fenced};
use crate::error::{Error, Result};

/// What SQLite is told of a table without any constraint: as costly as a billion rows.
const UNCONSTRAINED_ROWS: i64 = 1_000_000_000;

/// Makes tables: the answer to `CREATE VIRTUAL TABLE`, or to the use of a table that is there
/// without it.
pub trait TableModule: 'static {
    /// Connects a table. The names are those of the module, the schema and the table; the arguments
    /// are the texts between the commas of `USING module(...)`.
    fn connect(&self, names: [&[u8]; 3], arguments: &[&[u8]]) -> Result<TableDefinition>;
}

/// One table.
pub struct TableDefinition {
    /// `CREATE TABLE x(...)`, parameters first and `HIDDEN`.
    pub declaration: String,
    /// The names of its parameters, at most 32.
    pub parameters: Vec<String>,
    /// Whether SQLite takes the declaration.
    pub is_declarable: bool,
    /// Whether triggers, views and other parts of the schema may not use it.
    pub direct_only: bool,
    /// What gives its rows.
    pub source: Box<dyn TableSource>,
}

/// What gives the rows of a table.
pub trait TableSource {
    /// The rows for these values of the parameters; `None` for a parameter that is not constrained.
    fn rows(&self, parameters: &[Option<Output>]) -> Result<Box<dyn Rows>>;
}

/// The rows of one scan; dropped at its end or before.
pub trait Rows {
    /// The next row: one value for each column that is no parameter, `None` for a value that SQLite
    /// cannot store.
    fn next(&mut self) -> Result<Option<Vec<Option<Output>>>>;

    /// What is wrong with the value of this column in the current row; asked only if SQLite reads it.
    fn refusal(&self, column: usize) -> Error;
}

#[repr(C)]
struct Table {
    base: sqlite3_vtab,
    definition: Rc<TableDefinition>,
}

#[repr(C)]
struct Cursor<'table> {
    base: sqlite3_vtab_cursor,
    definition: Rc<TableDefinition>,
    parameters: Vec<Option<Output>>,
    rows: Option<Box<dyn Rows>>,
    row: Option<Vec<Option<Output>>>,
    rowid: i64,
    _table: PhantomData<&'table Table>,
}

fn refusal(message: String) -> rusqlite::Error {
    rusqlite::Error::ModuleError(message)
}

// SAFETY: `repr(C)`, and the base is the first field.
unsafe impl<'table> VTab<'table> for Table {
    type Aux = OneThread<Box<dyn TableModule>>;
    type Cursor = Cursor<'table>;

    fn connect(
        db: &mut VTabConnection,
        aux: Option<&Self::Aux>,
        module: &[u8],
        database: &[u8],
        table: &[u8],
        arguments: &[&[u8]],
    ) -> rusqlite::Result<(Cow<'static, CStr>, Self)> {
        let module_object = aux.ok_or_else(|| refusal("a module without its object".to_owned()))?;
        let definition = fenced(|| module_object.0.connect([module, database, table], arguments))?;
        if !definition.is_declarable {
            let table = String::from_utf8_lossy(table);
            return Err(refusal(format!("failed to declare virtual table \"{table}\"")));
        }
        db.config(if definition.direct_only {
            VTabConfig::DirectOnly
        } else {
            VTabConfig::Innocuous
        })?;
        let declaration = CString::new(definition.declaration.as_str())?;
        let table = Self { base: sqlite3_vtab::default(), definition: Rc::new(definition) };
        Ok((Cow::Owned(declaration), table))
    }

    fn best_index(&self, info: &mut IndexInfo) -> rusqlite::Result<bool> {
        let parameters = &self.definition.parameters;
        // For each parameter the position of the constraint that gives its value.
        let mut chosen = vec![None; parameters.len()];
        for (position, constraint) in info.constraints().enumerate() {
            let operator = constraint.operator();
            if matches!(
                operator,
                IndexConstraintOp::SQLITE_INDEX_CONSTRAINT_LIMIT
                    | IndexConstraintOp::SQLITE_INDEX_CONSTRAINT_OFFSET
            ) {
                continue;
            }
            let Some(parameter) = usize::try_from(constraint.column())
                .ok()
                .filter(|&column| column < parameters.len())
            else {
                continue;
            };
            if operator != IndexConstraintOp::SQLITE_INDEX_CONSTRAINT_EQ {
                return Err(refusal(format!(
                    "virtual table parameter \"{}\" can only be constrained by the '=' operator",
                    parameters[parameter]
                )));
            }
            if !constraint.is_usable() {
                return Ok(false);
            }
            chosen[parameter].get_or_insert(position);
        }
        let mut mask = 0_u32;
        let mut count = 0;
        for (parameter, position) in chosen.iter().enumerate() {
            let Some(position) = *position else { continue };
            mask |= 1 << parameter;
            count += 1;
            let mut usage = info.constraint_usage(position);
            usage.set_argv_index(count);
            usage.set_omit(true);
        }
        info.set_idx_num(mask.cast_signed());
        let rows = UNCONSTRAINED_ROWS / i64::from(count + 1);
        info.set_estimated_rows(rows);
        #[expect(clippy::cast_precision_loss, reason = "an estimate")]
        info.set_estimated_cost(rows as f64);
        Ok(true)
    }

    fn open(&'table mut self) -> rusqlite::Result<Cursor<'table>> {
        Ok(Cursor {
            base: sqlite3_vtab_cursor::default(),
            definition: Rc::clone(&self.definition),
            parameters: Vec::new(),
            rows: None,
            row: None,
            rowid: 0,
            _table: PhantomData,
        })
    }
}

impl CreateVTab<'_> for Table {
    const KIND: VTabKind = VTabKind::Default;
}

impl Cursor<'_> {
    fn advance(&mut self) -> rusqlite::Result<()> {
        self.row = None;
        let Some(rows) = &mut self.rows else { return Ok(()) };
        self.row = fenced(|| rows.next())?;
        self.rowid += 1;
        if self.row.is_none() {
            self.rows = None;
        }
        Ok(())
    }
}

// SAFETY: `repr(C)`, and the base is the first field.
unsafe impl VTabCursor for Cursor<'_> {
    fn filter(
        &mut self,
        mask: c_int,
        _: Option<&str>,
        arguments: &Filters<'_>,
    ) -> rusqlite::Result<()> {
        self.rows = None;
        self.row = None;
        self.rowid = 0;
        let mask = mask.cast_unsigned();
        let mut given = arguments.iter();
        self.parameters = (0..self.definition.parameters.len())
            .map(|parameter| match mask & (1 << parameter) {
                0 => None,
                _ => given.next().map(|value| Output::from(Cell::from(value))),
            })
            .collect();
        // Nothing equals NULL.
        if self.parameters.contains(&Some(Output::Null)) {
            return Ok(());
        }
        let (definition, parameters) = (&self.definition, &self.parameters);
        self.rows = Some(fenced(|| definition.source.rows(parameters))?);
        self.advance()
    }

    fn next(&mut self) -> rusqlite::Result<()> {
        self.advance()
    }

    fn eof(&self) -> bool {
        self.row.is_none()
    }

    fn column(&self, context: &mut Context, index: c_int) -> rusqlite::Result<()> {
        let index = usize::try_from(index).unwrap_or(usize::MAX);
        if let Some(parameter) = self.parameters.get(index) {
            return context.set_result(parameter.as_ref().unwrap_or(&Output::Null));
        }
        let column = index - self.parameters.len();
        match self.row.as_ref().and_then(|row| row.get(column)) {
            None => context.set_result(&Output::Null),
            Some(Some(value)) => context.set_result(value),
            Some(None) => fenced(|| match &self.rows {
                Some(rows) => Err(rows.refusal(column)),
                None => Ok(()),
            }),
        }
    }

    fn rowid(&self) -> rusqlite::Result<i64> {
        Ok(self.rowid)
    }
}

impl Handle {
    /// Registers a module. With `eponymous` there is one table, of the module's name, and `CREATE
    /// VIRTUAL TABLE` refuses the module. A module of that name is replaced.
    pub fn create_module(
        &self,
        name: &str,
        eponymous: bool,
        module: Box<dyn TableModule>,
    ) -> Result<()> {
        let methods: &'static Module<'_, Table> = if eponymous {
            const { &Module::eponymous_only_module() }
        } else {
            const { &Module::read_only_module() }
        };
        let created = self.connection().create_module(name, methods, Some(OneThread(module)));
        self.check_callback(created)
    }
}
