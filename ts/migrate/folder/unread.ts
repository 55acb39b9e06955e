/**
 * SQL that SQLite would leave out or replace without a word: text behind what ends the SQL for it, and values that nobody gives.
 *
 * A migration of which a part was not executed would count as applied.
 */
import { isUtf8 } from 'node:buffer';
import { readFileSync } from 'node:fs';
import { failed, failedAt } from '../failures';
import type { MigrationSql } from './read';
import { sqlPieces, type SqlStatement } from './sql-statements';

/** @throws {FerroliteError} `FERROLITE_MIGRATION_FAILED` for a file whose bytes are no UTF-8: they would be replaced by U+FFFD. */
export function refuseOtherEncodings(name: string, { file, text }: MigrationSql): void {
  if (text.includes('\uFFFD') && !isUtf8(readFileSync(file))) {
    throw failed(name, `"${file}" is not encoded in UTF-8: characters of it would be lost`);
  }
}

/** @throws {FerroliteError} `FERROLITE_MIGRATION_FAILED` for text that SQLite would not read as it looks. */
export function refuseUnread(name: string, text: string): void {
  const nul = text.indexOf('\0');
  if (nul >= 0) {
    throw failedAt(
      name,
      lineAt(text, nul),
      'SQLite reads nothing behind a NUL character; is the file UTF-8?',
    );
  }
  if (!/\/\*|--[^\n]*\r/.test(text)) return;
  for (const { 0: piece, index } of sqlPieces(text)) {
    if (piece.startsWith('/*') && !/^\/\*[^]*\*\/$/.test(piece)) {
      throw failedAt(
        name,
        lineAt(text, index),
        'the comment does not end, and nothing behind it would be executed',
      );
    }
    if (piece.startsWith('--') && /\r\s*\S/.test(piece)) {
      throw failedAt(
        name,
        lineAt(text, index),
        'the comment goes on behind a carriage return: end lines with a line feed',
      );
    }
  }
}

function lineAt(text: string, index: number): SqlStatement {
  const line = text.slice(0, index).split('\n').length;
  return { line, sql: text.slice(text.lastIndexOf('\n', index) + 1, index + 60).replaceAll('\0', '') };
}

/**
 * SQLite takes NULL for a parameter without a value.
 *
 * @throws {FerroliteError} `FERROLITE_MIGRATION_FAILED`
 */
export function refuseParameters(name: string, statement: SqlStatement, tokens: readonly string[]): void {
  // Within CREATE SQLite itself refuses them, and the arguments of virtual tables are any text.
  if (tokens[0]?.toUpperCase() === 'CREATE') return;
  const at = tokens.findIndex((token) => /^[?:@$]/.test(token));
  if (at < 0) return;
  const parameter = /^[?:@]$/.test(tokens[at]!) ? `${tokens[at]}${tokens[at + 1] ?? ''}` : tokens[at]!;
  const shown = tokens[at] === '?' && !/^\d/.test(tokens[at + 1] ?? '') ? '?' : parameter;
  throw failedAt(name, statement, `the parameter "${shown}" would be NULL: nobody gives it a value`);
}
