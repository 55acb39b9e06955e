import knex from 'knex';

export const db = knex({
  client: 'better-sqlite3',
  connection: { filename: 'app.db' },
  useNullAsDefault: true,
  pool: {
    afterCreate: (
      connection: { pragma(source: string): unknown },
      done: (error: Error | null, connection: unknown) => void,
    ) => {
      connection.pragma('journal_mode = WAL');
      connection.pragma('foreign_keys = ON');
      done(null, connection);
    },
  },
});
