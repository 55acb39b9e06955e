/** What becomes of each JavaScript value on its way into SQL and back. */
import { bindables } from '../compat/bindables.mts';
import { attempt } from '../helpers/answer.mts';
import { forEachValue, type Cases } from './harness/case.mts';

const columnTypes = ['INTEGER', 'REAL', 'TEXT', 'BLOB', 'NUMERIC', ''];
const strictTypes = ['INTEGER', 'INT', 'REAL', 'TEXT', 'BLOB', 'ANY'];

export const cases: Cases = {
  ...forEachValue(bindables, 'comes back', ({ memory }, value) =>
    memory().prepare('SELECT ?').raw().get(value),
  ),
  ...forEachValue(bindables, 'comes back with safe integers', ({ memory }, value) =>
    memory().prepare('SELECT ? AS a').safeIntegers().get(value),
  ),
  ...forEachValue(bindables, 'is seen by SQL', ({ memory }, value) =>
    memory()
      .prepare('SELECT typeof(?1), length(?1), hex(?1), quote(?1), ?1 / 2, ?1 IS NULL')
      .raw()
      .get({ 1: value }),
  ),
  ...forEachValue(bindables, 'is stored in columns of every affinity', ({ memory }, value) =>
    columnTypes.map((type) => {
      const db = memory(`CREATE TABLE t (a ${type})`);
      const run = attempt(() => db.prepare('INSERT INTO t VALUES (?)').run(value));
      return [type, run, db.prepare('SELECT a, typeof(a) FROM t').raw().safeIntegers().all()];
    }),
  ),
  ...forEachValue(bindables, 'is stored in columns of a strict table', ({ memory }, value) =>
    strictTypes.map((type) => {
      const db = memory(`CREATE TABLE t (a ${type}) STRICT`);
      const run = attempt(() => db.prepare('INSERT INTO t VALUES (?)').run(value));
      return [type, run, db.prepare('SELECT a, typeof(a) FROM t').raw().safeIntegers().all()];
    }),
  ),
  ...forEachValue(
    bindables,
    'is a parameter by name, in an array and bound for good',
    ({ memory }, value) => {
      const db = memory();
      return [
        attempt(() => db.prepare('SELECT :a').raw().get({ a: value })),
        attempt(() => db.prepare('SELECT ?, ?').raw().get([value, 1n])),
        attempt(() => db.prepare('SELECT ?').raw().bind(value).get()),
      ];
    },
  ),
};
