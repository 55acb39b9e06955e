/**
 * Adds to an error what SQLite leaves out: which file, and why it could not be opened.
 */
import { accessSync, constants, statSync } from 'node:fs';
import { dirname } from 'node:path';

/** Codes for which the state of the file or its directory explains the failure. */
const ABOUT_THE_FILE = /^SQLITE_(?:CANTOPEN|READONLY|IOERR|PERM|AUTH)/;

/**
 * Extends the message of `error` with the path, and the reason where the file system knows it.
 *
 * The same object is given back: its class, code and stack are what callers match and read.
 */
export function nameTheFile(error: unknown, path: string): unknown {
  if (!(error instanceof Error)) return error;
  const reason = reasonFor(error, path);
  const { message } = error;
  error.message = `${message} (${JSON.stringify(path)}${reason === undefined ? '' : `: ${reason}`})`;
  // The first lines of a stack are a copy of the message, made when the error was.
  if (error.stack !== undefined) error.stack = error.stack.replace(message, () => error.message);
  return error;
}

function reasonFor(error: Error, path: string): string | undefined {
  const { code } = error as { code?: unknown };
  if (typeof code !== 'string') return undefined;
  if (code === 'SQLITE_NOTADB') return 'it is encrypted, or no SQLite database';
  if (code.startsWith('FERROLITE_') || !ABOUT_THE_FILE.test(code)) return undefined;
  return fileProblem(path);
}

function fileProblem(path: string): string | undefined {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return accessProblem(dirname(path), 'its directory') ?? 'the file does not exist';
  if (stats.isDirectory()) return 'it is a directory';
  return accessProblem(path, 'the file') ?? accessProblem(dirname(path), 'its directory');
}

function accessProblem(path: string, what: string): string | undefined {
  for (const [mode, verb] of [
    [constants.R_OK, 'read'],
    [constants.W_OK, 'written'],
  ] as const) {
    try {
      accessSync(path, mode);
    } catch (error) {
      return `${what} cannot be ${verb}, ${(error as NodeJS.ErrnoException).code ?? String(error)}`;
    }
  }
  return undefined;
}
