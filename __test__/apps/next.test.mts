// examples/next-app under the package's own name, with both bundlers: developed, built, started, standalone, in a browser.
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { Finished } from './helpers/app.mts';
import { openBrowser } from './helpers/browser.mts';
import { NextApp, bundlers, example, filesBelow, logsOf, read } from './helpers/next.mts';
import { Server, openersOf } from './helpers/server.mts';

const ROUTE = '/api/opportunities';
const FIRST_ROWS = 'SELECT * FROM opportunities LIMIT 200';

let app: NextApp;

beforeAll(async () => {
  app = await NextApp.copy();
  await app.npm('install');
});
afterAll(() => app.remove());

describe.each(bundlers)('built with %s', (bundler) => {
  let build: Finished;
  const elsewhere = (): string => app.path('no-such-folder', 'app.sqlite');

  beforeAll(async () => {
    build = await app.build(bundler, { SQLITE_DB_PATH: elsewhere() });
  });

  it('the build finds nothing to warn of, and creates no database', () => {
    expect(build.output).not.toMatch(/warn|error|⚠|⨯/i);
    expect(fs.existsSync(path.dirname(elsewhere()))).toBe(false);
    expect(filesBelow(app.path('.next'), '.db', '.sqlite', '-wal', '-shm')).toEqual([]);
    expect(filesBelow(app.folder, '.db')).toEqual([]);
  });

  it('the build leaves the settings of TypeScript as they are in the example', () => {
    expect(app.read('tsconfig.json')).toBe(fs.readFileSync(path.join(example, 'tsconfig.json'), 'utf8'));
  });

  it('next start answers from one connection, and SIGTERM leaves no log', async () => {
    const database = await app.seeded();
    const expected = read(database, FIRST_ROWS);
    const server = await app.serve(database, 'start');
    await server.until(() => openersOf(database).length > 0, 'open the database in register()');
    expect(await server.json(ROUTE)).toEqual(expected);
    expect(await server.text('/')).toContain('<td>lost</td>');
    expect(openersOf(database)).toHaveLength(1);
    expect(logsOf(database)).not.toEqual([]);
    expect(await server.end()).toEqual({ code: 143, signal: null });
    expect(logsOf(database)).toEqual([]);
    expect(server.output).not.toMatch(/error|⨯/i);
  });

  it('the standalone server has one addon, and shows and adds rows in a browser', async () => {
    const standalone = app.standalone();
    onTestFinished(() => standalone.remove());
    // sharp is Next.js's own, for images.
    expect(filesBelow(standalone.folder, '.node').filter((name) => !name.includes('/sharp-'))).toEqual([
      expect.stringMatching(/^node_modules\/@ferrolite\/binding-[\w-]+\/ferrolite\.[\w-]+\.node$/),
    ]);
    const database = await app.seeded();
    const server = await Server.start(standalone, {
      args: ['server.js'],
      ready: /Ready in/,
      env: { SQLITE_DB_PATH: database },
    });
    expect(await server.json(ROUTE)).toHaveLength(200);

    const browser = await openBrowser();
    const page = await browser.newPage();
    const failures: string[] = [];
    page.on('pageerror', (error) => failures.push(error.message));
    await page.goto(server.url);
    await page.getByRole('heading', { name: '1000 opportunities' }).waitFor();
    expect(await page.getByRole('row').count()).toBe(51);
    await page.getByLabel('Customer').fill('Ada & Grace Engines');
    await page.getByLabel('Annual value').fill('1815.5');
    await page.getByRole('button', { name: 'Add' }).click();
    await page.getByRole('heading', { name: '1001 opportunities' }).waitFor();
    expect(await page.getByRole('row').nth(1).textContent()).toBe('Ada & Grace Engines€1,816lead');
    await page.getByLabel('Annual value').fill('-1');
    await page.getByRole('button', { name: 'Add' }).click();
    await page.getByText('A customer has a name, and the annual value is not negative.').waitFor();
    expect(failures).toEqual([]);
    await browser.close();

    expect(openersOf(database)).toHaveLength(1);
    expect(await server.end()).toEqual({ code: 143, signal: null });
    expect(logsOf(database)).toEqual([]);
    expect(read(database, 'SELECT customer, annual_value FROM opportunities WHERE id > 1000')).toEqual([
      { customer: 'Ada & Grace Engines', annual_value: 1815.5 },
    ]);
  });
});

describe.each(bundlers)('developed with %s', (bundler) => {
  it('edits of the route and of what it imports are hot, on the one connection', async () => {
    const database = await app.seeded();
    const server = await app.serve(database, bundler);
    const [first] = read(
      database,
      "SELECT customer FROM opportunities WHERE customer NOT LIKE '%&%' LIMIT 1",
    );
    expect(await server.json(ROUTE)).toHaveLength(200);
    expect(await server.text('/')).not.toContain(first.customer);
    const opened = openersOf(database);
    expect(opened).toHaveLength(1);

    const edit = (file: string, from: string, to: string): void => {
      const text = app.read(file);
      expect(text).toContain(from);
      app.write(file, text.replace(from, to));
      onTestFinished(() => void app.write(file, text));
    };
    edit('app/api/opportunities/route.ts', 'LIMIT 200', 'LIMIT 3');
    await server.textUntil(ROUTE, (body) => JSON.parse(body).length === 3);
    edit('lib/db.ts', 'ORDER BY id DESC', 'ORDER BY id ASC');
    await server.textUntil('/', (body) => body.includes(first.customer));
    expect(openersOf(database)).toEqual(opened);

    await server.end();
    expect(logsOf(database)).toEqual([]);
  });
});

describe('a database that cannot be opened', () => {
  it('is told of when the server starts, and answers 500', async () => {
    const inTheWay = app.path('package.json');
    const server = await app.serve(path.join(inTheWay, 'app.sqlite'), 'start');
    await server.until(() => server.output.includes('FERROLITE_CANNOT_CREATE_DIRECTORY'), 'say why');
    expect((await fetch(server.url + ROUTE)).status).toBe(500);
    await server.end();
  });
});

describe('a port that is taken', () => {
  it('ends next start with an error that says so, and leaves no log', async () => {
    const taken = net.createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    onTestFinished(() => void taken.close());
    const { port } = taken.address() as net.AddressInfo;
    const database = await app.seeded();
    const { ok, output } = await app.run(
      app.node,
      ['node_modules/next/dist/bin/next', 'start', '--port', String(port), '--hostname', '127.0.0.1'],
      { env: { SQLITE_DB_PATH: database } },
    );
    expect(ok).toBe(false);
    expect(output).toContain('EADDRINUSE');
    expect(logsOf(database)).toEqual([]);
  });
});
