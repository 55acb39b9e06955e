// examples/next-app under the name `better-sqlite3`, as code that is not ours imports it.
import fs from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tool } from '../../scripts/lib/tools.mjs';
import { NextApp, filesBelow, logsOf, read, type Bundler } from './helpers/next.mts';
import { openersOf } from './helpers/server.mts';

const ROUTE = '/api/opportunities';
const SOURCES = ['app/actions.ts', 'app/api/opportunities/route.ts', 'lib/db.ts', 'scripts/seed.ts'];
const PLAIN_CONFIG = "export default { output: 'standalone' };\n";
const HELPED_CONFIG = `import { withFerrolite } from 'better-sqlite3/next';

export default withFerrolite({ output: 'standalone' });
`;

/** The example with the alias in its manifest and its imports; nothing is installed yet. */
async function aliased(): Promise<NextApp> {
  const app = await NextApp.copy();
  const manifest = JSON.parse(app.read('package.json'));
  const { ferrolite: version, ...dependencies } = manifest.dependencies;
  dependencies['better-sqlite3'] = `npm:ferrolite@${version}`;
  app.write('package.json', { ...manifest, dependencies });
  for (const file of SOURCES) {
    const text = app.read(file);
    expect(text).toContain("from 'ferrolite'");
    app.write(file, text.replaceAll("from 'ferrolite'", "from 'better-sqlite3'"));
  }
  return app;
}

/** The build serves the seeded rows on one connection, and has one addon in its standalone server. */
async function answers(app: NextApp, bundler: Bundler, config: string): Promise<void> {
  app.write('next.config.ts', config);
  const { output } = await app.build(bundler);
  expect(output).not.toMatch(/warn|error|⚠|⨯/i);
  const addons = filesBelow(app.path('.next', 'standalone'), '.node');
  expect(addons.filter((name) => name.includes('ferrolite'))).toHaveLength(1);

  const database = await app.seeded();
  const server = await app.serve(database, 'start');
  expect(await server.json(ROUTE)).toHaveLength(200);
  expect(await server.text('/')).toContain('<td>lost</td>');
  expect(openersOf(database)).toHaveLength(1);
  await server.end();
  expect(logsOf(database)).toEqual([]);
  expect(read(database, 'SELECT count(*) AS rows FROM opportunities')).toEqual([{ rows: 1000 }]);
}

describe('installed by npm', () => {
  let app: NextApp;
  beforeAll(async () => {
    app = await aliased();
    await app.npm('install');
  });
  afterAll(() => app.remove());

  it.each(['turbopack', 'webpack'] as const)('needs no setting with %s', async (bundler) => {
    await answers(app, bundler, PLAIN_CONFIG);
  });
});

describe('installed by pnpm', () => {
  let app: NextApp;
  beforeAll(async () => {
    app = await aliased();
    await app.must(app.node, [tool('pnpm/bin/pnpm.mjs'), 'install']);
    expect(fs.existsSync(app.path('node_modules', '.pnpm'))).toBe(true);
  });
  afterAll(() => app.remove());

  // Webpack looks at the folder that the name leads to, which bears the real name; Turbopack does not.
  it('is built by webpack with withFerrolite(), from the entry of the alias', async () => {
    await answers(app, 'webpack', HELPED_CONFIG);
  });
});
