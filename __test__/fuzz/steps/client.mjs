// Steps with what the package has besides the driver: connections by path, checkpoints, spans, signals, errors.
import { unlinkSync } from 'node:fs';
import { named } from '../journal.mjs';
import { DatabaseRecord } from '../model.mjs';
import { mangled, options } from './arguments.mjs';
import { furnish } from './databases.mjs';
import { pickDatabase } from './pick.mjs';

/** How long connections of the client wait for locks, which others of this thread may hold. */
const TIMEOUT_MS = 1;

function adopt(world, value, about) {
  const known = world.pool.recordOf(value);
  if (known !== undefined && world.pool.of('database').includes(known)) return;
  const record = known ?? new DatabaseRecord(world.id(), { isFile: true, isClient: true, ...about });
  world.pool.add(record, value, world.choose);
  if (known === undefined) furnish(world, record);
}

export function connect(world) {
  const { choose, paths, root } = world;
  const readonly = choose.chance(0.1);
  const path = readonly
    ? paths.guarded
    : choose.pick([paths.client(choose), paths.client(choose), ':memory:']);
  const properties = {
    profile: choose.pick(['default', 'default', 'durable']),
    pragmas: { cache_size: -1000 },
    fileMustExist: false,
  };
  const isFirst = choose.chance(0.3);
  const fixed = { busyTimeoutMs: TIMEOUT_MS, ...(readonly && { readonly }), ...(isFirst && { path }) };
  const given = options(world, properties, fixed, { mayInherit: false });
  const { value } = isFirst
    ? world.invoke('getSqlite', root.getSqlite, undefined, [given])
    : world.invoke('getDb', root.getDb, undefined, [path, given]);
  if (value === undefined) return;
  if (!(value instanceof root) || !value.open) world.report('the client gave no open database');
  adopt(world, value, { readonly });
}

export function disconnect(world) {
  const { choose, paths, root } = world;
  world.invoke(
    'closeDatabase',
    root.closeDatabase,
    undefined,
    choose.chance(0.3) ? [] : mangled(world, [paths.client(choose)]),
  );
}

/** The file of a connection is deleted: the next call for its path opens another. */
export function replaceFile(world) {
  // There an open file keeps its name.
  if (process.platform === 'win32') return;
  const path = world.paths.client(world.choose);
  world.journal.write(`unlink ${path}`);
  for (const name of [path, `${path}-wal`, `${path}-shm`]) {
    try {
      unlinkSync(name);
    } catch (error) {
      if (error.code !== 'ENOENT') throw error;
    }
  }
}

export function truncate(world) {
  const { choose, paths, root } = world;
  const path = choose.pick([paths.client(choose), paths.missing, ':memory:']);
  world.invoke(
    'truncateWal',
    root.truncateWal,
    undefined,
    mangled(world, [options(world, {}, { path, busyTimeoutMs: TIMEOUT_MS }, { mayInherit: false })]),
  );
}

export function instrument(world) {
  const { values, root } = world;
  const fn = named('spanned', () => world.userCode('span', undefined, () => values.any()));
  world.invoke('instrumentSqlite', root.instrumentSqlite, undefined, mangled(world, ['operation', fn]));
}

export function signals(world) {
  const { choose, root, removers } = world;
  if (removers.length > 0 && choose.chance(0.5)) {
    world.invoke('removeSignals', removers.pop(), undefined, []);
    return;
  }
  const { value } = world.invoke('closeOnSignals', root.closeOnSignals, undefined, mangled(world, []));
  if (typeof value === 'function') removers.push(value);
}

/** A copy of a database into a file, step by step, between other calls. */
export function backup(world) {
  const { choose, values, paths } = world;
  const record = pickDatabase(world);
  if (typeof record?.value.backup !== 'function') return;
  const progress = named('progress', () =>
    world.userCode('progress', undefined, () =>
      choose.chance(0.1) ? values.any() : choose.pick([1, 5, 100, undefined]),
    ),
  );
  const target = choose.pick([paths.backup(choose), paths.missing, ':memory:', '']);
  world.call(record, 'backup', mangled(world, [target, options(world, { attached: 'main', progress })]));
}

export function makeError(world) {
  const { choose, values, root } = world;
  const Class = choose.pick([root.SqliteError, root.FerroliteError]);
  const args = mangled(world, [values.any(), values.string()]);
  const { value } = world.invoke('Error', Class, undefined, args, {
    construct: choose.pick([Class, class extends Class {}]),
  });
  if (value !== undefined && !(value instanceof Class)) world.report('the constructor of an error gave none');
}
