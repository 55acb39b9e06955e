/** Objects of which each is JSON on a line of its own. */
import { UsageError } from './command';

/**
 * The objects of a file. Integers that JavaScript would round are bigints.
 *
 * @throws {UsageError} which says the line.
 */
export async function* jsonLines(source: AsyncIterable<Uint8Array>): AsyncGenerator<object, undefined> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let rest = '';
  let line = 0;
  for await (const piece of source) {
    const lines = (rest + decode(decoder, piece, line)).split('\n');
    rest = lines.pop() ?? '';
    for (const text of lines) {
      line += 1;
      if (text.trim() !== '') yield objectOf(text, line);
    }
  }
  if (rest.trim() !== '') yield objectOf(rest, line + 1);
  return undefined;
}

function decode(decoder: TextDecoder, piece: Uint8Array, line: number): string {
  try {
    return decoder.decode(piece, { stream: true });
  } catch (cause) {
    throw new UsageError(`There are bytes behind line ${line} that are no UTF-8`, { cause });
  }
}

/** What an integer looks like that a number of JavaScript's cannot hold. */
const LONG_INTEGER = /[:,[]\s*-?\d{16,}\s*[,}\]]/;

function objectOf(text: string, line: number): object {
  let value: unknown;
  try {
    value = LONG_INTEGER.test(text) ? parsePrecisely(text) : JSON.parse(text);
  } catch (cause) {
    throw new UsageError(
      `Line ${line} is no JSON: ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    );
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw new UsageError(`Line ${line} is no object`);
}

interface Context {
  readonly source?: string;
}

/** With the text of numbers, where the runtime tells it: Node 20 does not, and rounds. */
function parsePrecisely(text: string): unknown {
  const revive = (_: string, value: unknown, context?: Context): unknown => {
    const source = context?.source;
    if (typeof value !== 'number' || Number.isSafeInteger(value) || source === undefined) return value;
    return /^-?\d+$/.test(source) ? BigInt(source) : value;
  };
  return JSON.parse(text, revive as Parameters<typeof JSON.parse>[1]);
}
