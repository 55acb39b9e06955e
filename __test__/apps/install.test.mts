// `npm install ferrolite` as a user types it, on a machine without a compiler.
import { expect, it } from 'vitest';
import { temporaryApp } from './helpers/app.mts';

const QUERY = "console.log(new Database(':memory:').prepare('SELECT 42 AS x').get().x)";

it('npm installs the package and the addon of this platform alone, and a query is answered', async () => {
  const app = await temporaryApp();
  app
    .write('package.json', { private: true })
    .write('main.mjs', `import Database from 'ferrolite'; ${QUERY}`);
  await app.npm('install', 'ferrolite');
  const installed = Object.keys(JSON.parse(app.read('node_modules/.package-lock.json')).packages);
  expect(installed).toHaveLength(2);
  expect((await app.must(app.node, ['main.mjs'])).stdout.trim()).toBe('42');
});
