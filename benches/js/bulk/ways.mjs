// The ways to insert many rows, and the rows. The fastest loop that one writes by hand is that of `run`; the longer
// statements of `values` are what one writes who has measured.
import Database from 'better-sqlite3';
import Ferrolite from 'ferrolite';
import { insertMany, insertManySync } from 'ferrolite/ops';
import { openPool } from 'ferrolite/pool';
import { OPENING } from '../drivers.mjs';

const text = (index) => `row ${String(index).padStart(6, '0')} text`;

/** Columns with their types, and a row as an object. */
const SHAPES = {
  mixed: {
    columns: { nul: '', integer: 'INTEGER', real: 'REAL', text: 'TEXT' },
    row: (index) => ({ nul: null, integer: index * 7919, real: index / 3 + 0.25, text: text(index) }),
  },
  narrow: {
    columns: { id: 'INTEGER PRIMARY KEY', text: 'TEXT' },
    row: (index) => ({ id: index, text: text(index) }),
  },
  wide: {
    columns: Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`c${n}`, n % 2 ? 'TEXT' : 'INTEGER'])),
    row: (index) =>
      Object.fromEntries(
        Array.from({ length: 20 }, (_, n) => [`c${n}`, n % 2 ? text(index + n) : index * n]),
      ),
  },
};

export const SHAPE_NAMES = Object.keys(SHAPES);

/** Rows of one statement: with fewer and with more better-sqlite3 is slower. */
const ROWS_OF_STATEMENT = { mixed: 25, narrow: 50, wide: 5 };

export function shapeOf(name) {
  const { columns, row } = SHAPES[name];
  const names = Object.keys(columns);
  const schema = `CREATE TABLE t (${names.map((column) => `${column} ${columns[column]}`).join(', ')})`;
  return { name, names, schema, row };
}

function open(Driver, path) {
  const db = new Driver(path);
  db.exec(OPENING);
  return db;
}

/** With the values of a row written out: what a compiler sees of a loop by hand. */
function spreading(names) {
  const values = names.map((name) => `row.${name}`).join(', ');
  return new Function('insert', 'rows', `for (const row of rows) insert.run(${values});`);
}

function byRun(db, { names }) {
  const insert = db.prepare(`INSERT INTO t (${names}) VALUES (${names.map(() => '?')})`);
  const loop = spreading(names);
  return db.transaction((rows) => loop(insert, rows));
}

function byNamedRun(db, { names }) {
  const insert = db.prepare(`INSERT INTO t (${names}) VALUES (${names.map((name) => `@${name}`)})`);
  return db.transaction((rows) => {
    for (const row of rows) insert.run(row);
  });
}

function byValues(db, { name, names }) {
  const count = ROWS_OF_STATEMENT[name];
  const one = `(${names.map(() => '?')})`;
  const many = db.prepare(`INSERT INTO t (${names}) VALUES ${Array.from({ length: count }, () => one)}`);
  const push = new Function('values', 'row', `values.push(${names.map((column) => `row.${column}`)});`);
  return db.transaction((rows) => {
    for (let from = 0; from < rows.length; from += count) {
      const values = [];
      for (let at = from; at < from + count; at += 1) push(values, rows[at]);
      many.run(...values);
    }
  });
}

const connection = (Driver, make) => (path, shape) => {
  const db = open(Driver, path);
  db.exec(shape.schema);
  const insert = make(db, shape);
  return { insert, close: () => db.close(), count: () => db.prepare('SELECT count(*) AS n FROM t').get().n };
};

const arraysOf = ({ names }, rows) => rows.map((row) => names.map((name) => row[name]));

/** By name: what opens a file and gives `insert(rows)`; `prepare` makes of the objects what it takes. */
export const WAYS = {
  'insertMany, objects': { open: connection(Ferrolite, (db) => (rows) => insertManySync(db, 't', rows)) },
  'insertMany, arrays': {
    open: connection(Ferrolite, (db) => (rows) => insertManySync(db, 't', rows)),
    prepare: arraysOf,
  },
  'insertMany on a pool': {
    open(path, shape) {
      open(Ferrolite, path).exec(shape.schema).close();
      const pool = openPool(path);
      return {
        insert: (rows) => insertMany(pool, 't', rows),
        close: () => pool.close(),
        count: async () => (await pool.get('SELECT count(*) AS n FROM t')).n,
      };
    },
  },
  'ferrolite, run()': { open: connection(Ferrolite, byRun) },
  'better-sqlite3, run()': { open: connection(Database, byRun) },
  'better-sqlite3, run(), named': { open: connection(Database, byNamedRun) },
  'better-sqlite3, VALUES of many rows': { open: connection(Database, byValues) },
};
