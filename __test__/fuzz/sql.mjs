// SQL texts: most of them valid on the tables that every database of the fuzzer has, and on the functions and
// virtual tables that were registered on it.
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS t (a, b TEXT, c BLOB);
  CREATE TABLE IF NOT EXISTS u (id INTEGER PRIMARY KEY, a UNIQUE, t_id REFERENCES u(id));
  INSERT INTO t SELECT value, 'row ' || value, zeroblob(value) FROM json_each('[1, 2, 3, 4, 5, 6, 7, 8]');
`;
/** What a database is given when it is opened, if it can be written. */
export const schema = SCHEMA;

/** How many rows of a table a text may read: callbacks run for each. */
const FEW = 'LIMIT 12';

const POSITIONAL = [
  ['? AS a', 1],
  ['? AS a, ? AS b', 2],
  ['?, ?, ?, length(?)', 4],
  [`${'?, '.repeat(20)}?`, 21],
];

const NAMED = [
  [':a AS a', ['a']],
  ['@a AS a, :b AS b, $c AS c', ['a', 'b', 'c']],
  [':a, @a, length($b)', ['a', 'b']],
  ['?1, ?2, ?1', ['1', '2']],
];

const WRITES = [
  ['INSERT INTO t VALUES (?, ?, ?)', 3],
  ['INSERT INTO t (a) VALUES (:a)', ['a']],
  ['INSERT OR REPLACE INTO u (a, t_id) VALUES (?, NULL)', 1],
  ['INSERT INTO u (a) VALUES (?) ON CONFLICT DO NOTHING', 1],
  ['UPDATE t SET c = ? WHERE rowid % 3 = 0', 1],
  ['UPDATE u SET t_id = ?', 1],
  ['DELETE FROM t WHERE rowid > 20', 0],
  ['DELETE FROM t ORDER BY a LIMIT 1', 0],
  ['DELETE FROM u', 0],
];

const CONTROL = [
  'BEGIN',
  'BEGIN IMMEDIATE',
  'COMMIT',
  'ROLLBACK',
  'SAVEPOINT s',
  'RELEASE s',
  'ROLLBACK TO s',
  "ATTACH ':memory:' AS other",
  'DETACH other',
  'VACUUM',
  'ANALYZE',
  'REINDEX',
];

const SCHEMA_CHANGES = [
  'CREATE TABLE IF NOT EXISTS w (x INTEGER, y REAL CHECK (y > 0)) STRICT',
  'DROP TABLE IF EXISTS w',
  'ALTER TABLE t ADD COLUMN d DEFAULT 5',
  'ALTER TABLE t DROP COLUMN d',
  'CREATE INDEX IF NOT EXISTS t_a ON t (a)',
  'DROP INDEX IF EXISTS t_a',
  'CREATE VIEW IF NOT EXISTS v AS SELECT a, b FROM t',
  'DROP VIEW IF EXISTS v',
  'CREATE TEMP TABLE IF NOT EXISTS temporary (z)',
  'CREATE VIRTUAL TABLE IF NOT EXISTS words USING fts5 (body)',
  'DROP TABLE IF EXISTS words',
];

const PRAGMAS = [
  'user_version',
  'user_version = 7',
  'table_info(t)',
  'table_list',
  'foreign_keys = 1',
  'foreign_key_check',
  'quick_check',
  'cache_size = 20',
  'data_version',
  'recursive_triggers = 1',
  'compile_options',
  'no_such_pragma',
  'encoding',
  'wal_checkpoint(PASSIVE)',
  'optimize',
];

/** These can damage a file, which is what they are for. */
const DANGEROUS_PRAGMAS = [
  'journal_mode = OFF',
  'writable_schema = 1',
  'writable_schema = RESET',
  'synchronous = 0',
];

const BROKEN = [
  '',
  ';',
  '-- comment',
  '/* open',
  'SELEC 1',
  'SELECT 1; SELECT 2',
  'SELECT 1;;; -- end',
  "SELECT 'open",
  'SELECT nothing FROM nowhere',
  'SELECT 1 AS a\0 garbage',
  'SELECT \'\ud800\' AS a, 1 AS "\udc00"',
  `SELECT ${'('.repeat(500)}1${')'.repeat(500)}`,
  `SELECT ${'1 + '.repeat(3000)}1`,
  `SELECT '${'x'.repeat(100_000)}' AS long`,
  'SELECT 1 AS "__proto__", 2 AS "constructor", 3 AS "", 4 AS "1"',
  "SELECT raise(ABORT, 'no')",
  'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) SELECT i, hex(i) FROM n',
  'EXPLAIN SELECT 1',
  'PRAGMA user_version',
];

/** Sources of rows: from none to more than one batch holds. */
const SOURCES = [
  '',
  '',
  ` FROM t ${FEW}`,
  ` FROM t JOIN t AS s ${FEW}`,
  " FROM (VALUES (1), (NULL), (x'00ff'))",
  ' FROM json_each(\'[1, "a", null, 2.5]\')',
  ' WHERE 0',
];

const LARGE = [
  ', i, hex(i), zeroblob(i % 100) FROM (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1500) SELECT i FROM n)',
  ', zeroblob(70000) AS big, 1 AS after FROM (VALUES (1), (2), (3))',
  ", replace(hex(zeroblob(40000)), '0', 'é') AS big, '€' AS after",
];

/** A call of a function in SQL, mostly with as many arguments as it takes. */
function called(choose, { name, count }, values = ['?', 'a', 'b', '1']) {
  const wanted = choose.chance(0.06) ? choose.int(4) : count < 0 ? choose.int(3) : count;
  return `${name}(${Array.from({ length: wanted }, () => choose.pick(values)).join(', ')})`;
}

function aggregated(choose, aggregate) {
  const call = called(choose, aggregate, ['a', 'a', 'b', '?']);
  const window = `${call} OVER (ORDER BY a ROWS BETWEEN`;
  return choose.pick([
    `${call} FROM t`,
    `${call} FROM t GROUP BY a % 2`,
    `${call} FROM t WHERE 0`,
    `${window} 1 PRECEDING AND CURRENT ROW) FROM t ${FEW}`,
    `${window} 2 PRECEDING AND 1 PRECEDING) FROM t ${FEW}`,
  ]);
}

function scanned(choose, table) {
  const scan =
    table.count > 0 || choose.chance(0.05) ? called(choose, table, ['?', '1', 'NULL']) : table.name;
  return choose.pick([scan, scan, `${scan} AS one, ${scan} AS two`, `(VALUES (1), (2)), ${scan}`]);
}

/** A statement that returns data, whose first column is `marker`. */
function marked(choose, record, marker) {
  const head = `SELECT ${marker} AS marker`;
  const fn = choose.pick(record.functions);
  const aggregate = choose.pick(record.aggregates);
  const table = choose.pick(record.tables);
  switch (choose.int(12)) {
    case 0:
      return { sql: `${head}${choose.pick(LARGE)}` };
    case 1: {
      const [columns, parameters] = choose.pick(NAMED);
      return { sql: `${head}, ${columns}${choose.pick(SOURCES)}`, parameters };
    }
    case 2:
    case 3:
      if (fn !== undefined) return { sql: `${head}, ${called(choose, fn)} AS called FROM t ${FEW}` };
      break;
    case 4:
      if (fn !== undefined) return { sql: `${head}, ${called(choose, fn, ['?', '1'])} AS called, ? AS b` };
      break;
    case 9:
      if (fn !== undefined && table !== undefined) {
        return {
          sql: `${head}, ${called(choose, fn, ['1'])} AS called, * FROM ${scanned(choose, table)} ${FEW}`,
        };
      }
      break;
    case 5:
      if (aggregate !== undefined) return { sql: `${head}, ${aggregated(choose, aggregate)}` };
      break;
    case 6:
    case 7:
    case 8:
      if (table !== undefined) return { sql: `${head}, * FROM ${scanned(choose, table)} ${FEW}` };
      break;
    default:
  }
  const [columns, parameters] = choose.pick(POSITIONAL);
  return { sql: `${head}, ${columns}${choose.pick(SOURCES)}`, parameters };
}

/** How many parameters a text has, all of them without a name. */
const countOf = (sql) => sql.split('?').length - 1;

/** A statement for `prepare()`: its text, its parameters, and the number that its rows hold, if they do. */
export function statementFor(choose, record, marker) {
  const about = choose.chance(0.7)
    ? { marker, ...marked(choose, record, marker) }
    : { sql: textFor(choose, record) };
  return { ...about, parameters: about.parameters ?? countOf(about.sql) };
}

function write(choose) {
  const [sql, parameters] = choose.pick(WRITES);
  return { sql: choose.chance(0.25) ? `${sql} RETURNING *` : sql, parameters };
}

/** Statements that write, with what they take. */
export function writeFor(choose) {
  return { marker: undefined, ...write(choose) };
}

/** A text for `exec()`, `explain()` or `prepare()` without a view to its rows. */
export function textFor(choose, record) {
  const fn = choose.pick(record.functions);
  const module = choose.pick(record.modules);
  switch (choose.int(9)) {
    case 0:
      return choose.pick(BROKEN);
    case 1:
      return choose.pick(CONTROL);
    case 2:
      return choose.pick(SCHEMA_CHANGES);
    case 3:
      if (fn !== undefined)
        return `UPDATE t SET b = ${called(choose, fn, ['a'])} WHERE rowid % 4 = 0; SELECT 1`;
      break;
    case 4:
      if (fn !== undefined) return trigger(called(choose, fn, ['new.a']));
      break;
    case 5:
      if (module !== undefined)
        return `CREATE VIRTUAL TABLE IF NOT EXISTS ${madeBy(module)} USING ${module.name} (one, 'two, 2')`;
      break;
    case 6:
      if (module !== undefined) return `DROP TABLE IF EXISTS ${madeBy(module)}`;
      break;
    default:
  }
  return write(choose).sql;
}

/** The name of the table that a module is used for. */
export const madeBy = ({ name }) => `made_${name}`;

function trigger(call) {
  return (
    `CREATE TRIGGER IF NOT EXISTS fires AFTER INSERT ON u BEGIN UPDATE t SET a = ${call} WHERE rowid < 3; END; ` +
    'INSERT INTO u (a) SELECT count(*) FROM u'
  );
}

/** The text of a pragma. */
export function pragmaFor(choose, record) {
  if (!record.isFile && choose.chance(0.1)) return choose.pick(DANGEROUS_PRAGMAS);
  return choose.pick(PRAGMAS);
}
