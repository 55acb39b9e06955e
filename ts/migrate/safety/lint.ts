/** Statements that an application may not survive which still runs with the schema of before, or that take long. */
import { excerpt } from '../failures';
import { nameOf, sqlTokens, type SqlStatement } from '../folder/sql-statements';

/** What to think about before a statement is executed. */
export interface MigrationWarning {
  readonly kind:
    | 'drop-table'
    | 'drop-column'
    | 'rename'
    | 'not-null'
    | 'delete-all'
    | 'update-all'
    | 'build-index'
    | 'rebuild';
  readonly line: number;
  readonly statement: string;
  readonly message: string;
}

/** Indexes on tables with more rows take long enough to be noticed: some seconds for each million. */
const MANY_ROWS = 100_000;

type Rows = (table: string) => number | undefined;

/** What is to be said about the statements of a migration. @param rows - Of a table as it is. */
export function lint(statements: readonly SqlStatement[], rows: Rows): MigrationWarning[] {
  const created = new Set<string>();
  return statements.flatMap((statement) => {
    const tokens = sqlTokens(statement.sql);
    const words = tokens.map((token) => token.toUpperCase());
    if (words[0] === 'CREATE' && words.includes('TABLE'))
      created.add(tableAt(tokens, words.indexOf('TABLE') + 1));
    const found = warn(tokens, words, created, rows);
    if (found === undefined) return [];
    const [kind, message] = found;
    return [{ kind, line: statement.line, statement: excerpt(statement.sql), message }];
  });
}

function warn(
  tokens: readonly string[],
  words: readonly string[],
  created: ReadonlySet<string>,
  rows: Rows,
): [MigrationWarning['kind'], string] | undefined {
  const begins = (...expected: string[]): boolean => expected.every((word, index) => words[index] === word);
  if (begins('DROP', 'TABLE')) {
    return [
      'drop-table',
      'the rows are gone, and those of tables that refer to it with ON DELETE CASCADE while foreign keys are enforced',
    ];
  }
  if (begins('ALTER', 'TABLE')) return alter(tokens, words, created);
  if (begins('DELETE', 'FROM') && !words.includes('WHERE'))
    return ['delete-all', 'deletes all rows of the table'];
  if (begins('UPDATE') && !words.includes('WHERE')) {
    return ['update-all', 'writes every row of the table: nobody else can write meanwhile'];
  }
  const on = words.indexOf('ON');
  if (words[0] === 'CREATE' && words.slice(1, 3).includes('INDEX') && on > 0) {
    const table = tableAt(tokens, on + 1);
    const count = rows(table);
    if (count === undefined || count < MANY_ROWS) return undefined;
    return ['build-index', `reads and sorts ${count} rows: nobody else can write meanwhile`];
  }
  return undefined;
}

function alter(
  tokens: readonly string[],
  words: readonly string[],
  created: ReadonlySet<string>,
): [MigrationWarning['kind'], string] | undefined {
  const table = tableAt(tokens, 2);
  const drop = words.indexOf('DROP');
  if (drop > 0) {
    return [
      'drop-column',
      'the values are gone, every row is written anew, and SQL of before that names the column fails',
    ];
  }
  if (words.includes('RENAME')) {
    if (created.has(table))
      return ['rebuild', 'a table takes the name of another: an application of before sees the new columns'];
    return [
      'rename',
      'SQL of before that has the old name fails: add the new one first, and drop the old one later',
    ];
  }
  const isRequired = words.some((word, index) => word === 'NOT' && words[index + 1] === 'NULL');
  if (words.includes('ADD') && isRequired && !words.includes('DEFAULT')) {
    return ['not-null', 'fails where the table has rows, as they have no value: give the column a DEFAULT'];
  }
  return undefined;
}

/** The table that is named there, with IF [NOT] EXISTS and a schema in front of it or not. */
function tableAt(tokens: readonly string[], start: number): string {
  let at = start;
  while (/^(?:IF|NOT|EXISTS)$/i.test(tokens[at] ?? '')) at += 1;
  return nameOf(tokens[at + 1] === '.' ? (tokens[at + 2] ?? '') : (tokens[at] ?? ''));
}
