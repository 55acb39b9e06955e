// What a call has changed in the model, and whether it gave what it must.
import { types } from 'node:util';
import { IteratorRecord, StatementRecord, TransactionRecord, isRefusalMessage } from './model.mjs';

/** Callbacks that are not the fuzzer's own run without its knowledge. */
const registers = (world, { record, own }) => {
  if (!own) record.foreign = true;
};

const chains = (world, { label, receiver, value }) => {
  if (value !== receiver) world.report(`${label} did not return its receiver`);
};

/** By kind and method; called after a call that has succeeded. */
const EFFECTS = {
  database: {
    prepare(world, { record, receiver, value, statement = {} }) {
      if (value?.database !== receiver) world.report('prepare() gave a statement of another database');
      world.pool.add(new StatementRecord(world.id(), record, statement), value, world.choose);
    },
    transaction(world, { record, value, own = false }) {
      record.hasTransactions = true;
      world.pool.add(new TransactionRecord(world.id(), record, !own), value, world.choose);
    },
    unsafeMode(world, about) {
      const { record, args } = about;
      record.unsafe = args.length === 0 || args[0];
      record.switched += 1;
      // From here on journal_mode=OFF and writable_schema are in force.
      record.hostile = true;
      for (const path of record.copies) world.hostileCopies.add(path);
      chains(world, about);
    },
    backup(world, { record, args: [path] }) {
      // What else converts to a path names no file that is looked at in the end, and must not be kept alive.
      if (typeof path !== 'string') return;
      record.copies.push(path);
      if (record.hostile) world.hostileCopies.add(path);
    },
    function: registers,
    aggregate: registers,
    table: registers,
    exec: chains,
    close: chains,
    explain(world, { value }) {
      if (!Array.isArray(value)) world.report('explain() gave no array');
    },
    serialize(world, { value }) {
      if (!Buffer.isBuffer(value)) world.report('serialize() gave no Buffer');
    },
  },
  statement: {
    iterate(world, { record, value }) {
      if (record.iterating)
        world.report('iterate() succeeded while another iterator of the statement is open');
      world.pool.add(new IteratorRecord(world.id(), record), value, world.choose);
    },
    run(world, { value }) {
      const { changes, lastInsertRowid, ...rest } = value;
      const isRowid = typeof lastInsertRowid === 'number' || typeof lastInsertRowid === 'bigint';
      if (!Number.isInteger(changes) || !isRowid || Object.keys(rest).length > 0) {
        world.report(`run() gave ${JSON.stringify(Object.entries(value).map(String))}`);
      }
    },
    get(world, { record, value }) {
      if (value !== undefined) checkRow(world, record, value);
    },
    all(world, { record, value }) {
      if (!Array.isArray(value)) world.report('all() gave no array');
      for (const row of value) checkRow(world, record, row);
    },
    bind(world, about) {
      about.record.bound = true;
      chains(world, about);
    },
    pluck: chains,
    raw: chains,
    expand: chains,
    safeIntegers: chains,
    columns(world, { value }) {
      if (!Array.isArray(value) || value.length === 0) world.report('columns() gave no columns');
    },
    toString(world, { value }) {
      if (typeof value !== 'string') world.report('toString() gave no string');
    },
  },
  iterator: {
    next(world, { record, value: { done, value } }) {
      if (!done) {
        if (!record.isOpen) world.report('next() gave a row after the end');
        checkRow(world, record.statement, value);
      } else {
        if (value !== undefined) world.report('next() gave a value at the end');
        record.end();
      }
    },
    return(world, { record, value: { done, value } }) {
      if (done !== true || value !== undefined) world.report('return() gave something else than the end');
      record.end();
    },
  },
  transaction: {},
};

/** The first column of each row of a marked statement is its number, whatever form the row has. */
function checkRow(world, { marker, name }, row) {
  if (marker === undefined) return;
  let found = row;
  if (Array.isArray(row)) [found] = row;
  else if (typeof row === 'object' && row !== null)
    found = Object.hasOwn(row, 'marker') ? row.marker : row.$?.marker;
  if (Number(found) !== marker)
    world.report(`${name}: a row of another statement: its marker is ${String(found)}`);
}

/**
 * Brings the model up to date.
 *
 * @param about - `record`, `method`, `receiver`, `args`, and whatever else the step knows.
 */
export function applyEffects(world, about, outcome) {
  const { record, method } = about;
  if ('error' in outcome) {
    // What ends an iteration, other than a refusal, has unlocked the statement.
    if (record.kind === 'iterator' && hasEnded(record, outcome.error)) record.end();
  } else {
    EFFECTS[record.kind][method]?.(world, { ...about, value: outcome.value });
  }
  const statement = record.kind === 'iterator' ? record.statement : record;
  if (statement.kind === 'statement' && statement.value.busy !== statement.iterating) {
    world.report(
      `${about.label}: busy is ${statement.value.busy} and the iterator says ${statement.iterating}`,
    );
  }
}

/** Whether the iteration that a call of its iterator threw in is over. */
function hasEnded({ database, statement }, error) {
  // The refusal may be one that a callback has got elsewhere.
  if (database.foreign) return !statement.value.busy;
  return !(types.isNativeError(error) && isRefusalMessage(error.message));
}
