// A folder that has the package installed the way a user's has it: under node_modules.
const fs = require('node:fs');
const { createRequire } = require('node:module');
const os = require('node:os');
const path = require('node:path');

const root = path.resolve(__dirname, '..', '..');

/** Each driver's home, and what of it a user has. The addon lies where a build from source puts it. */
const packages = {
  ferrolite: { home: root, parts: ['package.json', 'index.js', 'dist', 'native', 'platform'] },
  'better-sqlite3': {
    home: path.join(root, 'node_modules', 'better-sqlite3'),
    parts: ['package.json', 'lib', 'prebuilds'],
  },
};

/** Puts a driver where `require` finds it from `folder`. */
function install(driver, folder) {
  const { home, parts } = packages[driver];
  const installed = path.join(folder, 'node_modules', driver);
  // Copied and not linked: Deno reads the exports of CommonJS only inside of node_modules.
  for (const part of parts) fs.cpSync(path.join(home, part), path.join(installed, part), { recursive: true });
}

/** @param {string} driver @returns {{ driver: string, folder: string }} plain data: it goes to workers */
function createFixture(driver) {
  if (!packages[driver]) throw new TypeError(`unknown driver "${driver}"`);
  const folder = fs.mkdtempSync(path.join(fs.realpathSync(os.tmpdir()), 'ferrolite-runtime-'));
  install(driver, folder);
  fs.writeFileSync(path.join(folder, 'package.json'), '{ "private": true }\n');
  return { driver, folder };
}

/** What `require('ferrolite')` gives in the fixture's folder, or another entry of it: `/pool`. */
function load({ driver = 'ferrolite', folder }, entry = '') {
  return createRequire(path.join(folder, 'index.cjs'))(driver + entry);
}

let files = 0;
/** A database path that no other check and no other thread uses. */
function newPath({ folder }) {
  const { threadId } = require('node:worker_threads');
  files += 1;
  return path.join(folder, `t${threadId}-${files}.sqlite`);
}

module.exports = { createFixture, install, load, newPath };
