import Sqlite from 'better-sqlite3';

type Database = Sqlite.Database;
type Statement<T> = Sqlite.Statement<unknown[], T>;
interface RunResult extends Sqlite.RunResult {
  elapsedMs: number;
}

const db: Database = new Sqlite();
const statement: Statement<{ a: number }> = db.prepare('SELECT 1 AS a');
const timed: RunResult = { ...statement.run(), elapsedMs: 1 };

export { timed };
