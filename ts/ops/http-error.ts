/** `toHttpError()`: how an API answers a failure of the database. */
import { readConstraint, type ConstraintDetails } from './constraint';
import { findError } from './find-error';

/** The body of an answer, problem details after RFC 9457. */
export interface ProblemDetails {
  /** The name of the status. */
  title: string;
  status: number;
  /** One sentence for the client, without SQL, values and table names. */
  detail: string;
  /** The symbolic result code. A status of 500 has none: what is broken is the server's own matter. */
  code?: string;
  /** The columns of the constraint, where SQLite names them. */
  columns?: string[];
}

/** The statuses that failures of the database are answered with. */
export type HttpErrorStatus = 409 | 413 | 422 | 500 | 503 | 507;

/** The names of RFC 9110 and RFC 4918; those of `node:http` are partly older ones. */
const TITLES: Readonly<Record<HttpErrorStatus, string>> = {
  409: 'Conflict',
  413: 'Content Too Large',
  422: 'Unprocessable Content',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
  507: 'Insufficient Storage',
};

interface Answer {
  readonly status: HttpErrorStatus;
  readonly detail: string | ((columns: string) => string);
  /** The same request can succeed without anybody doing anything. */
  readonly retry?: true;
}

const TAKEN: Answer = {
  status: 409,
  detail: (columns) => `There is a record with the same ${columns === '' ? 'data' : columns} already.`,
};
const REFUSED: Answer = { status: 422, detail: 'The data breaks a rule of the database.' };
const BUSY: Answer = { status: 503, detail: 'The database is busy. Please try again.', retry: true };
const UNAVAILABLE: Answer = { status: 503, detail: 'The database is not available.' };
const BROKEN: Answer = { status: 500, detail: 'The server failed to process the request.' };

/** The answer to a code is that of its longest beginning in this table. */
const ANSWERS: Readonly<Record<string, Answer>> = {
  SQLITE_CONSTRAINT: { status: 409, detail: 'The data contradicts what is stored.' },
  SQLITE_CONSTRAINT_UNIQUE: TAKEN,
  SQLITE_CONSTRAINT_PRIMARYKEY: TAKEN,
  SQLITE_CONSTRAINT_ROWID: TAKEN,
  SQLITE_CONSTRAINT_FOREIGNKEY: {
    status: 409,
    detail: 'The data refers to a record that does not exist, or another record refers to it.',
  },
  SQLITE_CONSTRAINT_NOTNULL: {
    status: 422,
    detail: (columns) => (columns === '' ? 'A value is missing.' : `A value for ${columns} is missing.`),
  },
  SQLITE_CONSTRAINT_DATATYPE: {
    status: 422,
    detail: (columns) =>
      columns === '' ? 'A value has the wrong type.' : `The value for ${columns} has the wrong type.`,
  },
  SQLITE_CONSTRAINT_CHECK: REFUSED,
  SQLITE_CONSTRAINT_TRIGGER: REFUSED,
  SQLITE_CONSTRAINT_FUNCTION: REFUSED,
  SQLITE_CONSTRAINT_VTAB: REFUSED,
  // Text for an INTEGER PRIMARY KEY.
  SQLITE_MISMATCH: { status: 422, detail: 'A value has the wrong type.' },
  SQLITE_TOOBIG: { status: 413, detail: 'A value is too large.' },
  SQLITE_BUSY: BUSY,
  SQLITE_LOCKED: BUSY,
  // Several processes open or recover the same log at once.
  SQLITE_PROTOCOL: BUSY,
  SQLITE_NOMEM: { ...UNAVAILABLE, retry: true },
  SQLITE_IOERR_NOMEM: { ...UNAVAILABLE, retry: true },
  SQLITE_INTERRUPT: UNAVAILABLE,
  SQLITE_FULL: { status: 507, detail: 'There is no space left to store the data.' },
  SQLITE_READONLY: UNAVAILABLE,
  SQLITE_CANTOPEN: UNAVAILABLE,
  FERROLITE_CANNOT_CREATE_DIRECTORY: UNAVAILABLE,
  // Of the pool: too much at once, or something took too long and was rolled back.
  FERROLITE_QUEUE_FULL: BUSY,
  FERROLITE_FLEET_FULL: BUSY,
  FERROLITE_TIMEOUT: BUSY,
  FERROLITE_ACQUIRE_TIMEOUT: BUSY,
  FERROLITE_RETRY_DEADLINE: BUSY,
  FERROLITE_HOLD_TIMEOUT: BUSY,
  FERROLITE_NO_THREAD: { ...UNAVAILABLE, retry: true },
  FERROLITE_POOL_CLOSED: UNAVAILABLE,
  FERROLITE_FLEET_CLOSED: UNAVAILABLE,
  FERROLITE_CANCELLED: UNAVAILABLE,
};

/** Long enough for a transaction that holds the lock to end, short enough for a person who waits. */
const RETRY_AFTER_SECONDS = 1;

/**
 * Says how to answer a request that failed with this error.
 *
 * | status | codes |
 * |---|---|
 * | 409 | unique, primary key, rowid, foreign key |
 * | 413 | `SQLITE_TOOBIG` |
 * | 422 | not null, check, datatype, trigger, `SQLITE_MISMATCH` |
 * | 503 | busy, locked, out of memory, a pool that has too much to do, each with `Retry-After`; read-only, cannot open,
 *   interrupted, a closed pool |
 * | 507 | `SQLITE_FULL` |
 * | 500 | every other code of SQLite or ours: corrupt, I/O error, wrong SQL |
 *
 * The error is known by its `code`, so it may come from another copy of the package or from better-sqlite3, and it may
 * be wrapped: it is looked for in `cause` and where Drizzle, MikroORM, Prisma, Sequelize and TypeORM keep it.
 *
 * @param error - Whatever was caught.
 * @returns The answer; `undefined` if the error comes from elsewhere, a `TypeError` of the driver included.
 * @see https://www.rfc-editor.org/rfc/rfc9457
 *
 * @example
 * app.onError((error, c) => {
 *   const problem = toHttpError(error);
 *   if (problem === undefined) throw error;
 *   return Response.json(problem, { status: problem.status, headers: problem.headers });
 * });
 */
export function toHttpError(error: unknown): HttpError | undefined {
  const found = findError(error);
  if (found === undefined) return undefined;
  const details = found.code.startsWith('SQLITE_CONSTRAINT')
    ? readConstraint(found.code, found.message)
    : { code: found.code, table: undefined, columns: [], constraint: undefined };
  const { status, detail, retry } = answerTo(details.code);
  return new Problem(
    details,
    status,
    typeof detail === 'string' ? detail : detail(details.columns.join(', ')),
    retry === true,
    found.error,
  );
}

/** Walks from the whole code to its beginning: `SQLITE_BUSY_SNAPSHOT` is answered as `SQLITE_BUSY`. */
function answerTo(code: string): Answer {
  for (let end = code.length; end > 0; end = code.lastIndexOf('_', end - 1)) {
    const beginning = code.slice(0, end);
    if (Object.hasOwn(ANSWERS, beginning)) return ANSWERS[beginning] ?? BROKEN;
  }
  return BROKEN;
}

/** An answer for a failure of the database. As JSON it is its {@link ProblemDetails}, and nothing else. */
class Problem {
  readonly status: HttpErrorStatus;
  /** The name of the status. */
  readonly title: string;
  /** One sentence for the client, without SQL, values and table names. */
  readonly detail: string;
  /** SQLite's symbolic extended result code, or one of ours. */
  readonly code: string;
  /** The table whose constraint refused the row, where SQLite names it. Not for the client. */
  readonly table: string | undefined;
  /** The columns of the constraint, where SQLite names them. */
  readonly columns: readonly string[];
  /** The name of a CHECK constraint, or of a unique index on an expression. Not for the client. */
  readonly constraint: string | undefined;
  /** `Content-Type`, and `Retry-After` where trying again can help. */
  readonly headers: Readonly<Record<string, string>>;
  /** The error of SQLite, or ours, that was found in the one given. For the log. */
  readonly cause: object;

  constructor(
    { code, table, columns, constraint }: ConstraintDetails,
    status: HttpErrorStatus,
    detail: string,
    retry: boolean,
    cause: object,
  ) {
    this.status = status;
    this.title = TITLES[status];
    this.detail = detail;
    this.code = code;
    this.table = table;
    this.columns = columns;
    this.constraint = constraint;
    this.headers = {
      'Content-Type': 'application/problem+json',
      ...(retry && { 'Retry-After': String(RETRY_AFTER_SECONDS) }),
    };
    this.cause = cause;
  }

  /** What a client may know: the body of the answer. */
  toJSON(): ProblemDetails {
    const { title, status, detail, code, columns } = this;
    return {
      title,
      status,
      detail,
      ...(status !== 500 && { code }),
      ...(columns.length > 0 && { columns: [...columns] }),
    };
  }
}

export type HttpError = Problem;
