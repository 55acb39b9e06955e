/** Finds SQLite's error in what an application catches: as it was thrown, or wrapped by a query builder. */

/** What SQLite said, whoever has wrapped it since. */
export interface FoundError {
  /** The symbolic extended result code, or one of ours. */
  readonly code: string;
  /** SQLite's text; query builders put SQL and values in front of it. */
  readonly message: string;
  /** The object that had the code. */
  readonly error: object;
}

/** By the text and not by `instanceof`: a process can hold several copies of the class, and other drivers'. */
const CODE = /^(?:SQLITE|UNKNOWN_SQLITE_ERROR|FERROLITE)_/;

/**
 * Where wrappers keep what they have caught: `cause` is the language's (Drizzle, MikroORM, our client), `driverError`
 * TypeORM's, `original` Sequelize's, `meta.driverAdapterError` Prisma's, `errors` that of an `AggregateError`.
 */
const INSIDE = ['cause', 'driverError', 'original', 'meta', 'driverAdapterError', 'errors'] as const;

/** Of an array of errors. */
const FIRST_ELEMENTS = Array.from({ length: 10 }, (_, index) => String(index));

/**
 * What stands for its cause, if SQLite is that: a transaction of the pool that is over, a row of many that was
 * refused, a transaction that was tried until its deadline.
 */
const STANDS_FOR_CAUSE = new Set([
  'FERROLITE_TRANSACTION_ENDED',
  'FERROLITE_ROW',
  'FERROLITE_RETRY_DEADLINE',
]);

/** More than any wrapper nests; bounds the search in an object that is not an error at all. */
const MAX_VISITED = 50;

/**
 * The outermost error of SQLite or of ours in `thrown`; undefined when there is none. Never throws.
 *
 * A wrapper that has copied the code, as TypeORM's does, stands for the error inside of it.
 */
export function findError(thrown: unknown): FoundError | undefined {
  const queue: unknown[] = [thrown];
  const seen = new Set<unknown>(queue);
  let ended: FoundError | undefined;
  for (let at = 0; at < queue.length && at < MAX_VISITED; at += 1) {
    const value = queue[at];
    if (typeof value !== 'object' || value === null) continue;
    const found = readError(value);
    if (found !== undefined && STANDS_FOR_CAUSE.has(found.code)) ended ??= found;
    else if (found !== undefined) return copiedFrom(found);
    for (const inner of innerValues(value)) {
      if (seen.has(inner)) continue;
      seen.add(inner);
      queue.push(inner);
    }
  }
  return ended;
}

function copiedFrom(found: FoundError): FoundError {
  let original = found;
  for (let depth = 0; depth < MAX_VISITED; depth += 1) {
    const inner = innerValues(original.error)
      .map((value) => (value === null ? undefined : readError(value)))
      .find((error) => error?.code === found.code);
    if (inner === undefined) break;
    original = inner;
  }
  return original;
}

function innerValues(value: object): (object | null)[] {
  const names = read(value, 'length') === undefined ? INSIDE : FIRST_ELEMENTS;
  return names
    .map((name) => read(value, name))
    .filter((inner): inner is object | null => typeof inner === 'object');
}

function readError(value: object): FoundError | undefined {
  const code = read(value, 'code');
  if (isCode(code)) {
    // libsql has the extended code beside the primary one.
    const extended = read(value, 'extendedCode');
    return { code: isCode(extended) ? extended : code, message: text(read(value, 'message')), error: value };
  }
  // Prisma's driver adapters.
  const original = read(value, 'originalCode');
  if (!isCode(original)) return undefined;
  return { code: original, message: text(read(value, 'originalMessage')), error: value };
}

const isCode = (value: unknown): value is string => typeof value === 'string' && CODE.test(value);

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/** A property, though it may be a getter that throws: an error about an error would hide the first. */
function read(value: object, name: string): unknown {
  try {
    return Reflect.get(value, name);
  } catch {
    return undefined;
  }
}
