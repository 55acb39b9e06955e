// What of the decoder has been reached, by V8's own counting.
import { Session } from 'node:inspector/promises';
import { pathToFileURL } from 'node:url';
import { MODULES, Source } from './realm.mjs';

/** Begins to count. @returns A function that ends it and says what was reached. */
export async function startCoverage(source) {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  return async () => {
    const { result } = await session.post('Profiler.takePreciseCoverage');
    session.disconnect();
    return MODULES.map((name) => {
      const path = pathToFileURL(source.pathOf(name)).href;
      const scripts = result.filter(({ url }) => url === path);
      return reached(name, source.textOf(name), scripts);
    });
  };
}

/** With this the text of a module begins; before it stand helpers of the compiler. */
const BEGINNING = 'Object.defineProperty(exports, "__esModule"';

/** The counts of all ranges on the text of a module. */
function reached(name, text, scripts) {
  const counts = new Uint8Array(text.length).fill(1);
  const beginning = text.indexOf(BEGINNING);
  let [functions, functionsReached, blocks, blocksReached] = [0, 0, 0, 0];
  for (const { functions: found } of scripts) {
    for (const { ranges, functionName } of found) {
      for (const [index, { startOffset, endOffset, count }] of ranges.entries()) {
        // Ranges come from the outside to the inside.
        const start = Math.max(0, startOffset - Source.headLength);
        if (start < beginning && index + functionName.length > 0) continue;
        counts.fill(count > 0 ? 1 : 0, start, Math.max(0, endOffset - Source.headLength));
        if (index > 0) {
          blocks += 1;
          blocksReached += count > 0 ? 1 : 0;
        } else if (functionName !== '') {
          functions += 1;
          functionsReached += count > 0 ? 1 : 0;
        }
      }
    }
  }
  const lines = { all: 0, reached: 0 };
  const missed = [];
  let start = 0;
  for (const [index, line] of text.split('\n').entries()) {
    const isCode = /[\w$]/.test(line) && !/^\s*(?:\/?\*|\/\/)/.test(line);
    const unreached = [...line].map((letter, at) => (counts[start + at] === 0 ? letter : '')).join('');
    const isHelper = start < beginning;
    start += line.length + 1;
    if (!isCode || isHelper) continue;
    lines.all += 1;
    if (/[\w$]/.test(unreached)) missed.push(`${index + 1}: ${unreached.trim()}`);
    else lines.reached += 1;
  }
  return { name, lines, functions: [functionsReached, functions], blocks: [blocksReached, blocks], missed };
}
