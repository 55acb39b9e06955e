// Operations on whatever runtime runs this file.
const assert = require('node:assert');
const { load, newPath } = require('./fixture.cjs');

const FILL =
  'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 3000) INSERT INTO t SELECT i FROM n';

function filled(fixture) {
  const file = newPath(fixture);
  const Database = load(fixture);
  new Database(file).exec(`CREATE TABLE t (v); CREATE INDEX t_v ON t (v); ${FILL}`).close();
  return file;
}

const opsChecks = {
  'maintenance works off the main thread, tells its progress and can be given up': async (fixture) => {
    const ops = load(fixture, '/ops');
    const file = filled(fixture);
    const heard = [];
    const onProgress = ({ done, total }) => heard.push([done, total]);
    assert.deepStrictEqual((await ops.optimize(file)).objects, ['t']);
    assert.deepStrictEqual((await ops.reindex(file, { onProgress })).objects, ['t_v']);
    assert.deepStrictEqual(heard, [
      [0, 1],
      [1, 1],
    ]);
    assert.strictEqual((await ops.vacuum(file)).truncated, true);
    for (const check of [ops.quickCheck, ops.integrityCheck, ops.foreignKeyCheck]) {
      assert.strictEqual((await check(file)).ok, true);
    }
    const reason = new Error('given up');
    const controller = new AbortController();
    const given = ops.integrityCheck(file, { signal: controller.signal });
    controller.abort(reason);
    await assert.rejects(given, reason);
  },

  'a schedule does once what is due': async (fixture) => {
    const ops = load(fixture, '/ops');
    const file = filled(fixture);
    const schedule = ops.startMaintenance(file, { checkIntervalMs: 86_400_000 });
    const runs = await schedule.runDue();
    assert.deepStrictEqual(
      schedule.lastRuns().map(({ task, outcome }) => [task, outcome]),
      [
        ['optimize', 'ok'],
        ['quickCheck', 'ok'],
      ],
    );
    assert.ok(runs.length <= 2);
    assert.deepStrictEqual(await schedule.runDue(), []);
    await schedule.stop();
  },
};

module.exports = { opsChecks };
