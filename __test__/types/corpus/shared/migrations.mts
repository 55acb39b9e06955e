// Schema changes by user_version, as applications write them.
import Database from 'better-sqlite3';

type Migration = string | ((db: Database.Database) => void);

export function migrate(db: Database.Database, migrations: readonly Migration[]): number {
  const [{ user_version: before }] = db.pragma('user_version') as [{ user_version: number }];
  const apply = db.transaction(() => {
    for (const migration of migrations.slice(before)) {
      if (typeof migration === 'string') db.exec(migration);
      else migration(db);
    }
    db.pragma(`user_version = ${migrations.length}`);
  });
  apply.exclusive();
  return db.pragma('user_version', { simple: true }) as number;
}

const db = new Database(process.argv[2] ?? ':memory:');
migrate(db, [
  'CREATE TABLE a (b)',
  (handle) => {
    const tables = handle
      .prepare<[], { name: string }>(`SELECT name FROM sqlite_schema WHERE type = 'table'`)
      .all();
    for (const { name } of tables) handle.exec(`ALTER TABLE "${name}" ADD COLUMN c`);
  },
]);
