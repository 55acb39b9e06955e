/**
 * Readers of named parameters, compiled: property loads with names known in advance, which V8's
 * inline caches make several times cheaper than loads by a computed name.
 */
import { bindable } from '../batch/encode-params';

/** Reads one value per parameter out of an object whose prototype is `Object.prototype`. */
export type NamedReader = (source: Record<string, unknown>) => unknown[];

/** More parameters than this stay with the loop. */
const MAX_COMPILED = 100;

const hasOwn = Object.prototype.hasOwnProperty;

/** What remains to be done for a value that is no primitive, or may be missing. */
function check(value: unknown, source: object, name: string): unknown {
  if (value === undefined && !hasOwn.call(source, name)) {
    throw new RangeError(`Missing named parameter "${name}"`);
  }
  return bindable(value);
}

/**
 * Compiles a reader for these names; undefined where code generation is forbidden, or where a name
 * is also a member of `Object.prototype`, which only a look at own properties tells apart.
 */
export function compileReader(names: readonly string[]): NamedReader | undefined {
  if (names.length > MAX_COMPILED || names.some((name) => name in Object.prototype)) return undefined;
  const lines = names.map((name, index) => {
    const key = JSON.stringify(name);
    const value = `v${index}`;
    return (
      `let ${value} = source[${key}];\n` +
      `if (${value} === undefined || typeof ${value} === 'object') ${value} = check(${value}, source, ${key});`
    );
  });
  const values = names.map((_, index) => `v${index}`).join(', ');
  const body = `return function (source) {\n${lines.join('\n')}\nreturn [${values}];\n};`;
  try {
    return new Function('check', body)(check) as NamedReader;
  } catch (error) {
    if (error instanceof EvalError) return undefined;
    throw error;
  }
}
