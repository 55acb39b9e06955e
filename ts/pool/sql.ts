/**
 * Tagged templates: SQL whose values are parameters and never text.
 *
 * Made here and not taken from a library of that kind, whose objects `{ sql, values }` can also come out of
 * `JSON.parse()`: within a template such an object would be text. What counts as SQL here was made by this tag,
 * as its mark tells, which no JSON can hold.
 */
import { isBytes } from '../batch/encode-params';

/** On the prototype. Shared by all copies of this code, of which an application may have several. */
const MARK = Symbol.for('ferrolite.sql');

/** What can stand in a template: a value that SQLite stores, or SQL. */
export type SqlValue = string | number | bigint | null | ArrayBufferView | Sql;

/** Only the tag has it. */
const key = Symbol('sql');

/** SQL with its values: a whole statement, or a part of one. Made by {@link sql}. */
export class Sql {
  /** The text, with `?` for each value. */
  readonly sql: string;
  readonly values: readonly unknown[];
  /** For the types: no object of another kind is one of these. */
  readonly #made = true;

  constructor(secret: symbol, text: string, values: readonly unknown[]) {
    if (secret !== key || !this.#made) throw new TypeError('SQL is made by the tag sql');
    this.sql = text;
    this.values = Object.freeze(values);
    Object.freeze(this);
  }
}
Object.defineProperty(Sql.prototype, MARK, { value: true });

/** Whether `value` was made by the tag, of whichever copy of this code. */
export function isSql(value: unknown): value is Sql {
  return typeof value === 'object' && value !== null && (value as { [MARK]?: unknown })[MARK] === true;
}

/** Puts pieces of text and what stands between them together. @param where - What the positions count. */
function assemble(pieces: readonly string[], between: readonly unknown[], where: string): Sql {
  let text = pieces[0]!;
  const values: unknown[] = [];
  for (let index = 0; index < between.length; index += 1) {
    const value = between[index];
    if (isSql(value)) {
      text += value.sql;
      for (const inner of value.values) values.push(inner);
    } else {
      text += '?';
      values.push(checkValue(value, index + 1, where));
    }
    text += pieces[index + 1]!;
  }
  return new Sql(key, text, values);
}

/** @throws {TypeError} for what SQLite cannot store: here, where the template stands. */
function checkValue(value: unknown, position: number, where: string): unknown {
  const type = typeof value;
  if (type === 'string' || type === 'number' || type === 'bigint' || value === null) return value;
  if (type === 'object' && (isBytes(value as object) || ArrayBuffer.isView(value))) return value;
  const what = `Value ${position} of the ${where} is`;
  if (value === undefined) throw new TypeError(`${what} undefined: use null where NULL is meant`);
  if (Array.isArray(value)) {
    throw new TypeError(`${what} an array: use sql.join(array) for a list, as in IN (\${sql.join(ids)})`);
  }
  throw new TypeError(`${what} of the type ${type}, which SQLite cannot store`);
}

/**
 * Makes a statement, or a part of one, of a template. Each value becomes a parameter, SQL within it a part
 * of the text with the parameters that it has.
 *
 * @throws {TypeError} for a value that SQLite cannot store.
 *
 * @example
 * const adults = sql`age >= ${18}`;
 * await pool.all(sql`SELECT * FROM users WHERE ${adults} AND name = ${name}`);
 */
export function sql(strings: TemplateStringsArray, ...values: readonly SqlValue[]): Sql {
  if (!Array.isArray(strings) || !Array.isArray(strings.raw)) {
    throw new TypeError('Expected sql to be used as the tag of a template');
  }
  if (strings.includes(undefined as never)) {
    throw new TypeError('Expected the template to have no escape sequence that JavaScript does not know');
  }
  return assemble(strings, values, 'template');
}

/**
 * Puts values, or parts of SQL, behind each other: `IN (${sql.join(ids)})`.
 *
 * @param separator - What stands between them. Default: a comma.
 * @throws {TypeError} for a value that SQLite cannot store.
 */
sql.join = function join(values: readonly SqlValue[], separator: Sql = COMMA): Sql {
  if (!Array.isArray(values)) throw new TypeError('Expected first argument to be an array');
  if (!isSql(separator)) throw new TypeError('Expected the separator to be made by the tag sql');
  const parts: unknown[] = [];
  for (const [index, value] of values.entries()) {
    if (index > 0) parts.push(separator);
    parts.push(isSql(value) ? value : assemble(['', ''], [checkValue(value, index + 1, 'list')], 'list'));
  }
  return assemble(
    Array.from({ length: parts.length + 1 }, () => ''),
    parts,
    'list',
  );
};

/**
 * The name of a table or column, quoted; several are joined by dots: `sql.identifier('users', 'name')`.
 *
 * @throws {TypeError} for what cannot be a name.
 */
sql.identifier = function identifier(...names: readonly string[]): Sql {
  if (names.length === 0 || !names.every((name) => typeof name === 'string' && /^[^\0]+$/.test(name))) {
    throw new TypeError('Expected the parts of an identifier to be strings that are not empty');
  }
  return new Sql(key, names.map((name) => `"${name.replaceAll('"', '""')}"`).join('.'), []);
};

const COMMA = new Sql(key, ', ', []);
