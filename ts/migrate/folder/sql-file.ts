/**
 * What a file of SQL says about itself: which part goes up and which down, and whether it wants a transaction.
 *
 * Understood are the comments of dbmate (`-- migrate:up transaction:false`), goose (`-- +goose Up`) and sqlx
 * (`-- no-transaction`). Without any, the whole file goes up.
 */
import { createHash } from 'node:crypto';
import { badName } from '../failures';

/** A file, taken apart. Both parts have the lines of the other one left empty, so that line numbers stay. */
export interface SqlFile {
  readonly up: string;
  readonly down: string | undefined;
  /** False: the file asks for every statement to be executed by itself. */
  readonly transaction: boolean;
  readonly downTransaction: boolean;
}

const GOOSE = /^--\s*\+goose\s+(.*?)\s*$/i;
const DBMATE = /^--\s*migrate:(up|down)\b(.*)$/i;
const NO_TRANSACTION = /^\s*--\s*no-transaction\s*$/im;

/** Without a byte order mark, and with one character for the end of a line. */
export function normalised(text: string): string {
  return text.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n');
}

/** SHA-256 of the text as UTF-8, without the space around it. */
export function checksumOf(text: string): string {
  return createHash('sha256').update(normalised(text).trim()).digest('hex');
}

/**
 * Takes a file apart.
 *
 * @param name - For errors.
 * @throws {FerroliteError} `FERROLITE_MIGRATION_NAME` for comments that cannot be followed.
 */
export function parseSqlFile(text: string, name: string): SqlFile {
  const lines = normalised(text).split('\n');
  const up: string[] = [];
  const down: string[] = [];
  let part: 'up' | 'down' | undefined;
  let isMarked = false;
  let hasDown = false;
  let transaction = !NO_TRANSACTION.test(lines[0] ?? '');
  let downTransaction = transaction;
  const enter = (next: 'up' | 'down'): void => {
    isMarked = true;
    part = next;
    hasDown ||= next === 'down';
  };
  for (const line of lines) {
    const [, word] = GOOSE.exec(line) ?? [];
    const [, direction, options = ''] = DBMATE.exec(line) ?? [];
    if (word !== undefined) {
      const command = word.toLowerCase().replaceAll(/\s+/g, ' ');
      if (command === 'up' || command === 'down') enter(command);
      else if (command === 'no transaction') transaction = downTransaction = false;
      else if (command === 'envsub on') {
        throw badName(`"${name}" asks goose for environment variables (ENVSUB), which are not put in here`);
      }
    } else if (direction !== undefined) {
      const next = direction.toLowerCase() as 'up' | 'down';
      enter(next);
      const wanted = !/\btransaction:\s*false\b/i.test(options);
      if (next === 'up') transaction = wanted;
      else downTransaction = wanted;
    }
    const isMarker = word !== undefined || direction !== undefined;
    up.push(part === 'up' && !isMarker ? line : '');
    down.push(part === 'down' && !isMarker ? line : '');
  }
  if (!isMarked) return { up: lines.join('\n'), down: undefined, transaction, downTransaction };
  return {
    up: up.join('\n'),
    down: hasDown ? down.join('\n') : undefined,
    transaction,
    downTransaction,
  };
}
