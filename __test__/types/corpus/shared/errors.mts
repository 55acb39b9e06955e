// SqliteError: the class, the errors, and the type, which stands for the class.
import Database, { SqliteError } from 'better-sqlite3';
import type { SqliteError as SqliteErrorType } from 'better-sqlite3';

const made = new SqliteError('message', 'SQLITE_BUSY');
const code: string = made.code;
const message: string = made.message;
const name: string = made.name;
const asError: Error = made;

try {
  new Database('app.db').exec('nonsense');
} catch (error) {
  if (error instanceof SqliteError) console.error(error.code, error.message);
  if (error instanceof Database.SqliteError && error.code === 'SQLITE_CONSTRAINT_UNIQUE')
    throw new Error('exists');
  if (error instanceof Database.SqliteError) {
    switch (error.code) {
      case 'SQLITE_BUSY':
      case 'SQLITE_LOCKED':
        break;
      default:
        throw error;
    }
  }
  throw error;
}

// The type stands for the class.
const constructor: Database.SqliteError = Database.SqliteError;
const again = new constructor('message', 'SQLITE_ERROR');
type ErrorOfDatabase = InstanceType<Database.SqliteError>;
type SameError = InstanceType<SqliteErrorType>;
type FromValue = InstanceType<typeof Database.SqliteError>;
const one: ErrorOfDatabase = again;
const two: SameError = one;
const three: FromValue = two;
function report(error: InstanceType<SqliteErrorType>): string {
  return `${error.code}: ${error.message}`;
}
report(made);
Promise.reject(made).catch((error: InstanceType<typeof SqliteError>) => error.code.startsWith('SQLITE_'));

function isUniqueViolation(error: unknown): error is InstanceType<typeof Database.SqliteError> {
  return error instanceof Database.SqliteError && error.code === 'SQLITE_CONSTRAINT_UNIQUE';
}
function codeOf(error: unknown): string | undefined {
  return error instanceof SqliteError ? error.code : undefined;
}
if (isUniqueViolation(made)) console.log(made.code);

class NotFound extends SqliteError {
  constructor(readonly id: number) {
    super(`no row ${id}`, 'SQLITE_ERROR');
    this.name = 'NotFound';
  }
}
const missing: Error = new NotFound(1);
const captured: (target: object) => void = SqliteError.captureStackTrace;

export { asError, captured, code, codeOf, message, missing, name, three };
