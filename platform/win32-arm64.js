'use strict';
// The driver bound to one addon, for bundlers that must know which file it is. A build from source
// wins over the package.

const { entryFor } = require('../dist/core/entry.js');

module.exports = entryFor(() => {
  try {
    return require('../native/ferrolite.win32-arm64-msvc.node');
  } catch (error) {
    if (error?.code !== 'MODULE_NOT_FOUND') throw error;
  }
  return require('@ferrolite/binding-win32-arm64-msvc');
});

// Never runs: it tells Node's lexer which name an ES module may import.
0 && (module.exports = { SqliteError: undefined });
