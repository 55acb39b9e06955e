/** Values of `--param` for the parameters of a statement. */
import { UsageError } from './command';

/**
 * An array for `?`, an object for names.
 *
 * A value is read as JSON where it is a number, null or a text in quotes, and is a text otherwise.
 *
 * @throws {UsageError}
 */
export function readParameters(given: readonly string[]): unknown[] | Record<string, unknown> {
  const named = given.filter((text) => NAMED.test(text));
  if (named.length === 0) return given.map(readValue);
  if (named.length < given.length)
    throw new UsageError('--param is given with a name and without one: use one way');
  return Object.fromEntries(
    given.map((text) => {
      const { name = '', value = '' } = NAMED.exec(text)?.groups ?? {};
      return [name, readValue(value)];
    }),
  );
}

const NAMED = /^[:@$](?<name>\w+)=(?<value>[^]*)$/;

function readValue(text: string): unknown {
  if (/^-?\d+$/.test(text)) return integer(text);
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'number' || typeof value === 'string' || value === null) return value;
  } catch {
    // No JSON: a text as it stands.
  }
  return text;
}

/** As an integer of SQLite's: a number of JavaScript's would be bound as a real one. */
function integer(text: string): number | bigint {
  const value = BigInt(text);
  return BigInt.asIntN(64, value) === value ? value : Number(text);
}
