/**
 * Writes down what a call gave, so that two drivers can be compared to the last detail.
 *
 * `deepEqual` forgets things users can see: the order of keys, `-0`, whether a Buffer has its memory for
 * itself, the class of an error. A description keeps them and is plain JSON, so it can be printed as a
 * difference and committed as a fixture. Free of the test runner: long-running scripts use it too.
 */
import { createHash } from 'node:crypto';

export type Description = string | Description[] | { [key: string]: Description };
export type Answer = { returned: Description } | { threw: Description };
/** What a call gave that may have returned a promise, which is told from a plain value. */
export type SettledAnswer = Answer | { fulfilled: Description } | { rejected: Description };

/** A value that is described already: part of an answer that is an answer itself. */
export class Described {
  readonly description: Description;

  constructor(description: Description) {
    this.description = description;
  }
}

/** Texts and blobs longer than this are described by length, start and digest. */
const FULL_LENGTH = 200;

/** A path that differs from run to run is of no interest; its presence is. */
export function describeValue(value: unknown, seen: readonly object[] = []): Description {
  switch (typeof value) {
    case 'number':
      return `number ${Object.is(value, -0) ? '-0' : String(value)}`;
    case 'bigint':
      return `bigint ${value}`;
    case 'string':
      return `string ${shorten(JSON.stringify(value), Buffer.from(value, 'utf16le'))}`;
    case 'object':
      return value === null ? 'null' : describeObject(value, seen);
    case 'function':
      return `function ${value.name}/${value.length}`;
    default:
      return String(value);
  }
}

function shorten(text: string, bytes: Buffer): string {
  if (text.length <= FULL_LENGTH) return text;
  const digest = createHash('sha1').update(bytes).digest('hex');
  return `${text.slice(0, 40)}... ${bytes.length} bytes, sha1 ${digest}`;
}

function describeObject(value: object, seen: readonly object[]): Description {
  if (value instanceof Described) return value.description;
  if (seen.includes(value)) return 'circular';
  const deeper = [...seen, value];
  if (Buffer.isBuffer(value)) {
    const memory =
      value.byteOffset === 0 && value.buffer.byteLength === value.length ? 'own memory' : 'shared memory';
    return `Buffer(${value.length}, ${memory}) ${shorten(value.toString('hex'), value)}`;
  }
  if (value instanceof Error) return describeError(value, deeper);
  if (Array.isArray(value)) return Array.from(value, (item) => describeValue(item, deeper));
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) {
    const entries = Reflect.ownKeys(value).map((key): [string, Description] => [
      String(key),
      describeProperty(value, key, deeper),
    ]);
    // A list of pairs, because a JSON object would put integer-like keys first whatever the order was.
    return [prototype === null ? 'object without prototype' : 'object', ...entries];
  }
  return `instance of ${value.constructor.name}`;
}

function describeProperty(owner: object, key: PropertyKey, seen: readonly object[]): Description {
  const property = Object.getOwnPropertyDescriptor(owner, key);
  if (property === undefined) return 'no property';
  const marks = [
    property.writable === false ? 'not writable' : '',
    property.enumerable === false ? 'not enumerable' : '',
    property.configurable === false ? 'not configurable' : '',
    'get' in property ? 'accessor' : '',
  ].filter((mark) => mark !== '');
  const described = describeValue('get' in property ? Reflect.get(owner, key) : property.value, seen);
  return marks.length === 0 ? described : [marks.join(', '), described];
}

function describeError(error: Error, seen: readonly object[]): Description {
  const own = Object.keys(error).map((key): [string, Description] => [
    key,
    describeProperty(error, key, seen),
  ]);
  return { error: error.constructor.name, name: error.name, message: error.message, own };
}

/** Runs `fn` and describes what it returned or threw. */
export function answerOf(fn: () => unknown): Answer {
  let returned: unknown;
  try {
    returned = fn();
  } catch (error) {
    return { threw: describeValue(error) };
  }
  return { returned: describeValue(returned) };
}

/** What `fn` gave, as a part of a larger answer: a case goes on after an error. */
export const attempt = (fn: () => unknown): Described => new Described(answerOf(fn));

/** Like {@link attempt}, and waits when `fn` returned a promise. */
export const attemptAsync = async (fn: () => unknown): Promise<Described> =>
  new Described(await settledAnswerOf(fn));

/** Like {@link answerOf}, and waits when `fn` returned a promise. */
export async function settledAnswerOf(fn: () => unknown): Promise<SettledAnswer> {
  let returned: unknown;
  try {
    returned = fn();
  } catch (error) {
    return { threw: describeValue(error) };
  }
  if (!(returned instanceof Promise)) return { returned: describeValue(returned) };
  try {
    return { fulfilled: describeValue(await returned) };
  } catch (error) {
    return { rejected: describeValue(error) };
  }
}
