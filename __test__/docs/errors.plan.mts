// The texts of explainQuery() in docs/errors.md, each with a call that gives it.
import Database from 'ferrolite';
import { explainQuery } from 'ferrolite/ops';

export const planCalls: Readonly<Record<string, () => unknown>> = {
  'Only a query that changes nothing is executed to be explained: leave the "execute" option out': () =>
    explainQuery(new Database(':memory:'), 'CREATE TABLE t (a)', undefined, { execute: true }),
};
