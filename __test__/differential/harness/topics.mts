/** Finds the topics: every file of `differential/` itself, and the table of states. */
import { readdirSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Topic } from './case.mts';

const here = fileURLToPath(import.meta.url);
const folder = fileURLToPath(new URL('..', import.meta.url));
/** `.mts`, or `.mjs` where the sources have been compiled. */
const extension = extname(here);

/** The files of all topics by name. */
function topicFiles(): Map<string, string> {
  const files = readdirSync(folder)
    .filter((name) => name.endsWith(extension) && !name.endsWith(`.test${extension}`))
    .toSorted();
  return new Map([
    ...files.map((name): [string, string] => [basename(name, extension), join(folder, name)]),
    ['states', fileURLToPath(new URL(`../../states/cases${extension}`, import.meta.url))],
  ]);
}

export const topicNames: readonly string[] = [...topicFiles().keys()];

export async function loadTopic(name: string): Promise<Topic> {
  const file = topicFiles().get(name);
  if (file === undefined) throw new TypeError(`no topic "${name}"; topics: ${topicNames.join(', ')}`);
  const topic = (await import(pathToFileURL(file).href)) as Partial<Topic>;
  if (topic.cases === undefined) throw new TypeError(`${file} exports no cases`);
  return { ...topic, cases: topic.cases };
}
