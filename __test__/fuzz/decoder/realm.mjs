// Fresh copies of the decoder: what a module counts for itself begins anew in each.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import vm from 'node:vm';
import { AREAS } from './model.mjs';

const HEAD = '(function (exports, require, module) {';
/** What the decoder consists of. */
export const MODULES = ['decode', 'shape'];

/** The compiled modules of one package. */
export class Source {
  #folder;
  #scripts = new Map();

  /** @param root - The folder of the package. */
  constructor(root) {
    this.#folder = join(root, 'dist', 'batch');
  }

  pathOf(name) {
    return join(this.#folder, `${name}.js`);
  }

  textOf(name) {
    return readFileSync(this.pathOf(name), 'utf8');
  }

  /** How many characters stand before the module's own text. */
  static get headLength() {
    return HEAD.length;
  }

  #script(name) {
    let script = this.#scripts.get(name);
    if (script === undefined) {
      script = new vm.Script(`${HEAD}${this.textOf(name)}\n})`, { filename: this.pathOf(name) });
      this.#scripts.set(name, script);
    }
    return script;
  }

  /**
   * @param mayCompile - False for a realm in which no code is made from strings.
   * @returns `createDecoder`, and the prototypes of the realm's objects and arrays.
   */
  realm(mayCompile) {
    const context = mayCompile
      ? undefined
      : vm.createContext({}, { codeGeneration: { strings: false, wasm: false } });
    const run = (script) => (context ? script.runInContext(context) : script.runInThisContext());
    const modules = new Map();
    const load = (name) => {
      const known = modules.get(name);
      if (known !== undefined) return known.exports;
      const module = { exports: {} };
      modules.set(name, module);
      run(this.#script(name)).call(module.exports, module.exports, (path) => load(path.slice(2)), module);
      return module.exports;
    };
    const [objectPrototype, arrayPrototype] = run(new vm.Script('[Object.prototype, Array.prototype]'));
    return { createDecoder: load('decode').createDecoder, objectPrototype, arrayPrototype };
  }
}

/** Memory as the addon has it. */
export function newMemory() {
  const buffer = new ArrayBuffer(AREAS.end);
  return {
    buffer,
    words: new Int32Array(buffer),
    reals: new Float64Array(buffer),
    integers: new BigInt64Array(buffer),
    blobs: Buffer.from(buffer, AREAS.blobs),
  };
}
