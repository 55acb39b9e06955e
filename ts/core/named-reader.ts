/**
 * Readers of named parameters, compiled: property loads with names known in advance, which V8's
 * inline caches make several times cheaper than loads by a computed name.
 */
import { bindable } from '../batch/encode-params';

/** Reads one value per parameter out of a plain object. */
export type NamedReader = (source: object) => unknown[];

/** More parameters than this stay with the loop. */
const MAX_COMPILED = 100;

/** Compiles a reader for these names; undefined where code generation is forbidden. */
export function compileReader(names: readonly string[]): NamedReader | undefined {
  if (names.length > MAX_COMPILED) return undefined;
  const lines = names.map((name, index) => {
    const key = JSON.stringify(name);
    return (
      `if (!hasOwn.call(source, ${key})) throw missing(${key});\n` +
      `let v${index} = source[${key}];\n` +
      `if (typeof v${index} !== 'string' && typeof v${index} !== 'number') v${index} = bindable(v${index});`
    );
  });
  const values = names.map((_, index) => `v${index}`).join(', ');
  const body = `return function (source) {\n${lines.join('\n')}\nreturn [${values}];\n};`;
  try {
    const make = new Function('hasOwn', 'missing', 'bindable', body);
    return make(Object.prototype.hasOwnProperty, missing, bindable) as NamedReader;
  } catch (error) {
    if (error instanceof EvalError) return undefined;
    throw error;
  }
}

/** The error for a named parameter that the object does not have. */
export function missing(name: string): RangeError {
  return new RangeError(`Missing named parameter "${name}"`);
}
