/**
 * How the SQL of a migration is executed: what goes into the transaction, and what cannot.
 *
 * A migration is one transaction, whatever BEGIN and COMMIT stand in it. Three kinds of statements do not go into it:
 * pragmas that SQLite ignores there, as `foreign_keys`, which hold for the whole migration; statements that fail
 * there, as VACUUM, which are executed by themselves between two transactions; and BEGIN and COMMIT.
 *
 * See https://sqlite.org/pragma.html#pragma_foreign_keys and https://sqlite.org/lang_vacuum.html.
 */
import { failedAt, failed } from '../failures';
import { nameOf, sqlStatements, sqlTokens, type SqlStatement } from './sql-statements';
import { refuseParameters, refuseUnread } from './unread';

/** Statements that are executed together. */
export interface Step {
  /** Whether in a transaction; otherwise it is one statement by itself. */
  readonly inTransaction: boolean;
  readonly statements: readonly SqlStatement[];
}

/** The SQL of a migration, ready to be executed. */
export interface Script {
  readonly steps: readonly Step[];
  /** Whether foreign keys are enforced meanwhile; undefined where the SQL does not say. */
  readonly foreignKeys: boolean | undefined;
  /** Set before it begins, as `synchronous`. */
  readonly hoisted: readonly SqlStatement[];
  /** Names of all pragmas that are set: those of the connection have their value again afterwards. */
  readonly pragmas: readonly string[];
  /** All that is executed in a transaction. */
  readonly statements: readonly SqlStatement[];
  /** What a reader of the SQL would not expect. */
  readonly notes: readonly string[];
}

/**
 * Ignored within a transaction, or refused, and a setting of the connection. The last three say how a new file is
 * made, or VACUUM makes it anew: behind the first table, which is the migrator's own, they would have no effect.
 */
const HOISTED = new Set([
  'foreign_keys',
  'synchronous',
  'temp_store',
  'page_size',
  'auto_vacuum',
  'encoding',
]);
/** Ignored within a transaction, or refused, and about the file. */
const ALONE = new Set(['journal_mode', 'wal_checkpoint', 'locking_mode']);
/** What is written to the file cannot be taken back with them. */
const WITHOUT_JOURNAL = /^(?:memory|off)$/;
const OFF = /^(?:0|off|no|false)$/;

interface Pragma {
  readonly name: string;
  readonly value: string | undefined;
}

/** Reads a pragma; undefined for other statements. */
function pragmaOf(tokens: readonly string[]): Pragma | undefined {
  if (tokens[0]?.toUpperCase() !== 'PRAGMA') return undefined;
  const start = tokens[2] === '.' ? 3 : 1;
  const name = nameOf(tokens[start] ?? '');
  const isSet = ['=', '('].includes(tokens[start + 1] ?? '');
  return { name, value: isSet ? nameOf(tokens[start + 2] ?? '') : undefined };
}

/** What a statement does to the transaction. */
function control(tokens: readonly string[]): 'begin' | 'commit' | 'rollback' | undefined {
  const [first = '', second = '', third = ''] = tokens.map((token) => token.toUpperCase());
  if (first === 'BEGIN') return 'begin';
  if (first === 'COMMIT' || first === 'END') return 'commit';
  if (first !== 'ROLLBACK') return undefined;
  const isSavepoint = second === 'TO' || (second === 'TRANSACTION' && third === 'TO');
  return isSavepoint ? undefined : 'rollback';
}

/** Whether all of it is done, or nothing. */
export const isOneTransaction = ({ steps }: Pick<Script, 'steps'>): boolean =>
  steps.length === 1 && steps[0]!.inTransaction;

const WORDS_ALONE = new Set(['VACUUM', 'ATTACH', 'DETACH']);

/** Whether a statement opens or closes another file, which a new connection has to do again. */
export const isAttachment = ({ sql }: SqlStatement): boolean => /^(?:ATTACH|DETACH)\b/i.test(sql);

/**
 * Arranges the statements of `text`.
 *
 * @param name - Of the migration, for errors.
 * @param transaction - False: each statement is a step, but for those that the SQL itself puts into a transaction.
 * @throws {FerroliteError} `FERROLITE_MIGRATION_FAILED` for SQL without statements, and for transactions that do not end
 *   or are rolled back.
 */
export function scriptOf(name: string, text: string, transaction = true): Script {
  const steps: { inTransaction: boolean; statements: SqlStatement[] }[] = [];
  const hoisted: SqlStatement[] = [];
  const pragmas = new Set<string>();
  const notes: string[] = [];
  let foreignKeys: boolean | undefined;
  let begun: SqlStatement | undefined;
  let hasOwn = false;
  let count = 0;
  refuseUnread(name, text);
  for (const statement of sqlStatements(text)) {
    count += 1;
    const tokens = sqlTokens(statement.sql);
    refuseParameters(name, statement, tokens);
    const kind = control(tokens);
    if (kind === 'rollback') {
      throw failedAt(name, statement, 'a migration cannot roll back what it has done: leave it out');
    }
    if (kind !== undefined) {
      if ((kind === 'begin') === (begun !== undefined)) {
        throw failedAt(
          name,
          statement,
          kind === 'begin' ? 'a transaction was begun before' : 'no transaction was begun',
        );
      }
      begun = kind === 'begin' ? statement : undefined;
      hasOwn = true;
      if (!transaction && kind === 'begin') steps.push({ inTransaction: true, statements: [] });
      continue;
    }
    const pragma = pragmaOf(tokens);
    if (pragma?.value !== undefined) pragmas.add(pragma.name);
    if (pragma?.name === 'journal_mode' && WITHOUT_JOURNAL.test(pragma.value ?? '')) {
      throw failedAt(name, statement, 'a process that is killed would leave a damaged file: leave it out');
    }
    if (pragma !== undefined && HOISTED.has(pragma.name)) {
      if (pragma.value === undefined) continue;
      if (pragma.name !== 'foreign_keys') hoisted.push(statement);
      else foreignKeys = foreignKeys !== false && !OFF.test(pragma.value);
      continue;
    }
    const isAlone = pragma === undefined ? WORDS_ALONE.has(tokens[0]!.toUpperCase()) : ALONE.has(pragma.name);
    if (isAlone) {
      steps.push({ inTransaction: false, statements: [statement] });
      notes.push(
        `line ${statement.line}: ${tokens[0]!.toUpperCase()}${pragma === undefined ? '' : ` ${pragma.name}`} is executed by itself, outside of the transaction`,
      );
      continue;
    }
    const last = steps.at(-1);
    const joins = last?.inTransaction === true && (transaction || begun !== undefined);
    if (joins) last.statements.push(statement);
    else steps.push({ inTransaction: true, statements: [statement] });
  }
  if (count === 0) throw failed(name, "it has no statements: write 'SELECT 1;' where nothing is to be done");
  if (begun !== undefined)
    throw failedAt(name, begun, 'the transaction that it begins does not end: write COMMIT');
  if (foreignKeys === false) {
    notes.push(
      'foreign keys are not enforced meanwhile: set before the transaction, where SQLite heeds it, and checked before COMMIT',
    );
  }
  for (const { line } of hoisted)
    notes.push(`line ${line}: a pragma that SQLite does not heed in a transaction is set before it`);
  if (hasOwn && transaction)
    notes.push('its own BEGIN and COMMIT are left out: all of it is one transaction');
  const kept = steps.filter(({ statements }) => statements.length > 0);
  // Pragmas alone: there is still something to record.
  if (kept.length === 0) kept.push({ inTransaction: true, statements: [] });
  if (!isOneTransaction({ steps: kept })) {
    notes.push(
      'it is not one transaction: when it is interrupted, it is resumed at the step that was not finished',
    );
  }
  return {
    steps: kept,
    foreignKeys,
    hoisted,
    pragmas: [...pragmas],
    statements: kept.flatMap(({ inTransaction, statements }) => (inTransaction ? statements : [])),
    notes,
  };
}
