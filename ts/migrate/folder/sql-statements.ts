/**
 * Splits SQL text into statements, so that an error can say which one it is about.
 *
 * Where a statement ends follows sqlite3_complete(): at a semicolon outside of strings and comments, in `CREATE TRIGGER`
 * at the one behind `; END`. See https://sqlite.org/c3ref/complete.html.
 */

/** A statement and the line that it begins on, from 1. */
export interface SqlStatement {
  /** With its semicolon, where it has one. */
  readonly sql: string;
  readonly line: number;
}

/** A byte order mark is space too. */
const SPACE = /^(?:\s|--|\/\*)/;
// Strings are loops of character classes: an alternative for each character would exhaust the stack on long ones.
const TOKEN = new RegExp(
  [
    String.raw`\s+`,
    String.raw`--[^\n]*`,
    String.raw`\/\*[^]*?(?:\*\/|$)`,
    String.raw`'[^']*(?:''[^']*)*'?`,
    String.raw`"[^"]*(?:""[^"]*)*"?`,
    '`[^`]*(?:``[^`]*)*`?',
    String.raw`\[[^\]]*\]?`,
    String.raw`[\w$\u0080-\uffff]+`,
    '[^]',
  ].join('|'),
  'g',
);
const TRIGGER = /^(?:EXPLAIN (?:QUERY PLAN )?)?CREATE (?:TEMP |TEMPORARY )?TRIGGER$/;
/** The longest beginning that {@link TRIGGER} looks at: EXPLAIN QUERY PLAN CREATE TEMPORARY TRIGGER. */
const BEGINNING = 6;

/** The statements of `text`, without the space and the comments around them. */
export function* sqlStatements(text: string): Generator<SqlStatement> {
  let start = -1;
  let end = 0;
  let line = 1;
  let startLine = 1;
  let words: string[] = [];
  let isTrigger = false;
  let lastTwo: [string, string] = ['', ''];
  for (const { 0: token, index } of text.matchAll(TOKEN)) {
    if (SPACE.test(token)) {
      line += newlines(token);
      continue;
    }
    const word = token.toUpperCase();
    if (start < 0) {
      // An empty statement.
      if (word === ';') continue;
      start = index;
      startLine = line;
    }
    end = index + token.length;
    line += newlines(token);
    if (words.length < BEGINNING) {
      words.push(word);
      isTrigger ||= TRIGGER.test(words.join(' '));
    }
    if (word === ';' && (!isTrigger || (lastTwo[0] === ';' && lastTwo[1] === 'END'))) {
      yield { sql: text.slice(start, end), line: startLine };
      start = -1;
      words = [];
      isTrigger = false;
      lastTwo = ['', ''];
      continue;
    }
    lastTwo = [lastTwo[1], word];
  }
  if (start >= 0) yield { sql: text.slice(start, end), line: startLine };
}

/** All that `text` consists of, space and comments included. */
export const sqlPieces = (text: string): IterableIterator<RegExpExecArray> => text.matchAll(TOKEN);

function newlines(token: string): number {
  let count = 0;
  for (let at = token.indexOf('\n'); at >= 0; at = token.indexOf('\n', at + 1)) count += 1;
  return count;
}

/** What `text` consists of, but for space and comments. */
export function sqlTokens(text: string): string[] {
  return (text.match(TOKEN) ?? []).filter((token) => !SPACE.test(token));
}

/** As SQLite compares names: only of A to Z two are the same. */
export const lowerCase = (name: string): string =>
  name.replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase());

/** The name that a token stands for: without quotes, in lower case. */
export function nameOf(token: string): string {
  const first = token[0];
  if (first === '[') return lowerCase(token.slice(1, -1));
  if (first !== '"' && first !== '`' && first !== "'") return lowerCase(token);
  return lowerCase(token.slice(1, -1).replaceAll(first + first, first));
}
