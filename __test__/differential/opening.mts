/** `new Database()`: files, flags, options, their order of checks. */
import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { attempt } from '../helpers/answer.mts';
import type { CaseBody, CaseDriver, Cases } from './harness/case.mts';

const properties = (db: {
  name: string;
  open: boolean;
  inTransaction: boolean;
  readonly: boolean;
  memory: boolean;
}): unknown => [basename(db.name), db.open, db.inTransaction, db.readonly, db.memory];

/** What lies at the path before it is opened. */
const files: Record<string, (driver: CaseDriver) => string> = {
  nothing: ({ path }) => path(),
  'a database': ({ path, Database }) => {
    const file = path();
    new Database(file).exec('CREATE TABLE t (a); INSERT INTO t VALUES (1)').close();
    return file;
  },
  'a database in WAL mode': ({ path, Database }) => {
    const file = path();
    new Database(file)
      .exec('PRAGMA journal_mode = WAL; CREATE TABLE t (a); INSERT INTO t VALUES (1)')
      .close();
    return file;
  },
  'an empty file': ({ path }) => {
    const file = path();
    writeFileSync(file, '');
    return file;
  },
  'another file': ({ path }) => {
    const file = path();
    writeFileSync(file, 'this is no database, '.repeat(500));
    return file;
  },
  'a short file': ({ path }) => {
    const file = path();
    writeFileSync(file, 'SQLite format 3\0');
    return file;
  },
  'a folder': ({ folder }) => folder(),
  'nothing in a folder that is not there': ({ folder }) => join(folder(), 'missing', 'test.db'),
  'a file in the place of a folder': ({ path }) => {
    const file = path();
    writeFileSync(file, '');
    return join(file, 'test.db');
  },
  'a link to a database': ({ path, Database }) => {
    const file = path();
    new Database(file).exec('CREATE TABLE t (a); INSERT INTO t VALUES (1)').close();
    symlinkSync(file, `${file}-link`);
    return `${file}-link`;
  },
  'a link to nothing': ({ path }) => {
    const file = path();
    symlinkSync(`${file}-missing`, file);
    return file;
  },
  memory: () => ':memory:',
  'an empty name': () => '',
  blanks: () => ' \t\n ',
};

const optionSets: Record<string, unknown> = {
  'no options': undefined,
  null: null,
  '{}': {},
  readonly: { readonly: true },
  fileMustExist: { fileMustExist: true },
  both: { readonly: true, fileMustExist: true },
  neither: { readonly: false, fileMustExist: false },
  'timeout 0': { timeout: 0 },
};

const matrix: Cases = Object.fromEntries(
  Object.entries(files).flatMap(([name, make]) =>
    Object.entries(optionSets).map(([set, options]): [string, CaseBody] => [
      `${name}, with ${set}`,
      (driver) => {
        const file = make(driver);
        const before = existsSync(file);
        return [
          before,
          attempt(() => {
            const db = new driver.Database(file, options);
            return [
              properties(db),
              attempt(() => db.prepare('SELECT * FROM t').all()),
              attempt(() => db.exec('CREATE TABLE made (a)').open),
              attempt(() => db.pragma('journal_mode', { simple: true })),
              db.close().open,
            ];
          }),
          existsSync(file),
        ];
      },
    ]),
  ),
);

const names: readonly (readonly [string, unknown])[] = [
  ['spaces around', '  :memory:  '],
  ['spaces around a path', '  PATH  '],
  ['a URL object', pathToFileURL('/nowhere/test.db')],
  ['a name with letters of all kinds', 'größe 漢字 🙂.db'],
  ['a name with a question mark', 'what?.db'],
  ['a name with a number sign', 'a#b.db'],
  ['a name with percent signs', 'a%20b.db'],
  ['a name with quotes', `a'b"c.db`],
  ['a long name', `${'n'.repeat(240)}.db`],
  ['too long a name', `${'n'.repeat(300)}.db`],
  ['a long path', `${'./'.repeat(300)}test.db`],
];

const named: Cases = Object.fromEntries(
  names.map(([what, name]): [string, CaseBody] => [
    `the name is ${what}`,
    ({ Database, folder }) => {
      const own = folder();
      const path = typeof name === 'string' ? join(own, name.trim().replace('PATH', 'test.db')) : name;
      const given =
        what.startsWith('spaces') && typeof name === 'string' ? name.replace('PATH', String(path)) : path;
      return [
        attempt(() => {
          const db = new Database(given);
          db.exec('CREATE TABLE t (a)');
          const seen = [db.name === given, db.memory, db.open];
          db.close();
          return seen;
        }),
        readdirSync(own),
      ];
    },
  ]),
);

const onlyError =
  (...args: unknown[]): CaseBody =>
  ({ Database }) =>
    new Database(...args);

const order: Cases = {
  'no arguments': ({ Database }) => properties(new Database()),
  'undefined and undefined': ({ Database }) => properties(new Database(undefined, undefined)),
  'without new': ({ Database }) => {
    const make = Database as unknown as (...args: unknown[]) => object;
    return [make(':memory:') instanceof Database, attempt(() => make(5n))];
  },
  'with another receiver': ({ Database }) => {
    const receiver = {};
    return [Reflect.apply(Database, receiver, [':memory:']) instanceof Database, Reflect.ownKeys(receiver)];
  },
  'Reflect.construct with another target': ({ Database }) => {
    class Other {}
    return attempt(() => {
      const made = Reflect.construct(Database, [':memory:'], Other) as object;
      return [made instanceof Other, made instanceof Database];
    });
  },
  'a subclass': ({ Database }) => {
    class Sub extends Database {
      extra = 5;
      hello(): string {
        return `hello ${this.name}`;
      }
      override close(): this {
        return super.close();
      }
    }
    const db = new Sub(':memory:');
    return [
      db.hello(),
      db.extra,
      db instanceof Database,
      db.constructor === Sub,
      db.prepare('SELECT 1').database === db,
      db.close() === db,
    ];
  },
  'a wrong name before wrong options': onlyError(5n, 5),
  'wrong options before misspelt ones': onlyError(':memory:', 'text'),
  'readOnly before memory': onlyError(':memory:', { readOnly: 1, memory: 1, readonly: 5 }),
  'memory before readonly': onlyError(':memory:', { memory: undefined, readonly: 5 }),
  'readonly before fileMustExist': onlyError(':memory:', { fileMustExist: 5, readonly: 5 }),
  'fileMustExist before timeout': onlyError(':memory:', { timeout: 'x', fileMustExist: 5 }),
  'timeout before verbose': onlyError(':memory:', { verbose: 5, timeout: 'x' }),
  'verbose before nativeBinding': onlyError(':memory:', { nativeBinding: 5, verbose: 5 }),
  'readonly memory before timeout': onlyError(':memory:', { readonly: true, timeout: 'x' }),
  'readonly memory before verbose': onlyError('', { readonly: true, verbose: 5 }),
  'all options wrong': onlyError('/nowhere/x', {
    readonly: 1,
    fileMustExist: 1,
    timeout: 'x',
    verbose: 1,
    nativeBinding: 1,
    journalFd: 1,
  }),
  'journalFd before readonly': onlyError(':memory:', { journalFd: 1, readonly: 1 }),
  'journalFd before nativeBinding': onlyError(':memory:', { journalFd: 1, nativeBinding: 1 }),
  'a missing folder after wrong options': onlyError('/nowhere/x', { timeout: -1 }),
  'inherited options': ({ Database }) => [
    attempt(() => new Database(':memory:', Object.create({ readonly: 5 }))),
    attempt(() => new Database(':memory:', Object.create({ readOnly: true }))),
    attempt(() => new Database(':memory:', Object.create({ timeout: 10 })).open),
  ],
  'options that are undefined': ({ Database }) =>
    ['readonly', 'fileMustExist', 'timeout', 'verbose', 'nativeBinding', 'journalFd', 'other'].map((name) => [
      name,
      attempt(() => new Database(':memory:', { [name]: undefined }).open),
      attempt(() => new Database(':memory:', { [name]: null }).open),
    ]),
  'an array as options': ({ Database }) => new Database(':memory:', ['readonly']).readonly,
  'a class instance as options': ({ Database, path }) => {
    class Options {
      timeout = 10;
      get fileMustExist(): boolean {
        return true;
      }
    }
    return attempt(() => new Database(path(), new Options()));
  },
  'what is asked of options': ({ Database }) => {
    const log: string[] = [];
    const options = new Proxy(
      {},
      {
        has: (_, key) => {
          log.push(`has ${String(key)}`);
          return false;
        },
        get: (_, key) => {
          log.push(`get ${String(key)}`);
          return undefined;
        },
      },
    );
    return [new Database(':memory:', options).open, log];
  },
  'a getter of an option that throws': ({ Database }) =>
    new Database(':memory:', {
      get timeout() {
        throw new RangeError('from the getter');
      },
    }),
  ...Object.fromEntries(
    [0, 1, 0x7f_ff_ff_ff, 0x80_00_00_00, 2 ** 53, -1, 1.5, NaN, Infinity, '5', 5n, null, true].map(
      (timeout): [string, CaseBody] => [
        `timeout ${typeof timeout} ${String(timeout)}`,
        ({ Database }) => new Database(':memory:', { timeout }).pragma('busy_timeout', { simple: true }),
      ],
    ),
  ),
  'the timeout by default': ({ Database }) =>
    new Database(':memory:').pragma('busy_timeout', { simple: true }),
  'a third argument': ({ Database }) => new Database(':memory:', {}, 5).open,
  'a name that is changed by options': ({ Database }) => {
    const file = Object(':memory:') as object;
    return new Database(file);
  },
  'settings of a new connection': ({ memory }) =>
    [
      'cache_size',
      'foreign_keys',
      'journal_mode',
      'synchronous',
      'encoding',
      'page_size',
      'trusted_schema',
      'recursive_triggers',
      'temp_store',
      'locking_mode',
      'auto_vacuum',
      'secure_delete',
      'wal_autocheckpoint',
      'busy_timeout',
      'max_page_count',
      'mmap_size',
      'threads',
      'analysis_limit',
      'application_id',
      'user_version',
      'legacy_alter_table',
      'defer_foreign_keys',
      'cell_size_check',
      'query_only',
      'read_uncommitted',
      'reverse_unordered_selects',
      'hard_heap_limit',
      'soft_heap_limit',
      'cache_spill',
      'automatic_index',
      'case_sensitive_like',
    ].map((name) => [name, memory().pragma(name)]),
  'settings of a connection to a WAL file': ({ path, Database }) => {
    const file = path();
    new Database(file).exec('PRAGMA journal_mode = WAL').close();
    const db = new Database(file);
    return ['journal_mode', 'synchronous', 'wal_autocheckpoint', 'journal_size_limit'].map((name) => [
      name,
      db.pragma(name),
    ]);
  },
  'a temporary database': ({ Database }) => {
    const db = new Database('');
    db.exec('CREATE TABLE t (a); INSERT INTO t VALUES (1)');
    return [
      db.memory,
      db.pragma('database_list'),
      db.pragma('journal_mode'),
      db.prepare('SELECT * FROM t').all(),
    ];
  },
  'database_list of a file': ({ onDisk }) => onDisk().pragma('database_list'),
  'two connections to one file': ({ path, Database }) => {
    const file = path();
    const [one, two] = [new Database(file), new Database(file)];
    one.exec('CREATE TABLE t (a)');
    const seen = two.prepare('SELECT * FROM t').all();
    two.exec('INSERT INTO t VALUES (1)');
    one.close();
    return [seen, two.prepare('SELECT * FROM t').all()];
  },
  'a folder that appears': ({ Database, folder }) => {
    const parent = join(folder(), 'later');
    const first = attempt(() => new Database(join(parent, 'test.db')));
    mkdirSync(parent);
    return [first, new Database(join(parent, 'test.db')).open];
  },
  'fileMustExist with a name of memory': ({ Database }) =>
    [':memory:', '', ' '].map((name) => attempt(() => new Database(name, { fileMustExist: true }).memory)),
  'readonly with a name of memory': ({ Database }) =>
    [':memory:', '', ' :memory: '].map((name) =>
      attempt(() => new Database(name, { readonly: true }).memory),
    ),
};

export const cases: Cases = { ...matrix, ...named, ...order };
