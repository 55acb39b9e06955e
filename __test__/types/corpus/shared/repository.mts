// An application's data access: statements kept in fields, rows mapped to domain objects.
import Database from 'better-sqlite3';
import type { Database as Connection, Statement } from 'better-sqlite3';

interface TaskRow {
  id: number;
  title: string;
  done: 0 | 1;
  created_at: string;
}
interface Task {
  readonly id: number;
  readonly title: string;
  readonly isDone: boolean;
  readonly createdAt: Date;
}
type NewTask = Pick<Task, 'title'> & { isDone?: boolean };

function toTask(row: TaskRow): Task {
  return { id: row.id, title: row.title, isDone: row.done === 1, createdAt: new Date(row.created_at) };
}

export class TaskRepository {
  readonly #insert: Statement<{ title: string; done: number }>;
  readonly #byId: Statement<[number], TaskRow>;
  private readonly list: Database.Statement<[limit: number, offset: number], TaskRow>;
  private readonly statements = new Map<string, Database.Statement>();
  private readonly queries: { [name: string]: Database.Statement<any[], any> } = {};

  constructor(private readonly db: Connection) {
    db.pragma('journal_mode = WAL');
    db.pragma('foreign_keys = ON');
    this.#insert = db.prepare('INSERT INTO task (title, done) VALUES (@title, @done)');
    this.#byId = db.prepare<[number], TaskRow>('SELECT * FROM task WHERE id = ?');
    this.list = db.prepare('SELECT * FROM task ORDER BY id LIMIT ? OFFSET ?');
    this.queries['count'] = db.prepare('SELECT count(*) AS n FROM task');
  }

  static open(path: string, options: Database.Options = {}): TaskRepository {
    return new TaskRepository(new Database(path, options));
  }

  add({ title, isDone = false }: NewTask): Task {
    const { lastInsertRowid } = this.#insert.run({ title, done: Number(isDone) });
    return this.get(Number(lastInsertRowid))!;
  }

  addAll = (tasks: readonly NewTask[]): number[] =>
    this.db.transaction((all: readonly NewTask[]) => all.map((task) => this.add(task).id))(tasks);

  get(id: number): Task | undefined {
    const row = this.#byId.get(id);
    return row && toTask(row);
  }

  page(size: number, page = 0): Task[] {
    return this.list.all(size, size * page).map(toTask);
  }

  *titles(): IterableIterator<string> {
    for (const { title } of this.db.prepare<[], TaskRow>('SELECT * FROM task').iterate()) yield title;
  }

  count(): number {
    return this.queries['count']?.get().n as number;
  }

  remove(id: number): boolean {
    return this.cached('DELETE FROM task WHERE id = ?').run(id).changes > 0;
  }

  search(filter: Partial<Record<keyof TaskRow, unknown>>): TaskRow[] {
    const keys = Object.keys(filter);
    const where = keys.map((key) => `${key} = @${key}`).join(' AND ');
    return this.db.prepare(`SELECT * FROM task WHERE ${where}`).all(filter) as TaskRow[];
  }

  private cached(sql: string): Database.Statement {
    let statement = this.statements.get(sql);
    if (statement === undefined) {
      statement = this.db.prepare(sql);
      this.statements.set(sql, statement);
    }
    return statement;
  }

  close(): void {
    if (this.db.open) this.db.close();
  }
}
