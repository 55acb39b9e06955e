'use strict';
// The driver bound to one addon, for bundlers that must know which file it is. Generated, like the loader's
// table.
/* oxlint-disable no-useless-catch -- inside of a `try` bundlers let a package be missing */

const { entryFor } = require('../dist/core/entry.js');
const { load } = require('../native/load.js');

// prettier-ignore
module.exports = entryFor(() =>
  load(
    'darwin-x64',
    () => { try { return require('../native/ferrolite.darwin-x64.node'); } catch (error) { throw error; } },
    () => { try { return require('@ferrolite/binding-darwin-x64'); } catch (error) { throw error; } },
  ),
);

// Never runs: it tells Node's lexer which name an ES module may import.
0 && (module.exports = { SqliteError: undefined });
