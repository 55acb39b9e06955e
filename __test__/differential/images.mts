/** `serialize()`, and databases opened from Buffers. */
import { attempt } from '../helpers/answer.mts';
import type { Database } from '../helpers/driver.mts';
import type { CaseBody, CaseDriver, Cases } from './harness/case.mts';

const CONTENT = "CREATE TABLE t (a, b); INSERT INTO t VALUES (1, 'one'), (2, x'00ff')";
const imageOf = ({ memory }: CaseDriver, sql = CONTENT): Buffer => memory(sql).serialize();

/** What is in a database that was opened from an image, and whether it can be written. */
const contentOf = (db: Database): unknown => [
  attempt(() => db.prepare('SELECT * FROM t').all()),
  attempt(() => db.exec('INSERT INTO t VALUES (3, 4)').open),
  attempt(() => db.prepare('SELECT count(*) FROM t').pluck().get()),
  [db.name, db.open, db.readonly, db.memory, db.inTransaction],
];

const opened =
  (image: (driver: CaseDriver) => unknown, options?: object): CaseBody =>
  (driver) =>
    attempt(() => contentOf(new driver.Database(image(driver), options)));

export const cases: Cases = {
  'an image of what memory holds': (driver) => {
    const image = imageOf(driver);
    return [image.length, image.subarray(0, 16), Buffer.isBuffer(image), image.byteOffset === 0];
  },
  'an image of an empty database': ({ memory, onDisk, Database }) =>
    [memory(), onDisk(), new Database('')].map((db) => {
      const image = db.serialize();
      return [image.length, image.subarray(0, 16)];
    }),
  'images are the same each time, and apart': ({ memory }) => {
    const db = memory(CONTENT);
    const [one, other] = [db.serialize(), db.serialize()];
    one.fill(0);
    return [one === other, other.equals(db.serialize())];
  },
  'an image of a file is the file': ({ onDisk, memory }) => [
    onDisk(CONTENT).serialize().equals(memory(CONTENT).serialize()),
    onDisk(CONTENT).serialize().length,
  ],
  'an image of a WAL file has what the log has': ({ onDisk, Database }) => {
    const db = onDisk(`PRAGMA journal_mode = WAL; ${CONTENT}`);
    const image = db.serialize();
    const again = new Database(image);
    return [
      image.length,
      image.subarray(18, 20),
      attempt(() => again.prepare('SELECT * FROM t').all()),
      attempt(() => again.pragma('journal_mode')),
    ];
  },
  'an image of a WAL file that was switched back': ({ onDisk, Database }) => {
    const db = onDisk(`PRAGMA journal_mode = WAL; ${CONTENT}; PRAGMA journal_mode = DELETE`);
    return new Database(db.serialize()).prepare('SELECT * FROM t').all();
  },
  'an image inside of a transaction': ({ memory, Database }) => {
    const db = memory(`${CONTENT}; BEGIN; INSERT INTO t VALUES (3, 3)`);
    const image = db.serialize();
    db.exec('ROLLBACK');
    return [
      db.prepare('SELECT count(*) FROM t').pluck().get(),
      new Database(image).prepare('SELECT count(*) FROM t').pluck().get(),
    ];
  },
  'an image of an attached database': ({ memory, Database }) => {
    const db = memory("ATTACH ':memory:' AS other; CREATE TABLE other.t (a); INSERT INTO other.t VALUES (5)");
    return [
      new Database(db.serialize({ attached: 'other' })).prepare('SELECT * FROM t').all(),
      db.serialize({ attached: 'OTHER' }).length,
      db.serialize({ attached: 'main' }).length,
      attempt(() => db.serialize({ attached: 'missing' })),
    ];
  },
  'an image of temp': ({ memory }) => {
    const db = memory('CREATE TEMP TABLE x (a)');
    return db.serialize({ attached: 'temp' }).length;
  },
  'inherited options': ({ memory }) => {
    const db = memory("ATTACH ':memory:' AS other");
    return [
      attempt(() => db.serialize(Object.create({ attached: 'other' })).length),
      attempt(() => db.serialize(Object.create({ attached: 5 })).length),
      attempt(() => db.serialize(null).length),
      attempt(() => db.serialize({ attached: undefined }).length),
    ];
  },
  'an image of other encodings and page sizes': ({ memory, Database }) =>
    [
      "PRAGMA encoding = 'UTF-16'",
      'PRAGMA page_size = 512',
      'PRAGMA page_size = 65536',
      'PRAGMA auto_vacuum = FULL',
    ].map((pragma) => {
      const image = memory(`${pragma}; ${CONTENT}`).serialize();
      return [pragma, image.length, new Database(image).prepare('SELECT * FROM t').all()];
    }),
  'opens an image': opened((driver) => imageOf(driver)),
  'opens an image to read': opened((driver) => imageOf(driver), { readonly: true }),
  'opens an image with all options': opened((driver) => imageOf(driver), {
    fileMustExist: true,
    timeout: 5,
    verbose: null,
  }),
  'opens an image with wrong options': (driver) => [
    attempt(() => new driver.Database(imageOf(driver), 5)),
    attempt(() => new driver.Database(imageOf(driver), { readonly: 5 })),
    attempt(() => new driver.Database(imageOf(driver), { journalFd: 5 })),
    attempt(() => new driver.Database(imageOf(driver), { memory: true })),
  ],
  'opens an empty Buffer': opened(() => Buffer.alloc(0)),
  'opens an empty Buffer to read': opened(() => Buffer.alloc(0), { readonly: true }),
  'opens junk': opened(() => Buffer.from('this is no database at all, '.repeat(200))),
  'opens zeros': opened(() => Buffer.alloc(8192)),
  'opens one byte': opened(() => Buffer.from([1])),
  'opens a header alone': opened((driver) => imageOf(driver).subarray(0, 100)),
  'opens half an image': opened((driver) => imageOf(driver).subarray(0, 4096)),
  'opens an image with a byte too many': opened((driver) =>
    Buffer.concat([imageOf(driver), Buffer.from([0])]),
  ),
  'opens a damaged image': opened((driver) => {
    const image = imageOf(driver);
    image.fill(0xff, 4096, 4200);
    return image;
  }),
  'opens a Uint8Array': opened((driver) => new Uint8Array(imageOf(driver))),
  'opens an ArrayBuffer': opened((driver) => new Uint8Array(imageOf(driver)).buffer),
  'opens a part of a Buffer': opened((driver) => {
    const image = imageOf(driver);
    const larger = Buffer.alloc(image.length + 64, 7);
    image.copy(larger, 32);
    return larger.subarray(32, 32 + image.length);
  }),
  'opens an image of a shared buffer': opened((driver) => {
    const image = imageOf(driver);
    const shared = Buffer.from(new SharedArrayBuffer(image.length));
    image.copy(shared);
    return shared;
  }),
  'opens a subclass of Buffer': opened((driver) =>
    Object.setPrototypeOf(new Uint8Array(imageOf(driver)), Buffer.prototype),
  ),
  'a Buffer that is changed after it was opened': (driver) => {
    const image = imageOf(driver);
    const db = new driver.Database(image);
    image.fill(0);
    return contentOf(db);
  },
  'writes do not change the Buffer': (driver) => {
    const image = imageOf(driver);
    const before = Buffer.from(image);
    new driver.Database(image).exec('DELETE FROM t; VACUUM');
    return image.equals(before);
  },
  grows: (driver) => {
    const db = new driver.Database(imageOf(driver));
    const insert = db.prepare('INSERT INTO t VALUES (?, zeroblob(3000))');
    for (let row = 0; row < 200; row += 1) insert.run(row);
    return [
      db.prepare('SELECT count(*), sum(length(b)) FROM t WHERE a > 5').raw().get(),
      db.serialize().length,
      db.pragma('integrity_check'),
    ];
  },
  'from an image to an image and on': ({ memory, Database }) => {
    let db = memory(CONTENT);
    for (let round = 0; round < 3; round += 1)
      db = new Database(db.serialize()).exec('INSERT INTO t SELECT * FROM t');
    return db.prepare('SELECT count(*) FROM t').pluck().get();
  },
  'several databases of one Buffer': (driver) => {
    const image = imageOf(driver);
    const [one, other] = [new driver.Database(image), new driver.Database(image)];
    one.exec('DELETE FROM t');
    return [one, other].map((db) => db.prepare('SELECT count(*) FROM t').pluck().get());
  },
  'pragmas of a database from a Buffer': (driver) => {
    const db = new driver.Database(imageOf(driver));
    return [
      'journal_mode',
      'journal_mode = WAL',
      'database_list',
      'page_size',
      'cache_size',
      'foreign_keys',
      'synchronous',
    ].map((name) => [name, attempt(() => db.pragma(name))]);
  },
  'a database from a Buffer attaches others': (driver) => {
    const db = new driver.Database(imageOf(driver));
    db.exec("ATTACH ':memory:' AS other; CREATE TABLE other.copy AS SELECT * FROM t");
    return db.prepare('SELECT * FROM copy').all();
  },
  inspection: (driver) => {
    const db = new driver.Database(imageOf(driver), { readonly: true });
    return JSON.stringify(db);
  },
  transactions: (driver) => {
    const db = new driver.Database(imageOf(driver));
    const run = db.transaction((fails: boolean) => {
      db.exec('DELETE FROM t');
      if (fails) throw new RangeError('fails');
    });
    return [
      attempt(() => run(true)),
      db.prepare('SELECT count(*) FROM t').pluck().get(),
      run(false),
      db.prepare('SELECT count(*) FROM t').pluck().get(),
    ];
  },
};
