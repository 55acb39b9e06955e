/** What has become of a table, index, view or trigger, as lines that begin with `+`, `-`, `~` or a space. */
import type { SchemaChange } from './schema';

const SIGNS = { added: '+', removed: '-', changed: '~' } as const;

type Sign = '+' | '-' | ' ';

const lineOf = (sign: string, text: string): string => `${sign} ${text}`.trimEnd();

/** A change for people: a line with its name, and the SQL below it, of which some stays, goes and comes. */
export function schemaDiff({ type, name, change, before, after }: SchemaChange): string[] {
  const sign = SIGNS[change];
  const body =
    before !== undefined && after !== undefined
      ? compared(parts(before), parts(after))
      : [lineOf(sign, `  ${tidy(after ?? before ?? '')}`)];
  return [lineOf(sign, `${type} ${name}`), ...body];
}

function compared(before: readonly string[], after: readonly string[]): string[] {
  return longestCommon(before, after).map(([sign, text]) => lineOf(sign, `  ${text}`));
}

/** What stays, goes and comes. */
function longestCommon(before: readonly string[], after: readonly string[]): [Sign, string][] {
  const lengths = Array.from({ length: before.length + 1 }, () => new Uint32Array(after.length + 1));
  for (let i = before.length - 1; i >= 0; i -= 1) {
    for (let j = after.length - 1; j >= 0; j -= 1) {
      lengths[i]![j] =
        before[i] === after[j]
          ? 1 + lengths[i + 1]![j + 1]!
          : Math.max(lengths[i + 1]![j]!, lengths[i]![j + 1]!);
    }
  }
  const lines: [Sign, string][] = [];
  let [i, j] = [0, 0];
  while (i < before.length || j < after.length) {
    if (i < before.length && j < after.length && before[i] === after[j]) {
      lines.push([' ', before[i]!]);
      i += 1;
      j += 1;
    } else if (j === after.length || (i < before.length && lengths[i + 1]![j]! >= lengths[i]![j + 1]!)) {
      lines.push(['-', before[i]!]);
      i += 1;
    } else {
      lines.push(['+', after[j]!]);
      j += 1;
    }
  }
  return lines;
}

/** A word, a string or quoted name, or a single character. */
const PIECE = /'(?:[^']|'')*'|"(?:[^"]|"")*"|`[^`]*`|\[[^\]]*\]|[^\s'"`[(),]+|./gsu;

/** The statement up to its list, the members of the list, and what is behind it. */
function parts(sql: string): string[] {
  const found: string[] = [];
  let [depth, text] = [0, ''];
  const end = (): void => {
    if (text.trim() !== '') found.push(tidy(text));
    text = '';
  };
  for (const [piece] of sql.matchAll(PIECE)) {
    if (piece === ')') depth -= 1;
    if (piece === ')' && depth === 0) end();
    if (piece === ',' && depth === 1) end();
    else text += piece;
    if (piece === '(' && depth === 0) end();
    if (piece === '(') depth += 1;
  }
  end();
  const isList = found.length > 2 && found[0]!.endsWith('(');
  return isList ? found.map((each) => (/\($|^\)/.test(each) ? each : `  ${each}`)) : [tidy(sql)];
}

/** As people write it: no spaces within parentheses and before commas. */
function tidy(sql: string): string {
  const pieces = [...sql.trim().matchAll(PIECE)].map(([piece]) => piece);
  return pieces
    .filter((piece, index) => {
      if (!/^\s$/.test(piece)) return true;
      return pieces[index - 1] !== '(' && ![')', ','].includes(pieces[index + 1] ?? '');
    })
    .join('');
}
