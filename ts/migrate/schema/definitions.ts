/** Where migrations have defined what: which file has the CREATE TABLE of a table. */
import { keyOf } from './schema';
import { nameOf, sqlStatements, sqlTokens, type SqlStatement } from '../folder/sql-statements';

/** A statement that an object has its SQL from. */
export interface Definition {
  /** The name of the migration. */
  readonly migration: string;
  readonly line: number;
}

/** What a statement does to an object of the main database. */
interface Effect {
  readonly type: string;
  readonly name: string;
  readonly action: 'create' | 'alter' | 'drop';
  /** The name that a table had before. */
  readonly from?: string;
}

const TYPES = new Set(['TABLE', 'INDEX', 'VIEW', 'TRIGGER']);
const AFTER_TYPE = new Set(['IF', 'NOT', 'EXISTS']);

/** Reads a statement; undefined for what makes and changes nothing, or something temporary. */
function effectOf({ sql }: Pick<SqlStatement, 'sql'>): Effect | undefined {
  const tokens = sqlTokens(sql);
  const words = tokens.slice(0, 3).map((token) => token.toUpperCase());
  const at = words.findIndex((word) => TYPES.has(word));
  const isTemporary = words.some((word) => word === 'TEMP' || word === 'TEMPORARY');
  if (at < 1 || isTemporary) return undefined;
  let next = at + 1;
  while (AFTER_TYPE.has(tokens[next]?.toUpperCase() ?? '') && tokens[next + 1] !== '.') next += 1;
  if (tokens[next + 1] === '.') {
    if (nameOf(tokens[next]!) !== 'main') return undefined;
    next += 2;
  }
  const type = words[at]!.toLowerCase();
  const name = nameOf(tokens[next] ?? '');
  if (words[0] === 'CREATE') return { type, name, action: 'create' };
  if (words[0] === 'DROP') return { type, name, action: 'drop' };
  if (words[0] !== 'ALTER') return undefined;
  const isRenamed = tokens[next + 1]?.toUpperCase() === 'RENAME' && tokens[next + 2]?.toUpperCase() === 'TO';
  if (!isRenamed) return { type, name, action: 'alter' };
  return { type, name: nameOf(tokens[next + 3] ?? ''), action: 'alter', from: name };
}

/** Definitions by what tells objects apart, but in lower case, as SQLite compares names. */
export class Definitions {
  readonly #found = new Map<string, Definition>();

  /** Takes in what a migration does. Later ones go before earlier ones. */
  add(migration: string, statements: Iterable<SqlStatement>): this {
    const found = this.#found;
    for (const statement of statements) {
      const effect = effectOf(statement);
      if (effect === undefined) continue;
      const { type, name, action, from } = effect;
      const key = keyOf({ type, name });
      const old = from === undefined ? undefined : keyOf({ type, name: from });
      const before = found.get(old ?? key);
      if (old !== undefined) found.delete(old);
      if (action === 'drop') found.delete(key);
      // A table that is built anew has its columns where it was made, and not where it has got its name.
      else if (old !== undefined && before?.migration === migration) found.set(key, before);
      else found.set(key, { migration, line: statement.line });
    }
    return this;
  }

  of({ type, name }: { readonly type: string; readonly name: string }): Definition | undefined {
    return this.#found.get(keyOf({ type, name: name.toLowerCase() }));
  }
}

/** What SQL that was applied has defined. */
export function definitionsOf(
  applied: Iterable<{ readonly name: string; readonly text: string }>,
): Definitions {
  const definitions = new Definitions();
  for (const { name, text } of applied) definitions.add(name, sqlStatements(text));
  return definitions;
}
