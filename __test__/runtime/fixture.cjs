// A folder that has the package installed the way a user's has it: under node_modules.
const fs = require('node:fs');
const { createRequire } = require('node:module');
const os = require('node:os');
const path = require('node:path');

const root = path.resolve(__dirname, '..', '..');
const homes = { ferrolite: root, 'better-sqlite3': path.join(root, 'node_modules', 'better-sqlite3') };

/** @param {string} driver @returns {{ driver: string, folder: string }} plain data: it goes to workers */
function createFixture(driver) {
  if (!homes[driver]) throw new TypeError(`unknown driver "${driver}"`);
  const folder = fs.mkdtempSync(path.join(fs.realpathSync(os.tmpdir()), 'ferrolite-runtime-'));
  fs.mkdirSync(path.join(folder, 'node_modules'));
  // A junction needs no rights on Windows; elsewhere the kind is ignored.
  fs.symlinkSync(homes[driver], path.join(folder, 'node_modules', driver), 'junction');
  fs.writeFileSync(path.join(folder, 'package.json'), '{ "private": true }\n');
  return { driver, folder };
}

/** What `require('ferrolite')` gives in the fixture's folder. */
function load({ driver, folder }) {
  return createRequire(path.join(folder, 'index.cjs'))(driver);
}

let files = 0;
/** A database path that no other check and no other thread uses. */
function newPath({ folder }) {
  const { threadId } = require('node:worker_threads');
  files += 1;
  return path.join(folder, `t${threadId}-${files}.sqlite`);
}

module.exports = { createFixture, load, newPath };
