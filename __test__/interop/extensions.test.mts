// Loadable extensions: one from npm, and what a broken one answers. `npm run soak -- --only extensions` has more.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { getLoadablePath } from 'sqlite-vec';
import { describe, expect, it } from 'vitest';
import { describeDrivers, ferrolite, sameAnswer } from '../helpers/drivers.mts';
import { tempDir } from '../helpers/temp-db.mts';

describeDrivers('sqlite-vec', (driver) => {
  it('loads and finds the nearest vectors', () => {
    const db = driver.memory().loadExtension(getLoadablePath());
    expect(db.prepare('SELECT vec_version()').pluck().get()).toMatch(/^v\d/);
    db.exec('CREATE VIRTUAL TABLE points USING vec0(at float[2])');
    const insert = db.prepare('INSERT INTO points (rowid, at) VALUES (?, ?)');
    db.transaction(() => {
      for (let x = 0; x < 10; x += 1) insert.run(BigInt(x), Buffer.from(new Float32Array([x, 0]).buffer));
    })();
    const nearest = db.prepare(
      'SELECT rowid, distance FROM points WHERE at MATCH ? ORDER BY distance LIMIT 3',
    );
    expect(nearest.raw().all('[4.25, 0]')).toEqual([
      [4, 0.25],
      [5, 0.75],
      [3, 1.25],
    ]);
  });

  it('needs to be loaded for each connection', () => {
    driver.memory().loadExtension(getLoadablePath());
    expect(() => driver.memory().prepare('SELECT vec_version()')).toThrow('no such function: vec_version');
  });

  it('loads with the entry point that is named', () => {
    const db = driver.memory().loadExtension(getLoadablePath(), 'sqlite3_vec_init');
    expect(db.prepare('SELECT vec_length(?)').pluck().get('[1, 2, 3]')).toBe(3);
    expect(() => driver.memory().loadExtension(getLoadablePath(), 'no_such_function')).toThrow(
      'no_such_function',
    );
  });
});

describe('a file that is no extension', () => {
  it('is refused in the words of the system, and the connection goes on', () => {
    const file = join(tempDir(), 'text.so');
    writeFileSync(file, 'no library');
    sameAnswer((driver) => {
      const db = driver.memory();
      let code = '';
      try {
        db.loadExtension(file);
      } catch (error) {
        ({ code } = error as { code: string });
      }
      return [code, db.prepare('SELECT 1').pluck().get()];
    });
    expect(() => ferrolite.memory().loadExtension(file)).toThrow(/text\.so/);
  });

  it('cannot be loaded from SQL either', () => {
    sameAnswer((driver) => driver.memory().prepare('SELECT load_extension(?)').get(getLoadablePath()));
  });
});
