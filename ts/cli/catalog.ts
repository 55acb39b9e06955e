/** The commands by name. A command is loaded when it is asked for. */
import type { Command } from './command';

interface Entry {
  readonly summary: string;
  load(): Command;
}

export const commands = {
  checkpoint: {
    summary: 'copy the write-ahead log into the database, or truncate it',
    load: () => (require('./commands/checkpoint') as typeof import('./commands/checkpoint')).command,
  },
  stats: {
    summary: 'pages, free space, the log, who reads from it; once or live',
    load: () => (require('./commands/stats') as typeof import('./commands/stats')).command,
  },
  health: {
    summary: 'whether the database can do its work',
    load: () => (require('./commands/health') as typeof import('./commands/health')).command,
  },
  locks: {
    summary: 'which processes have locks, and who waits for them',
    load: () => (require('./commands/locks') as typeof import('./commands/locks')).command,
  },
  check: {
    summary: 'look for damage and for rows that refer to nothing',
    load: () => (require('./commands/check') as typeof import('./commands/check')).command,
  },
  optimize: {
    summary: 'let the query planner know what tables hold',
    load: () => (require('./commands/optimize') as typeof import('./commands/optimize')).command,
  },
  vacuum: {
    summary: 'give space back to the disk, or make a compact copy',
    load: () => (require('./commands/vacuum') as typeof import('./commands/vacuum')).command,
  },
  maintenance: {
    summary: 'do what is due, once: for cron',
    load: () => (require('./commands/maintenance') as typeof import('./commands/maintenance')).command,
  },
  migrate: {
    summary: 'apply the migrations of a folder, or see what they would do',
    load: () => (require('./commands/migrate') as typeof import('./commands/migrate')).command,
  },
  query: {
    summary: 'execute SQL and print the rows as a table, JSON or CSV',
    load: () => (require('./commands/query') as typeof import('./commands/query')).command,
  },
  explain: {
    summary: 'how a query is executed, and indexes that would help',
    load: () => (require('./commands/explain') as typeof import('./commands/explain')).command,
  },
  import: {
    summary: 'insert the rows of a CSV or NDJSON file into a table',
    load: () => (require('./commands/import') as typeof import('./commands/import')).command,
  },
  export: {
    summary: 'write a table or the rows of a query as CSV or NDJSON',
    load: () => (require('./commands/export') as typeof import('./commands/export')).command,
  },
  completion: {
    summary: 'print a completion script for bash, zsh or fish',
    load: () => (require('./commands/completion') as typeof import('./commands/completion')).command,
  },
} as const satisfies Record<string, Entry>;

export type CommandName = keyof typeof commands;
