// `node --import` of this: whoever asks for better-sqlite3 gets the package that FERROLITE_TEST_REFERENCE names.
import { createRequire, registerHooks } from 'node:module';
import { pathToFileURL } from 'node:url';

const require = createRequire(process.env['FERROLITE_TEST_REFERENCE']);
const reference = pathToFileURL(require.resolve('better-sqlite3')).href;

registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'better-sqlite3' ? { url: reference, shortCircuit: true } : next(specifier, context),
});
