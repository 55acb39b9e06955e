// The differential cases on whatever runtime runs this file, against better-sqlite3's recorded answers.
//
//   node __test__/runtime/cases.cjs [--driver NAME] [--worker] [topic ...]
//
// `--worker` runs them in a worker thread, and the main thread does not load the driver.
// The cases are TypeScript: `npm test` compiles them to .cache/cases before. The last line is
// `N passed, N failed`, with `, N skipped` for cases that the driver does not survive.
const fs = require('node:fs');
const path = require('node:path');
const { pathToFileURL } = require('node:url');
const { once } = require('node:events');
const { parseArgs } = require('node:util');
const { isMainThread, Worker, workerData } = require('node:worker_threads');
const { createFixture, load } = require('./fixture.cjs');

const cache = path.resolve(__dirname, '..', '..', '.cache');

function runtimeName() {
  if (process.versions.bun) return 'bun';
  return process.versions.deno ? 'deno' : `node${process.versions.node.split('.')[0]}`;
}

const { values, positionals } = parseArgs({
  args: isMainThread ? undefined : workerData,
  options: {
    driver: { type: 'string', default: 'ferrolite' },
    worker: { type: 'boolean' },
  },
  allowPositionals: true,
});

async function main() {
  const entry = path.join(cache, 'cases', '__test__', 'differential', 'harness', 'on-runtime.mjs');
  const { runOnThisRuntime } = await import(pathToFileURL(entry).href);
  const fixture = createFixture(values.driver);
  // Named like the runtime, for whoever finds the process dead: its last line is the case that ran. Not among
  // the compiled files: they would seem newer than they are.
  const name = `${runtimeName()}${isMainThread ? '' : '-worker'}`;
  const progress = fs.openSync(path.join(cache, `cases-progress-${name}`), 'w');
  try {
    process.exitCode = await runOnThisRuntime({
      source: {
        name: values.driver,
        constructor: load(fixture),
        home: path.join(fixture.folder, 'index.cjs'),
      },
      ...(positionals.length > 0 && { topics: positionals }),
      progress,
      failures: path.join(cache, `cases-failures-${name}.json`),
    });
  } finally {
    fs.closeSync(progress);
    fs.rmSync(fixture.folder, { recursive: true, force: true });
  }
}

async function inWorker() {
  const thread = new Worker(__filename, { workerData: process.argv.slice(2), stdout: true });
  // Passed on by this thread, which waits for the end of it: what a worker prints last can get lost.
  thread.stdout.setEncoding('utf8').on('data', (text) => process.stdout.write(text));
  const printed = new Promise((resolve) => thread.stdout.once('end', resolve));
  const [code] = await once(thread, 'exit');
  await printed;
  process.exitCode = code;
}

(values.worker && isMainThread ? inWorker() : main()).then(
  // A worker that a case has left must not keep the process.
  () => process.exit(),
  (error) => {
    console.error(error);
    process.exit(1);
  },
);
