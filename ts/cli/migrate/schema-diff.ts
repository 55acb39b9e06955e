/** What has become of a table, index, view or trigger, as lines that begin with + and -. */
import type { SchemaChange } from 'ferrolite/migrate';
import type { Tone } from '../output';
import { printable } from '../text';

export interface DiffLine {
  readonly text: string;
  readonly tone: Tone | undefined;
}

const SIGNS = { added: '+', removed: '-', changed: '~' } as const;
const TONES = { '+': 'good', '-': 'bad', '~': 'warning', ' ': undefined } as const;

type Sign = keyof typeof TONES;

const line = (sign: Sign, text: string): DiffLine => ({
  text: `${sign} ${text}`.trimEnd(),
  tone: TONES[sign],
});

/** A heading, and the SQL below it. */
export function schemaDiff({ type, name, change, before, after }: SchemaChange): DiffLine[] {
  const body =
    before === undefined || after === undefined
      ? [line(change === 'added' ? '+' : '-', `  ${tidy(after ?? before ?? '')}`)]
      : compared(parts(before), parts(after));
  return [line(SIGNS[change], `${type} ${printable(name)}`), ...body];
}

function compared(before: readonly string[], after: readonly string[]): DiffLine[] {
  return longestCommon(before, after).map(([sign, text]) => line(sign, `  ${text}`));
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
  const text = pieces.filter((piece, index) => {
    if (!/^\s$/.test(piece)) return true;
    return pieces[index - 1] !== '(' && ![')', ','].includes(pieces[index + 1] ?? '');
  });
  return printable(text.join(''));
}
