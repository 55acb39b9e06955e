// Random tables that refer to each other, and random migrations of them, as drizzle-kit and people write them. What a
// migration does is found out by executing its statements: it has to be applied if it is harmless, and otherwise refused
// with nothing changed. Free of the test runner.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'ferrolite';
import { runMigrations } from 'ferrolite/migrate';

const ACTIONS = ['CASCADE', 'SET NULL', 'SET DEFAULT', 'RESTRICT', 'NO ACTION'];
const NAMES = ['users', 'Order', 'order items', 'Größe', 'a"b', 'select'];
const quoted = (name) => `"${name.replaceAll('"', '""')}"`;

/** Choices that a seed decides. */
const choices = (random) => {
  const below = (end) => Math.floor(random() * end);
  return { below, one: (items) => items[below(items.length)], chance: (share) => random() < share };
};

function makeSchema({ below, one, chance }) {
  const names = NAMES.slice(0, 2 + below(NAMES.length - 1));
  return names.map((name) => ({
    name,
    isText: chance(0.3),
    options: one(['', '', 'WITHOUT ROWID', 'STRICT', 'STRICT, WITHOUT ROWID']),
    rows: below(5),
    keys: Array.from({ length: below(3) }, (_, index) => ({
      column: `ref${index}`,
      parent: one(names),
      onDelete: one(ACTIONS),
      onUpdate: one(ACTIONS),
      isDeferred: chance(0.3),
      hasDefault: chance(0.3),
    })),
  }));
}

const idType = ({ isText }) => (isText ? 'TEXT' : 'INTEGER');
const idOf = ({ isText }, row) => (isText ? `'k${row}'` : String(row));

/** CREATE TABLE, as `name`. */
function definition(table, schema, name, extra = '') {
  const columns = [`id ${idType(table)} PRIMARY KEY`, 'v TEXT'];
  for (const key of table.keys) {
    const parent = schema.find((each) => each.name === key.parent);
    const fallback = key.hasDefault ? ` DEFAULT ${idOf(parent, 1)}` : '';
    columns.push(`${key.column} ${idType(parent)}${fallback} REFERENCES ${quoted(key.parent)} (id)
      ON DELETE ${key.onDelete} ON UPDATE ${key.onUpdate}${key.isDeferred ? ' DEFERRABLE INITIALLY DEFERRED' : ''}`);
  }
  return `CREATE TABLE ${quoted(name)} (${columns.join(', ')}${extra}) ${table.options};`;
}

function fill(db, schema, { below, chance }) {
  db.exec(schema.map((table) => definition(table, schema, table.name)).join('\n'));
  db.pragma('foreign_keys = off');
  for (const table of schema) {
    for (let row = 1; row <= table.rows; row += 1) {
      const values = [idOf(table, row), `'v${row}'`];
      for (const { parent } of table.keys) {
        const target = schema.find(({ name }) => name === parent);
        values.push(target.rows > 0 && chance(0.8) ? idOf(target, 1 + below(target.rows)) : 'NULL');
      }
      db.exec(`INSERT INTO ${quoted(table.name)} VALUES (${values.join(', ')})`);
    }
  }
  db.pragma('foreign_keys = on');
}

const columnsOf = ({ keys }) => ['id', 'v', ...keys.map(({ column }) => column)].join(', ');

function rebuild(table, schema, { one, chance }) {
  const { name } = table;
  const columns = columnsOf(table);
  const extra = chance(0.5) ? ", extra TEXT DEFAULT 'x'" : '';
  const fresh = `__new_${name}`;
  const copy = (to, from) =>
    `INSERT INTO ${quoted(to)} (${columns}) SELECT ${columns} FROM ${quoted(from)}${one(['', ' ORDER BY id'])};`;
  const drop = one(['DROP TABLE ', 'drop table if exists ', 'DROP TABLE main.']);
  if (chance(0.2)) {
    return [
      `ALTER TABLE ${quoted(name)} RENAME TO ${quoted(fresh)};`,
      definition(table, schema, name, extra),
      copy(name, fresh),
      `${drop}${quoted(fresh)};`,
    ];
  }
  return [
    definition(table, schema, fresh, extra),
    copy(fresh, name),
    `${drop}${quoted(name)};`,
    `ALTER TABLE ${quoted(fresh)} RENAME TO ${quoted(name)};`,
  ];
}

/** A migration: its statements, and the tables that they are to take rows or references from. */
function makeMigration(schema, choice) {
  const { below, one, chance } = choice;
  const any = one(schema);
  if (chance(0.15)) {
    const where = one(['', ` WHERE id = ${idOf(any, 1)}`, ` WHERE id > ${idOf(any, 2)}`]);
    return { statements: [`DELETE FROM ${quoted(any.name)}${where};`], deletes: any.name };
  }
  const rebuilt = new Set();
  const statements = Array.from({ length: 1 + below(4) }, (_, index) => {
    const table = one(schema);
    const columns = columnsOf(table);
    const kind = below(10);
    if (kind < 6 && !rebuilt.has(table)) {
      rebuilt.add(table);
      return rebuild(table, schema, choice);
    }
    if (kind === 6) return `ALTER TABLE ${quoted(table.name)} ADD COLUMN more${index} TEXT;`;
    if (kind === 7) return `CREATE INDEX "i${index}" ON ${quoted(table.name)} (v);`;
    if (kind === 8) return `CREATE TABLE "t${index}" AS SELECT id FROM ${quoted(table.name)} WHERE v > 'v1';`;
    const verb = one(['REPLACE', 'INSERT OR REPLACE', 'insert or ignore']);
    return `${verb} INTO ${quoted(table.name)} (${columns}) SELECT ${columns} FROM ${quoted(table.name)} WHERE id = ${idOf(table, 1)};`;
  }).flat();
  return { statements, deletes: undefined };
}

/** The rows of the tables, by their names. */
function contentOf(db, schema) {
  return Object.fromEntries(
    schema.map((table) => {
      const sql = `SELECT ${columnsOf(table)} FROM ${quoted(table.name)} ORDER BY id`;
      return [table.name, db.prepare(sql).raw().all()];
    }),
  );
}

const violations = (db) =>
  db
    .prepare('SELECT "table", parent, count(*) FROM pragma_foreign_key_check GROUP BY 1, 2')
    .raw()
    .all()
    .map(String)
    .join('; ');

/** Executes statements as they are. @returns Why it does harm; undefined if it does not. */
function harmOf(db, schema, { statements, deletes }, isEnforced) {
  const before = contentOf(db, schema);
  db.pragma(`foreign_keys = ${isEnforced ? 1 : 0}`);
  try {
    db.exec('BEGIN');
    for (const statement of statements) db.exec(statement);
    const broken = violations(db);
    db.exec('COMMIT');
    if (broken !== '') return `violations: ${broken}`;
  } catch (error) {
    if (db.inTransaction) db.exec('ROLLBACK');
    return error.message;
  }
  const after = contentOf(db, schema);
  for (const { name } of schema) {
    if (name === deletes) continue;
    // What a DELETE that is meant does to references is in the schema.
    const seen = (rows) => JSON.stringify(deletes === undefined ? rows : rows.map(([id]) => id));
    if (seen(before[name]) !== seen(after[name]))
      return `${name} had ${seen(before[name])} and has ${seen(after[name])}`;
  }
  return undefined;
}

/** The text of a file, which may have what drizzle-kit writes around and between statements. */
function textOf({ statements }, isEnforced, { one, chance }) {
  const between = one(['\n', '\r\n', '\n--> statement-breakpoint\n', ' /* ; */ ']);
  const body = statements.join(between);
  const whole = chance(0.2) ? `BEGIN;${between}${body}${between}COMMIT;` : body;
  if (isEnforced) return whole;
  return `PRAGMA foreign_keys=OFF;${between}${whole}${between}${chance(0.5) ? 'PRAGMA foreign_keys=ON;' : ''}`;
}

/**
 * Makes a database and a migration, and compares what the migrator does with what the statements do.
 *
 * @param random - A source of numbers in [0, 1).
 * @param home - A folder for files.
 * @returns {Promise<{ isHarmless: boolean, outcome: string }>}
 * @throws where a row is lost, or a harmless migration is refused.
 */
export async function checkRebuild(random, home) {
  const choice = choices(random);
  const schema = makeSchema(choice);
  const db = new Database(':memory:');
  fill(db, schema, choice);
  const migration = makeMigration(schema, choice);
  const isEnforced = choice.chance(0.5);
  const raw = new Database(db.serialize());
  const harm = harmOf(raw, schema, migration, isEnforced);
  raw.close();
  const folder = join(home, 'migrations');
  mkdirSync(folder, { recursive: true });
  const text = textOf(migration, isEnforced, choice);
  writeFileSync(join(folder, '1.sql'), text);
  const before = contentOf(db, schema);
  const schemaBefore = db.prepare('SELECT sql FROM sqlite_schema').pluck().all();
  const rehearse = choice.chance(0.5);
  let outcome = 'applied';
  try {
    await runMigrations(db, folder, { rehearse });
  } catch (error) {
    outcome = `${error.code}: ${error.message}`;
  }
  const after = contentOf(db, schema);
  const isSame = JSON.stringify(before) === JSON.stringify(after);
  const isUnchanged =
    isSame &&
    JSON.stringify(schemaBefore) ===
      JSON.stringify(db.prepare('SELECT sql FROM sqlite_schema').pluck().all());
  db.close();
  const isRight =
    harm === undefined
      ? outcome === 'applied' && (isSame || migration.deletes !== undefined)
      : outcome !== 'applied' && isUnchanged;
  if (!isRight) {
    throw new Error(
      `harm: ${harm}\noutcome: ${outcome}${isUnchanged ? ', unchanged' : ''}\nrows: ${JSON.stringify(before)}\n` +
        `and then: ${JSON.stringify(after)}\n${schemaBefore.join('\n')}\n--\n${text}`,
    );
  }
  return { isHarmless: harm === undefined, outcome };
}
