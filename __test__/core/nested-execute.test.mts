// No code of the user may run while a call works with the shared buffer. Were the driver to let it, as a proxy in the
// place of its own arguments does here, the call inside must fail as the defect that it is, and the outer one go on.
import { expect, it } from 'vitest';
import { inChild, projectRoot } from '../helpers/in-child.mts';

/** The numbers of `ts/batch/layout.ts` that the request consists of. */
interface Layout {
  readonly [name: string]: number;
}

function nest(folder: string): unknown[] {
  const Database = require('ferrolite');
  const native = require(`${folder}/native/binding.js`);
  const layout: Layout = require(`${folder}/dist/batch/layout.js`);
  const db = new Database(':memory:');
  const inner = db.prepare('SELECT 1').pluck();
  // The second statement of the environment.
  db.prepare('SELECT ?');
  const words = new Int32Array(native.sharedBuffer());
  const slots = new Int32Array(native.parameterBuffer());
  const seen: unknown[] = [];
  const texts = new Proxy(['text'], {
    get: (target, key) => {
      try {
        seen.push(inner.get());
      } catch (error) {
        seen.push(String(error));
      }
      return Reflect.get(target, key) as unknown;
    },
  });
  const request: Layout = {
    WORD_STATEMENT: 1,
    WORD_OPERATION: layout['OPERATION_GET']!,
    WORD_MAX_ROWS: 1,
    WORD_PARAMETERS: 1,
    WORD_CALL_FLAGS: layout['CALL_ARGUMENT_ARRAY']!,
  };
  for (const [word, value] of Object.entries(request)) words[layout[word]!] = value;
  slots[1] = layout['TAG_TEXT_ARGUMENT']!;
  seen.push(native.execute(texts), words[layout['WORD_STATUS']!], words[layout['WORD_ROWS']!], inner.get());
  return seen;
}

it('a call inside of a call that works with the shared buffer is caught', () => {
  const defect = 'Error: ferrolite: a defect in the addon was caught; please report it';
  expect(inChild(nest, [projectRoot])).toEqual([defect, 'text', 0, 1, 1]);
});
