// Steps on databases: opening, executing, closing.
import { inspect } from 'node:util';
import { named } from '../journal.mjs';
import { DatabaseRecord } from '../model.mjs';
import { pragmaFor, schema, textFor } from '../sql.mjs';
import { mangled, options } from './arguments.mjs';
import { defineAggregate, defineFunction, defineTable } from './callbacks.mjs';
import { pickDatabase } from './pick.mjs';

/** Databases that share a file wait this long for each other. */
const TIMEOUT_MS = 1;

/** How an existing path is opened, and what is known of the database then. */
function target(world) {
  const { choose, values, paths } = world;
  switch (choose.int(11)) {
    case 10:
      return descriptors(world);
    case 0:
    case 1:
      return { path: paths.shared(choose), isFile: true };
    case 2:
      return { path: paths.guarded, isFile: true, readonly: true };
    case 3:
      return { path: image(world), hostile: true };
    case 4:
      return { path: choose.pick(['', undefined, null]) };
    case 5:
      return { path: values.any(), isFile: true, hostile: true };
    default:
      return { path: ':memory:' };
  }
}

/** Open files for a database and its journal; sometimes not those that belong together, or closed ones. */
function descriptors(world) {
  const { choose, files } = world;
  const pair = files.pair(choose);
  const journalFd = choose.chance(0.8)
    ? pair.journal
    : choose.pick([pair.database, -1, 2 ** 30, files.pair(choose).journal]);
  return {
    path: choose.chance(0.9) ? pair.database : choose.pick([-1, 2 ** 30, 2 ** 40, 1.5]),
    journalFd,
    isFile: true,
  };
}

/** The bytes of a database; sometimes damaged, of bytes that change, or none at all. */
function image(world) {
  const { choose, pool, values } = world;
  const source = pool.pick('database', choose, (record) => !record.isClosed);
  if (source === undefined || choose.chance(0.2)) return values.bytes();
  const { value } = world.call(source, 'serialize', []);
  if (value === undefined) return values.bytes();
  if (choose.chance(0.2)) value[choose.int(value.length)] ^= 1 << choose.int(8);
  return named('image', choose.chance(0.2) ? value.subarray(0, choose.int(value.length)) : value);
}

export function open(world) {
  const { choose, pool, entries } = world;
  const { path, journalFd, isFile = false, readonly = false, hostile = false } = target(world);
  const record = new DatabaseRecord(world.id(), { isFile, readonly, hostile });
  const known = {
    verbose: choose.chance(0.15) ? verbose(world, record) : undefined,
    fileMustExist: choose.chance(0.2),
    nativeBinding: choose.pick([undefined, undefined, world.addonPath, world.addon]),
  };
  // What must hold whatever else is wrong: no waiting for long, no writing to what is guarded.
  const fixed = {
    timeout: TIMEOUT_MS,
    ...(readonly && { readonly }),
    ...(journalFd !== undefined && { journalFd }),
  };
  const about = { own: true };
  const right = [path, options(world, known, fixed, about)];
  const args = isFile ? right : mangled(world, right);
  const Entry = choose.pick(entries);
  const construct = choose.pick([Entry, Entry, Entry, class Derived extends Entry {}, undefined]);
  const { value } = world.invoke('Database', Entry, undefined, args, { construct });
  if (value === undefined) return;
  if (!(value instanceof Entry) || typeof value.open !== 'boolean') world.report('Database gave no database');
  record.hostile ||= args[0] !== path;
  record.foreign ||= !about.own || args[1] !== right[1];
  pool.add(record, value, choose);
  furnish(world, record);
}

/** Gives a database what SQL texts use. */
export function furnish(world, record) {
  const { choose } = world;
  if (!record.readonly && choose.chance(0.95)) world.call(record, 'exec', [schema]);
  for (const define of [defineFunction, defineAggregate, defineTable])
    if (choose.chance(0.6)) define(world, record);
}

function verbose(world, record) {
  if (world.choose.chance(0.1)) {
    record.foreign = true;
    return world.values.fn();
  }
  return (sql) => {
    if (typeof sql !== 'string') world.report('verbose was called without a string');
    world.userCode('verbose', record, () => undefined);
  };
}

export function close(world) {
  const record = pickDatabase(world);
  if (record === undefined) return;
  const { value } = world.call(record, 'close', mangled(world, []));
  if (value?.open) world.report('close() left a database open');
}

export function exec(world) {
  const record = pickDatabase(world);
  if (record === undefined) return;
  world.call(record, 'exec', mangled(world, [textFor(world.choose, record)]));
}

export function pragma(world) {
  const record = pickDatabase(world);
  if (record === undefined) return;
  const simple = world.choose.chance(0.5);
  const args = [pragmaFor(world.choose, record)];
  if (world.choose.chance(0.5)) args.push(options(world, { simple }));
  world.call(record, 'pragma', mangled(world, args));
}

export function explain(world) {
  const record = pickDatabase(world);
  if (record === undefined) return;
  const text = textFor(world.choose, record);
  world.call(record, 'explain', mangled(world, [world.choose.chance(0.5) ? text : `QUERY PLAN ${text}`]));
}

export function serialize(world) {
  const record = pickDatabase(world);
  if (record === undefined) return;
  const attached = world.choose.pick(['main', 'temp', 'other', 'none', 'main\0']);
  world.call(record, 'serialize', mangled(world, [options(world, { attached })]));
}

export function toggle(world) {
  const record = pickDatabase(world);
  if (record === undefined) return;
  const { choose } = world;
  const method = choose.pick(['defaultSafeIntegers', 'unsafeMode']);
  const args = mangled(world, choose.chance(0.3) ? [] : [choose.chance(0.5)]);
  // Without the defences of SQLite a file may be damaged on purpose.
  if (method === 'unsafeMode' && record.isFile) args[0] = false;
  world.call(record, method, args);
}

export function loadExtension(world) {
  const record = pickDatabase(world);
  if (record === undefined) return;
  const { choose, values, paths } = world;
  const path = choose.pick([paths.missing, 'none', values.string()]);
  world.call(record, 'loadExtension', mangled(world, choose.chance(0.5) ? [path] : [path, values.string()]));
}

const PROPERTIES = ['name', 'open', 'inTransaction', 'readonly', 'memory'];

/** Reading properties, showing and copying a database: none of it throws. */
export function properties(world) {
  const record = pickDatabase(world);
  if (record === undefined) return;
  const { choose } = world;
  world.invoke('properties', () => PROPERTIES.map((name) => record.value[name]), undefined, [], {
    rule: { never: true },
  });
  if (!world.isNested && choose.chance(0.2)) {
    world.invoke('inspect', () => inspect(record.value), undefined, [], { rule: { never: true } });
    world.invoke('JSON', () => JSON.stringify(record.value), undefined, [], { rule: { never: true } });
  }
  if (choose.chance(0.1)) record.value[`user${choose.int(3)}`] = choose.int(5);
}
