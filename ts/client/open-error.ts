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
  error.message = `${error.message} (${JSON.stringify(path)}${reason === undefined ? '' : `: ${reason}`})`;
  return error;
}

function reasonFor(error: Error, path: string): string | undefined {
  const { code } = error as { code?: unknown };
  if (typeof code !== 'string') return undefined;
  if (code === 'SQLITE_NOTADB')
    return isDirectory(path) ? 'it is a directory' : 'it is encrypted, or no SQLite database';
  return ABOUT_THE_FILE.test(code) ? fileProblem(path) : undefined;
}

function fileProblem(path: string): string | undefined {
  const directory = dirname(path);
  if (isDirectory(path)) return 'it is a directory';
  if (problem(path, constants.F_OK, '')?.endsWith('ENOENT')) {
    return (
      problem(directory, constants.F_OK, 'its directory cannot be found') ??
      problem(directory, constants.W_OK, 'the file does not exist, and its directory cannot be written') ??
      'the file does not exist'
    );
  }
  return (
    problem(path, constants.R_OK, 'the file cannot be read') ??
    problem(path, constants.W_OK, 'the file cannot be written') ??
    problem(directory, constants.W_OK, 'its directory cannot be written')
  );
}

function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    // Why it cannot be looked at is what fileProblem() says.
    return false;
  }
}

function problem(path: string, mode: number, sentence: string): string | undefined {
  try {
    accessSync(path, mode);
    return undefined;
  } catch (error) {
    return `${sentence}, ${(error as NodeJS.ErrnoException).code ?? String(error)}`;
  }
}
