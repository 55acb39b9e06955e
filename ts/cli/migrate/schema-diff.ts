/** Changes of the schema as lines that begin with + and -, for a terminal. */
import type { SchemaChange } from 'ferrolite/migrate';
import { migrations } from '../database';
import type { Output, Tone } from '../output';
import { printable } from '../text';

const TONES: Readonly<Record<string, Tone | undefined>> = { '+': 'good', '-': 'bad', '~': 'warning' };

/** The lines of changes, with what makes them easier to read. */
export const diffLines = (changes: readonly SchemaChange[], output: Output): string[] =>
  changes.flatMap((change) => migrations().schemaDiff(change)).map((line) => toned(line, output));

function toned(line: string, output: Output): string {
  const tone = TONES[line[0] ?? ''];
  const text = printable(line);
  return `  ${tone === undefined ? text : output.tone(tone, text)}`;
}
