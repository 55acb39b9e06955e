// `node scripts/check-layers.mjs [root]`: fails when a source file breaks the table in layers.json.
import fs from 'node:fs';
import path from 'node:path';
import { checkLayers, sourceFiles } from './lib/layers.mjs';
import { root as projectRoot } from './lib/paths.mjs';

const root = path.resolve(process.argv[2] ?? projectRoot);
const table = JSON.parse(fs.readFileSync(path.join(projectRoot, 'scripts', 'layers.json'), 'utf8'));
const count = [table.rust, table.typescript].flatMap((language) => sourceFiles(root, language)).length;
const problems = checkLayers(root, table);

for (const problem of problems) console.error(problem);
if (count === 0) console.error(`no source file under ${root}`);
console.log(`${count} files against the import table: ${problems.length} problems`);
process.exitCode = problems.length > 0 || count === 0 ? 1 : 0;
