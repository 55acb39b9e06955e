/** Standard input as a text. */
import { addAbortSignal } from 'node:stream';
import { UsageError } from './command';

/**
 * Reads all of standard input.
 *
 * @param what - What is missing, for the error: nobody is asked for it.
 * @throws {UsageError} on a terminal.
 */
export async function readInput(what: string, signal: AbortSignal): Promise<string> {
  if (process.stdin.isTTY)
    throw new UsageError(`There is no ${what}: give it as an argument, or through a pipe`);
  const input = addAbortSignal(signal, process.stdin);
  input.setEncoding('utf8');
  let text = '';
  for await (const piece of input) text += piece as string;
  return text;
}
