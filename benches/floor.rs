//! What a workload costs the engine alone: the floor below every driver.
//!
//! `npm run bench` starts it with the files that `benches/js/floor.mjs` has written: a database
//! that a trial has filled, and a plan, which says what to execute. The loop here does what the
//! trial does, through the crate's own types over SQLite, and looks at every cell; no JavaScript,
//! no Node-API and no row batch take part.
//!
//! Arguments: the database, the plan, runs per slot, rounds. Output: one JSON array with an object
//! `{ "cpuNs", "wallNs" }` per round.

use std::env;
use std::hint::black_box;
use std::io::{self, Write};
use std::rc::Rc;
use std::time::Instant;

use ferrolite::batch::layout::{TAG_INT32, TAG_NULL};
use ferrolite::error::Result;
use ferrolite::sqlite::{Cell, Handle, OpenMode, Parameter, RawStatement, Step};

/// CPU time of this thread in nanoseconds; where there is no such clock, the time of day.
fn cpu_ns(_start: Instant) -> u128 {
    #[cfg(unix)]
    {
        let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
        let [seconds, nanoseconds] = [time.tv_sec, time.tv_nsec].map(i128::from);
        (seconds * 1_000_000_000 + nanoseconds).unsigned_abs()
    }
    #[cfg(not(unix))]
    _start.elapsed().as_nanos()
}

fn open(path: &str) -> Result<Rc<Handle>> {
    Handle::open(path, OpenMode::ReadWrite, false, 0).map(Rc::new)
}

/// A cell that outlives its row.
enum Value {
    Null,
    Integer(i64),
    Real(f64),
    Text(Vec<u8>),
    Blob(Vec<u8>),
}

impl Value {
    fn of(cell: Cell<'_>) -> Self {
        match cell {
            Cell::Null => Self::Null,
            Cell::Integer(value) => Self::Integer(value),
            Cell::Real(value) => Self::Real(value),
            Cell::Text(bytes) => Self::Text(bytes.to_vec()),
            Cell::Blob(bytes) => Self::Blob(bytes.to_vec()),
        }
    }

    /// What `docs/row-batch.md` says of a slot.
    fn in_slot(slot: u64) -> Self {
        let [low, high] = [slot & u64::from(u32::MAX), slot >> 32]
            .map(|word| u32::try_from(word).map_or(0, u32::cast_signed));
        match high {
            TAG_INT32 => Self::Integer(low.into()),
            TAG_NULL => Self::Null,
            _ => Self::Real(f64::from_bits(slot)),
        }
    }

    fn into_text(self) -> String {
        match self {
            Self::Text(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            _ => String::new(),
        }
    }
}

fn rows(handle: &Rc<Handle>, sql: &str) -> Result<Vec<Vec<Value>>> {
    let mut statement = RawStatement::prepare(handle, sql.to_owned())?;
    let mut rows = Vec::new();
    while statement.step()? == Step::Row {
        let mut slots = vec![0; statement.column_count()];
        let rest: Vec<_> = statement
            .row(&mut slots, true)?
            .values()
            .map(|(column, cell)| (column, Value::of(cell)))
            .collect();
        let mut row: Vec<_> = slots.into_iter().map(Value::in_slot).collect();
        for (column, value) in rest {
            row[column] = value;
        }
        rows.push(row);
    }
    Ok(rows)
}

fn texts(handle: &Rc<Handle>, sql: &str) -> Result<Vec<String>> {
    Ok(rows(handle, sql)?.into_iter().flatten().map(Value::into_text).collect())
}

/// What is executed; the tables are described in `benches/js/floor.mjs`.
struct Plan {
    /// One statement that is prepared once, or several, each prepared for its execution.
    sql: Vec<String>,
    parameters: Vec<Vec<Value>>,
    executions_per_run: usize,
    opening: String,
    reset: String,
    slot_begin: String,
    slot_end: String,
    run_begin: String,
    run_end: String,
}

impl Plan {
    fn read(path: &str) -> Result<Self> {
        let handle = open(path)?;
        let setting = |name: &str| -> Result<String> {
            let sql = format!("SELECT value FROM settings WHERE name = '{name}'");
            Ok(texts(&handle, &sql)?.pop().unwrap_or_default())
        };
        let mut parameters: Vec<Vec<Value>> = Vec::new();
        for row in
            rows(&handle, "SELECT position, value FROM parameters ORDER BY number, position")?
        {
            let mut cells = row.into_iter();
            if let Some(Value::Integer(0)) = cells.next() {
                parameters.push(Vec::new());
            }
            if let Some(list) = parameters.last_mut() {
                list.extend(cells);
            }
        }
        Ok(Self {
            sql: texts(&handle, "SELECT sql FROM statements ORDER BY number")?,
            parameters,
            executions_per_run: setting("executionsPerRun")?.parse().unwrap_or(1),
            opening: setting("opening")?,
            reset: setting("reset")?,
            slot_begin: setting("slotBegin")?,
            slot_end: setting("slotEnd")?,
            run_begin: setting("runBegin")?,
            run_end: setting("runEnd")?,
        })
    }
}

/// The plan on its database.
struct Floor {
    plan: Plan,
    handle: Rc<Handle>,
    statement: RawStatement,
    run_begin: Option<RawStatement>,
    run_end: Option<RawStatement>,
    next: usize,
}

impl Floor {
    fn new(plan: Plan, database: &str) -> Result<Self> {
        let handle = open(database)?;
        RawStatement::run_all(&handle, plan.opening.clone())?;
        let optional = |sql: &String| {
            (!sql.is_empty()).then(|| RawStatement::prepare(&handle, sql.clone())).transpose()
        };
        Ok(Self {
            statement: RawStatement::prepare(
                &handle,
                plan.sql.first().cloned().unwrap_or_default(),
            )?,
            run_begin: optional(&plan.run_begin)?,
            run_end: optional(&plan.run_end)?,
            plan,
            handle,
            next: 0,
        })
    }

    fn slot(&mut self, runs: usize) -> Result<()> {
        RawStatement::run_all(&self.handle, self.plan.slot_begin.clone())?;
        for _ in 0..runs {
            if let Some(begin) = &mut self.run_begin {
                finish(begin)?;
            }
            for _ in 0..self.plan.executions_per_run {
                self.execute()?;
            }
            if let Some(end) = &mut self.run_end {
                finish(end)?;
            }
        }
        RawStatement::run_all(&self.handle, self.plan.slot_end.clone())
    }

    fn execute(&mut self) -> Result<()> {
        let Plan { sql, parameters, .. } = &self.plan;
        if sql.len() > 1 {
            self.statement =
                RawStatement::prepare(&self.handle, sql[self.next % sql.len()].clone())?;
        }
        if !parameters.is_empty() {
            bind(&mut self.statement, &parameters[self.next % parameters.len()])?;
        }
        self.next += 1;
        finish(&mut self.statement)
    }
}

fn bind(statement: &mut RawStatement, values: &[Value]) -> Result<()> {
    statement.collect(|parameters| {
        for value in values {
            match value {
                Value::Null => parameters.push(Parameter::Null),
                Value::Integer(value) => parameters.push(Parameter::Integer(*value)),
                Value::Real(value) => parameters.push(Parameter::Real(*value)),
                Value::Text(bytes) => {
                    parameters.spare(bytes.len())?[..bytes.len()].copy_from_slice(bytes);
                    parameters.push_text(bytes.len());
                }
                Value::Blob(bytes) => {
                    parameters.spare(bytes.len())?[..bytes.len()].copy_from_slice(bytes);
                    parameters.push_blob(bytes.len());
                }
            }
        }
        Ok(())
    })?;
    statement.bind()
}

/// Steps to the end, with a look at every cell.
fn finish(statement: &mut RawStatement) -> Result<()> {
    let mut slots = vec![0; statement.column_count()];
    while statement.step()? == Step::Row {
        for (_, cell) in statement.row(&mut slots, true)?.values() {
            black_box(cell);
        }
        black_box(&slots);
    }
    statement.reset()
}

fn measure(floor: &mut Floor, runs: usize, rounds: usize) -> Result<Vec<(u128, u128)>> {
    let start = Instant::now();
    let mut costs = Vec::new();
    let warm_up = rounds.div_ceil(2);
    for round in 0..warm_up + rounds {
        RawStatement::run_all(&floor.handle, floor.plan.reset.clone())?;
        let wall = Instant::now();
        let cpu = cpu_ns(start);
        floor.slot(runs)?;
        let cost = (cpu_ns(start) - cpu, wall.elapsed().as_nanos());
        if round >= warm_up {
            costs.push(cost);
        }
    }
    Ok(costs)
}

fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [database, plan, runs, rounds] = arguments.as_slice() else {
        return Err("arguments: DATABASE PLAN RUNS ROUNDS".into());
    };
    let mut floor = Floor::new(Plan::read(plan)?, database)?;
    let costs = measure(&mut floor, runs.parse()?, rounds.parse()?)?;
    let rounds: Vec<String> =
        costs.iter().map(|(cpu, wall)| format!("{{\"cpuNs\":{cpu},\"wallNs\":{wall}}}")).collect();
    Ok(writeln!(io::stdout(), "[{}]", rounds.join(","))?)
}
