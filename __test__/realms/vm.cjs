// Runs the checks in two plain `vm` contexts, one after the other, of the process that runs this.
const assert = require('node:assert');
const { requireOfNewRealm } = require('./loader.cjs');

async function main() {
  for (let realm = 0; realm < 2; realm += 1) {
    const require = requireOfNewRealm(process.argv[2]);
    const drivers = { ferrolite: require('ferrolite'), 'better-sqlite3': require('better-sqlite3') };
    const [run, createChecks] = [require('realm-checks/run.cjs'), require('realm-checks/checks.cjs')];
    await run(createChecks, drivers, assert.deepStrictEqual, 'vm');
  }
}

main().catch((error) => {
  throw error;
});
