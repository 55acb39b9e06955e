// Electron's V8 keeps JavaScript's memory in a cage and refuses ArrayBuffers over memory from elsewhere. The addon
// makes none: a copy of it in which these functions of Node-API have other names does all of its work.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { addonPath } from '../../scripts/lib/paths.mjs';
import { tryInChild, type ChildResult } from '../helpers/in-child.mts';
import { tempDir } from '../helpers/temp-db.mts';

const EXTERNAL = ['napi_create_external_arraybuffer', 'napi_create_external_buffer'];

/** A copy of the addon that asks Node for functions which do not exist, instead of those named. */
function without(names: readonly string[]): string {
  const addon = readFileSync(addonPath());
  for (const name of names) {
    const at = addon.indexOf(`${name}\0`);
    expect(at, name).toBeGreaterThan(0);
    addon.write('X', at + name.length - 1);
  }
  const file = join(tempDir('caged'), 'ferrolite.node');
  writeFileSync(file, addon);
  return file;
}

/** Whatever can hand bytes to JavaScript, on a database of the addon `nativeBinding`. */
function work(nativeBinding: string): ChildResult<unknown> {
  return tryInChild(
    async (binding: string, copy: string) => {
      const Database = require('ferrolite');
      const db = new Database(':memory:', { nativeBinding: binding });
      const large = Buffer.alloc(1_000_000, 7);
      db.exec('CREATE TABLE t (id INTEGER PRIMARY KEY, bytes BLOB)');
      const insert = db.prepare('INSERT INTO t (bytes) VALUES (?)');
      for (let id = 0; id < 3000; id += 1) insert.run(Buffer.of(id % 256));
      insert.run(large);
      db.function('twice', (bytes: Uint8Array) => Buffer.concat([bytes, bytes]));
      db.aggregate('total', { start: 0, step: (sum: number, bytes: Uint8Array) => sum + bytes.length });
      db.table('bytes', { columns: ['b'], *rows() { yield [large]; } }); // prettier-ignore
      const length = (sql: string): unknown => db.prepare(sql).pluck().get();
      const rows = db.prepare('SELECT bytes FROM t').pluck().all() as Uint8Array[];
      let iterated = 0;
      for (const row of db.prepare('SELECT bytes FROM t').raw().iterate()) iterated += row[0].length;
      await db.backup(copy);
      const image = db.serialize();
      const restored = new Database(image, { nativeBinding: binding });
      return {
        read: rows.reduce((sum, bytes) => sum + bytes.length, 0),
        iterated,
        equal: large.equals(rows.at(-1) ?? Buffer.alloc(0)),
        twice: length('SELECT length(twice(bytes)) FROM t ORDER BY id DESC'),
        total: length('SELECT total(bytes) FROM t'),
        table: length('SELECT length(b) FROM bytes'),
        restored: restored.prepare('SELECT count(*) FROM t').pluck().get(),
      };
    },
    [nativeBinding, join(tempDir('caged'), 'copy.db')] as const,
  );
}

// macOS refuses a library whose bytes are not those that were signed.
describe.skipIf(process.platform === 'darwin')('without external buffers', () => {
  it('rows, callbacks, images and backups hand over all bytes', () => {
    const bytes = 1_003_000;
    expect(work(without(EXTERNAL))).toMatchObject({
      code: 0,
      value: {
        read: bytes,
        iterated: bytes,
        equal: true,
        twice: 2_000_000,
        total: bytes,
        table: 1_000_000,
        restored: 3001,
      },
    });
  });

  it('is what a copy does not do that lacks a function which the addon uses', () => {
    expect(work(without(['napi_create_arraybuffer'])).value).toBe(undefined);
  });
});
