'use strict';
// The driver bound to one addon, for bundlers that must know which file it is. Generated, like the loader's
// table.
/* oxlint-disable no-useless-catch -- inside of a `try` bundlers let a package be missing */

const { entryFor } = require('../dist/core/entry.js');
const { load } = require('../native/load.js');

// prettier-ignore
module.exports = entryFor(() =>
  load(
    'linux-x64-gnu',
    () => { try { return require('../native/ferrolite.linux-x64-gnu.node'); } catch (error) { throw error; } },
    () => { try { return require('@ferrolite/binding-linux-x64-gnu'); } catch (error) { throw error; } },
  ),
);

// Never runs: it tells Node's lexer which name an ES module may import.
0 && (module.exports = { SqliteError: undefined });
