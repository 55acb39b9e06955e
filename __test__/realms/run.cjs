// Runs the checks where it is evaluated, and keeps the names of those that fail.
const fs = require('node:fs');
const path = require('node:path');

/**
 * @param {Record<string, Function>} drivers each driver's `Database`, of this realm
 * @param {(a: unknown, b: unknown) => void} equal throws unless both are the same, their classes included
 * @param {string} name of the runner; the files that it runs are counted
 */
module.exports = async (createChecks, drivers, equal, name) => {
  const folder = process.env.REALM_RESULTS;
  const before = fs.readdirSync(folder).filter((file) => file.startsWith(`${name}-`)).length;
  const realm = `${name}-${before + 1}`;
  const results = {};
  for (const [driver, Database] of Object.entries(drivers)) {
    let paths = 0;
    const newPath = () => path.join(folder, '..', `${realm}-${driver}-${(paths += 1)}.db`);
    const checks = Object.entries(createChecks({ Database, equal, newPath }));
    const failed = [];
    for (const [check, holds] of checks) if (!(await isTrue(holds))) failed.push(check);
    results[driver] = { count: checks.length, failed };
  }
  fs.writeFileSync(path.join(folder, `${realm}.json`), JSON.stringify(results));
};

async function isTrue(holds) {
  try {
    return (await holds()) !== false;
  } catch {
    return false;
  }
}
