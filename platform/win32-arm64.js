'use strict';
// The driver bound to one addon, for bundlers that must know which file it is. Generated, like the loader's
// table.

const { entryFor } = require('../dist/core/entry.js');
const { load } = require('../native/load.js');

module.exports = entryFor(() =>
  load(
    'win32-arm64-msvc',
    () => require('../native/ferrolite.win32-arm64-msvc.node'),
    () => require('@ferrolite/binding-win32-arm64-msvc'),
  ),
);

// Never runs: it tells Node's lexer which name an ES module may import.
0 && (module.exports = { SqliteError: undefined });
