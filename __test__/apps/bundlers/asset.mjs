import Database from 'ferrolite';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getRawAsset } from 'node:sea';

// The system loads a library from a file only.
const file = join(mkdtempSync(join(tmpdir(), 'app-')), 'ferrolite.node');
writeFileSync(file, new Uint8Array(getRawAsset('ferrolite.node')));

const db = new Database('app.db', { nativeBinding: file });
console.log(db.prepare('SELECT 42 AS answer').get());
db.close();
