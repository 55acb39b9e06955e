// The types of explainQuery().
import type BetterSqlite3 from 'better-sqlite3';
import Database from 'ferrolite';
import { explainQuery, type ActualWork, type PlanNode, type QueryPlan } from 'ferrolite/ops';
import type { Pool } from 'ferrolite/pool';
import { expectTypeOf, test } from 'vitest';

test('explainQuery() takes connections and pools, and gives a tree', () => {
  expectTypeOf(explainQuery).toBeCallableWith(new Database(':memory:'), 'SELECT 1');
  expectTypeOf(explainQuery).toBeCallableWith({} as BetterSqlite3.Database, 'SELECT ?', [1]);
  expectTypeOf(explainQuery).toBeCallableWith({} as Pool, 'SELECT 1', undefined, { execute: true });
  expectTypeOf(explainQuery).returns.resolves.toEqualTypeOf<QueryPlan>();
  expectTypeOf<QueryPlan['actual']>().toEqualTypeOf<ActualWork | undefined>();
  expectTypeOf<PlanNode['children']>().toEqualTypeOf<readonly PlanNode[]>();
  // @ts-expect-error There is no such option.
  void explainQuery(new Database(':memory:'), 'SELECT 1', [], { analyze: true });
});
