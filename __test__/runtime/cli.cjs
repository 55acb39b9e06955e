// The command line on whatever runtime runs this file, as a process of its own.
const assert = require('node:assert');
const { spawnSync } = require('node:child_process');
const path = require('node:path');
const { load, newPath } = require('./fixture.cjs');

const root = path.join(__dirname, '..', '..');
const { version, bin } = require('../../package.json');
// A main program in CommonJS needs Deno to read package.json.
const before = process.versions.deno ? ['run', '--allow-all', '--node-modules-dir=manual'] : [];

function ferrolite(args, input = '') {
  const { SQLITE_DB_PATH: _, DATABASE_URL: __, FORCE_COLOR: ___, ...env } = process.env;
  const all = [...before, path.join(root, bin.ferrolite), ...args];
  const { status, stdout, stderr, error } = spawnSync(process.execPath, all, {
    encoding: 'utf8',
    env,
    input,
  });
  if (error) throw error;
  return { status, stdout, stderr };
}

function filled(fixture) {
  const file = newPath(fixture);
  const Database = load(fixture);
  new Database(file)
    .exec(
      "PRAGMA journal_mode = wal; CREATE TABLE t (k INTEGER PRIMARY KEY, v TEXT); INSERT INTO t VALUES (1, 'a')",
    )
    .close();
  return file;
}

const cliChecks = {
  'prints its version and its help': () => {
    assert.deepStrictEqual(ferrolite(['--version']), { status: 0, stdout: `${version}\n`, stderr: '' });
    assert.match(ferrolite(['vacuum', '--help']).stdout, /\n {2}ferrolite vacuum \[options\]\n/);
  },

  'says the same about a wrong command line everywhere': () => {
    const said = { status: 2, stdout: '', stderr: 'ferrolite: There is no option --dbb. Is it --db?\n' };
    assert.deepStrictEqual(ferrolite(['health', '--dbb', 'x']), said);
    const missing = { status: 2, stdout: '', stderr: 'ferrolite: --db needs a value: <path>\n' };
    assert.deepStrictEqual(ferrolite(['health', '--db']), missing);
  },

  'executes SQL of an argument and of standard input': (fixture) => {
    const file = filled(fixture);
    const rows = ferrolite(['query', '--db', file, '--json', 'SELECT * FROM t']);
    assert.deepStrictEqual(rows, { status: 0, stdout: '[\n{"k":1,"v":"a"}\n]\n', stderr: '' });
    const written = ferrolite(['query', '--db', file, '-w'], "INSERT INTO t VALUES (2, 'b')");
    assert.deepStrictEqual(written, { status: 0, stdout: '1 row changed\n', stderr: '' });
    const refused = ferrolite(['query', '--db', file, 'DELETE FROM t']);
    assert.strictEqual(refused.status, 2);
    assert.match(refused.stderr, /--write lets it/);
  },

  'checks, checkpoints, maintains and vacuums': (fixture) => {
    const file = filled(fixture);
    for (const args of [
      ['health'],
      ['check'],
      ['checkpoint', '-m', 'truncate'],
      ['maintenance'],
      ['vacuum'],
    ]) {
      const { status, stderr } = ferrolite([...args, '--db', file]);
      assert.deepStrictEqual([args, status, stderr], [args, 0, '']);
    }
  },

  'imports and exports': (fixture) => {
    const file = filled(fixture);
    assert.strictEqual(ferrolite(['import', 't', '--db', file], 'k,v\n2,b\n3,c\n').status, 0);
    assert.strictEqual(ferrolite(['export', 't', '--db', file]).stdout, 'k,v\n1,a\n2,b\n3,c\n');
  },
};

module.exports = { cliChecks };
