// A page that cannot be read must not become a page of zeros in an image. The engine's ciphers authenticate
// pages, which makes one that cannot be read of any page whose bytes were changed.
import { readFileSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { ferrolite, type Database } from '../helpers/drivers.mts';

const PAGE_BYTES = 4096;

function openEncrypted(path: string): Database {
  const db = new ferrolite.Database(path);
  db.pragma("cipher = 'aegis'");
  db.pragma("key = 'secret'");
  return db;
}

it('serialize() reports a page that cannot be read', () => {
  const path = ferrolite.path();
  openEncrypted(path).exec('CREATE TABLE t (a); INSERT INTO t VALUES (zeroblob(20000))').close();
  const whole = openEncrypted(path).serialize();
  expect(new ferrolite.Database(whole).prepare('SELECT length(a) FROM t').pluck().get()).toBe(20000);

  const bytes = readFileSync(path);
  const at = 3 * PAGE_BYTES + 100;
  bytes[at] = bytes[at]! ^ 1;
  writeFileSync(path, bytes);
  expect(() => openEncrypted(path).serialize()).toThrow(
    expect.objectContaining({ name: 'SqliteError', code: 'SQLITE_CORRUPT' }),
  );
});
