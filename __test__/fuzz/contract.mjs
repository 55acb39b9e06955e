// Which errors the package may throw: those of docs/errors.md, and those that JavaScript itself makes of
// hostile values.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Codes that SQLite gives for mistakes of the driver, or that are no errors at all. */
const OUR_FAULT = new Set([
  'SQLITE_OK',
  'SQLITE_INTERNAL',
  'SQLITE_NOMEM',
  'SQLITE_MISUSE',
  'SQLITE_ROW',
  'SQLITE_DONE',
]);

/** Texts of docs/errors.md that must not appear here: the addon is there, whole, and memory is not short. */
const NEVER = [
  'A defect of ours: please report it.',
  'The same.',
  'From a clone: `npm run build`.',
  'Two versions are mixed: install again.',
];

/** What V8 says of proxies, classes and conversions that fail, whoever uses them. */
const ENGINE = [
  /^Cannot perform '\w+' on a proxy that has been revoked$/,
  /^'\w+' on proxy: /,
  /^Cannot convert a Symbol value to a (?:string|number)$/,
  /^Cannot convert object to primitive value$/,
  /^[\w.]+ requires that 'this' be an? \w+$/,
  /^Method .* called on incompatible receiver /,
  /^Cannot perform %TypedArray%\.prototype\.\w+ on a detached (?:or out-of-bounds )?ArrayBuffer$/,
  /^'caller', 'callee', and 'arguments' properties may not be accessed on strict mode functions/,
  /^Cannot read private member #\w+ from an object whose class did not declare it$/,
  /^Class constructors? .*cannot be invoked without 'new'$/,
];

/** Of the functions of the client; docs/errors.md says what they have in common, and lists the most important. */
const CLIENT = [
  /^Expected (?:the (?:"|pragma|parameter|path|database)|first|second|SQLITE_DB_PATH|DATABASE_URL)/,
  /^".*" is not the name of a pragma/s,
  /^truncateWal\(\) writes to the database/,
  /^closeOnSignals\(\) must be called on the main thread/,
];

/** The files that Node fails to load as addons. */
const NODE_CODES = new Set(['MODULE_NOT_FOUND', 'ERR_DLOPEN_FAILED']);

/**
 * What the errors of a page allow.
 *
 * @param root - The folder of the package.
 */
export function contractOf(root, { SqliteError, FerroliteError }) {
  const page = readFileSync(join(root, 'docs', 'errors.md'), 'utf8');
  const rows = page.matchAll(/^\| (TypeError|RangeError|Error) +\| `([^`]+)`[^|]*\|(.*)\|$/gm);
  const texts = [...rows]
    .filter(([, , , advice]) => !NEVER.some((text) => advice.includes(text)))
    .map(([, name, text]) => ({ name, pattern: patternOf(text) }));
  if (texts.length < 60) throw new Error(`only ${texts.length} texts found in docs/errors.md`);

  /** What is wrong with an error that was thrown; undefined if nothing is. */
  function complaint(error) {
    if (!(error instanceof Error)) return 'what was thrown is no error';
    if (typeof error.message !== 'string' || error.message === '') return 'the error has no message';
    if (error instanceof SqliteError) return complaintAboutCode(error);
    if (error instanceof FerroliteError) {
      return /^FERROLITE_[A-Z_]+$/.test(error.code) ? undefined : `the code ${error.code}`;
    }
    if (error instanceof AggregateError) {
      return error.errors.map(complaint).find((found) => found !== undefined);
    }
    const { name, message } = error;
    if (texts.some((text) => text.name === name && text.pattern.test(message))) return undefined;
    if (isOfEngine(error)) return undefined;
    if (/^(?:Type|Range)Error$/.test(name) && CLIENT.some((pattern) => pattern.test(message)))
      return undefined;
    if (NODE_CODES.has(error.code)) return undefined;
    return 'docs/errors.md does not have it';
  }

  return { complaint, isOfEngine };
}

/** Whether JavaScript itself refuses a value. */
function isOfEngine({ name, message }) {
  return name === 'TypeError' && ENGINE.some((pattern) => pattern.test(message));
}

function complaintAboutCode({ code, message, ...rest }) {
  if (typeof code !== 'string' || !/^SQLITE_[A-Z_]+$/.test(code)) return `the code ${String(code)}`;
  if (OUR_FAULT.has(code)) return `the code ${code}, a mistake of the driver`;
  if (message === 'not an error') return 'the message says that there is no error';
  return Object.keys(rest).length === 0 ? undefined : `properties of its own: ${Object.keys(rest).join()}`;
}

/** A text in which `<...>` stands for something. */
function patternOf(text) {
  const parts = text.split(/<[^<>]*>/).map((part) => part.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`));
  return new RegExp(`^${parts.join('.+')}(?: \\(.*\\))?$`, 's');
}
