// Runs the checks where it is evaluated, and keeps the names of those that fail.
const fs = require('node:fs');
const path = require('node:path');

/**
 * @param {Record<string, Function>} drivers each driver's `Database`, of this realm
 * @param {(a: unknown, b: unknown) => void} equal throws unless both are the same, their classes included
 * @param {string} name of the runner; the files that it runs are counted
 */
module.exports = (createChecks, drivers, equal, name) => {
  const results = {};
  for (const [driver, Database] of Object.entries(drivers)) {
    const checks = Object.entries(createChecks({ Database, equal }));
    const failed = checks.filter(([, check]) => !holds(check)).map(([check]) => check);
    results[driver] = { count: checks.length, failed };
  }
  const folder = process.env.REALM_RESULTS;
  const before = fs.readdirSync(folder).filter((file) => file.startsWith(`${name}-`)).length;
  fs.writeFileSync(path.join(folder, `${name}-${before + 1}.json`), JSON.stringify(results));
};

function holds(check) {
  try {
    return check() !== false;
  } catch {
    return false;
  }
}
