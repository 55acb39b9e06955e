// The differential cases on whatever runtime runs this file, against better-sqlite3's recorded answers.
//
//   node __test__/runtime/cases.cjs [--driver NAME] [--pending] [topic ...]
//
// The cases are TypeScript: `npm test` compiles them to .cache/cases before. The last line is
// `N passed, N failed`, with `, N skipped` for cases about what the driver does not have.
const fs = require('node:fs');
const path = require('node:path');
const { pathToFileURL } = require('node:url');
const { parseArgs } = require('node:util');
const { createFixture, load } = require('./fixture.cjs');

const compiled = path.resolve(__dirname, '..', '..', '.cache', 'cases');

function runtimeName() {
  if (process.versions.bun) return 'bun';
  return process.versions.deno ? 'deno' : `node${process.versions.node.split('.')[0]}`;
}

async function main() {
  const { values, positionals } = parseArgs({
    options: { driver: { type: 'string', default: 'ferrolite' }, pending: { type: 'boolean' } },
    allowPositionals: true,
  });
  const entry = path.join(compiled, '__test__', 'differential', 'harness', 'on-runtime.mjs');
  const { runOnThisRuntime } = await import(pathToFileURL(entry).href);
  const fixture = createFixture(values.driver);
  // Named like the runtime's folder, for whoever finds the process dead: its last line is the case that ran.
  const name = runtimeName();
  const progress = fs.openSync(path.join(compiled, `progress-${name}`), 'w');
  try {
    process.exitCode = await runOnThisRuntime({
      source: {
        name: values.driver,
        constructor: load(fixture),
        home: path.join(fixture.folder, 'index.cjs'),
      },
      ...(positionals.length > 0 && { topics: positionals }),
      pending: values.pending === true,
      progress,
      failures: path.join(compiled, `failures-${name}.json`),
    });
  } finally {
    fs.closeSync(progress);
    fs.rmSync(fixture.folder, { recursive: true, force: true });
  }
  // A worker that a case has left must not keep the process.
  process.exit();
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
