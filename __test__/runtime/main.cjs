// The same addon on whatever runtime runs this file: no test framework, no TypeScript.
//
//   node __test__/runtime/main.cjs [driver]
//
// `driver` is `ferrolite`, or `better-sqlite3` to check these checks against the original. The last
// line is `N passed, N failed`, with `, N skipped` at need.
const fs = require('node:fs');
const { createFixture } = require('./fixture.cjs');
const { runChecks } = require('./run-checks.cjs');
const { callbackChecks } = require('./callbacks.cjs');
const { checkpointerChecks } = require('./checkpointer.cjs');
const { checks } = require('./checks.cjs');
const { threadChecks, runInWorker } = require('./threads.cjs');
const { exitChecks } = require('./exit.cjs');
const { cliChecks } = require('./cli.cjs');
const { migrateChecks } = require('./migrate.cjs');
const { opsChecks } = require('./ops.cjs');
const { poolChecks, poolEndings } = require('./pool.cjs');

async function main() {
  const driver = process.argv[2] ?? 'ferrolite';
  const fixture = createFixture(driver);
  try {
    const results = [
      ...(await runChecks('main thread', checks, fixture)),
      ...(await runChecks('callbacks', callbackChecks, fixture)),
      ...(await runInWorker(fixture)),
      ...(await runChecks('threads', threadChecks, fixture)),
      ...(await runChecks('exit', exitChecks, fixture)),
      ...(driver === 'ferrolite' ? await runChecks('operations', opsChecks, fixture) : []),
      ...(driver === 'ferrolite' ? await runChecks('command line', cliChecks, fixture) : []),
      ...(driver === 'ferrolite' ? await runChecks('migrations', migrateChecks, fixture) : []),
      ...(driver === 'ferrolite' ? await runChecks('checkpoints', checkpointerChecks, fixture) : []),
      ...(driver === 'ferrolite' ? await runChecks('pool', { ...poolChecks, ...poolEndings }, fixture) : []),
    ];
    report(results);
  } finally {
    fs.rmSync(fixture.folder, { recursive: true, force: true });
  }
}

function report(results) {
  for (const { place, name, outcome, detail } of results) {
    console.log(`${outcome.padEnd(7)} ${place}: ${name}${detail ? `\n${detail}` : ''}`);
  }
  const count = (outcome) => results.filter((result) => result.outcome === outcome).length;
  const skipped = count('skipped');
  console.log(
    `${count('passed')} passed, ${count('failed')} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`,
  );
  process.exitCode = count('failed') > 0 ? 1 : 0;
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
