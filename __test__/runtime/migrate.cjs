// Migrations on whatever runtime runs this file.
const assert = require('node:assert');
const fs = require('node:fs');
const path = require('node:path');
const { load, newPath } = require('./fixture.cjs');

const migrateChecks = {
  'migrations of SQL and of functions are applied once, and undone': async (fixture) => {
    const { Migrator } = load(fixture, '/migrate');
    const Database = load(fixture);
    const file = newPath(fixture);
    const folder = `${file}-migrations`;
    fs.mkdirSync(folder);
    fs.writeFileSync(path.join(folder, '1_t.sql'), 'CREATE TABLE t (v);');
    fs.writeFileSync(
      path.join(folder, '2_v.cjs'),
      "exports.up = (db) => db.exec('INSERT INTO t VALUES (1)'); exports.down = (db) => db.exec('DELETE FROM t');",
    );
    const migrator = new Migrator(file, folder);
    const all = await Promise.all([migrator.up(), new Migrator(file, folder).up()]);
    const names = all.flatMap(({ runs }) => runs.map(({ name }) => name));
    assert.deepStrictEqual(names, ['1_t', '2_v']);
    const db = new Database(file);
    assert.strictEqual(db.prepare('SELECT count(*) FROM t').pluck().get(), 1);
    await migrator.down();
    assert.strictEqual(db.prepare('SELECT count(*) FROM t').pluck().get(), 0);
    db.close();
    fs.writeFileSync(path.join(folder, '3_x.sql'), 'SELECT * FROM missing;');
    await assert.rejects(migrator.up(), { code: 'FERROLITE_MIGRATION_FAILED' });
    assert.deepStrictEqual(
      fs.readdirSync(path.dirname(file)).filter((name) => name.endsWith('-migrating')),
      [],
    );
  },
};

module.exports = { migrateChecks };
