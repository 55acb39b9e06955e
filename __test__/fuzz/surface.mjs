// Every function that users can reach from the entries of the package.
import { RULES } from './model.mjs';

/** Exports of the root for which there are steps. */
const EXPORTS = new Set([
  'SqliteError',
  'FerroliteError',
  'getSqlite',
  'getDb',
  'closeDatabase',
  'closeOnSignals',
  'truncateWal',
  'instrumentSqlite',
]);

/**
 * The functions of the entries and of the objects that they make.
 *
 * @throws {Error} for one that no step calls: a new method needs a line in `RULES` and a step.
 */
export function surfaceOf(entries) {
  const found = new Map();
  const add = (label, target, more = {}) => {
    if (typeof target === 'function' && !found.has(target)) {
      found.set(target, { label, target, isConstructor: isConstructor(target), ...more });
    }
  };
  const unknown = [];
  for (const Database of entries) {
    add('Database', Database, { isConstructor: true });
    for (const name of Object.getOwnPropertyNames(Database)) {
      const value = Database[name];
      if (typeof value === 'function' && !EXPORTS.has(name)) unknown.push(name);
      add(name, value);
    }
    const db = new Database(':memory:');
    const statement = db.prepare('SELECT 1');
    const iterator = statement.iterate();
    iterator.return();
    const transaction = db.transaction(() => {});
    for (const [kind, object] of Object.entries({ database: db, statement, iterator })) {
      for (const [name, target] of functionsOf(object)) {
        const isMethod = Object.hasOwn(Object.getPrototypeOf(object), name);
        if (
          isMethod &&
          typeof name === 'string' &&
          name !== 'constructor' &&
          !Object.hasOwn(RULES[kind], name)
        )
          unknown.push(name);
        add(String(name), target, { kind, method: name });
      }
    }
    for (const [name, target] of functionsOf(transaction)) add(`transaction.${String(name)}`, target);
    db.close();
  }
  if (unknown.length > 0) throw new Error(`functions that the fuzzer does not know: ${unknown.join(', ')}`);
  return [...found.values()];
}

/** Methods, getters and setters of an object's own and of its class. */
function functionsOf(object) {
  const functions = [];
  for (const holder of [object, Object.getPrototypeOf(object)]) {
    if (holder === Function.prototype) continue;
    for (const name of Reflect.ownKeys(holder)) {
      const { value, get, set } = Object.getOwnPropertyDescriptor(holder, name);
      for (const target of [value, get, set])
        if (typeof target === 'function') functions.push([name, target]);
    }
  }
  return functions;
}

function isConstructor(target) {
  try {
    Reflect.construct(Object, [], target);
    return true;
  } catch {
    return false;
  }
}
