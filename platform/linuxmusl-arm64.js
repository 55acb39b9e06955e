'use strict';
// The driver bound to one addon, for bundlers that must know which file it is. Generated, like the loader's
// table.

const { entryFor } = require('../dist/core/entry.js');
const { load } = require('../native/load.js');

module.exports = entryFor(() =>
  load(
    'linux-arm64-musl',
    () => require('../native/ferrolite.linux-arm64-musl.node'),
    () => require('@ferrolite/binding-linux-arm64-musl'),
  ),
);

// Never runs: it tells Node's lexer which name an ES module may import.
0 && (module.exports = { SqliteError: undefined });
