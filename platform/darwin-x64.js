'use strict';
// The driver bound to one addon, for bundlers that must know which file it is. Generated, like the loader's
// table.

const { entryFor } = require('../dist/core/entry.js');
const { load } = require('../native/load.js');

module.exports = entryFor(() =>
  load(
    'darwin-x64',
    () => require('../native/ferrolite.darwin-x64.node'),
    () => require('@ferrolite/binding-darwin-x64'),
  ),
);

// Never runs: it tells Node's lexer which name an ES module may import.
0 && (module.exports = { SqliteError: undefined });
