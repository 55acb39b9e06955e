// Loads the modules of sqlean, which are on PyPI, and asks each for an answer. Takes no time budget.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const Database = createRequire(import.meta.url)('ferrolite');

/** A query for each module, and what it answers. */
const QUERIES = {
  crypto: ["SELECT hex(sha256('abc'))", /^BA7816BF8F01CFEA/],
  define: ["SELECT eval('SELECT 7')", /^7$/],
  fileio: ["SELECT typeof(fileio_read('/proc/version'))", /^(?:blob|text)$/],
  fuzzy: ["SELECT levenshtein('kitten', 'sitting')", /^3$/],
  ipaddr: ["SELECT iphost('192.168.16.12/24')", /^192\.168\.16\.12$/],
  json1: ["SELECT json('[1]')", /^\[1\]$/],
  math: ['SELECT sqrt(9)', /^3$/],
  regexp: ["SELECT regexp_like('the year is 2021', '[0-9]+')", /^1$/],
  stats: ['SELECT median(column1) FROM (VALUES (1), (2), (9))', /^2$/],
  text: ["SELECT reverse('abc')", /^cba$/],
  unicode: ["SELECT nupper('é')", /^É$/],
  uuid: ['SELECT uuid4()', /^[0-9a-f-]{36}$/],
  vsv: ["SELECT count(*) FROM pragma_module_list WHERE name = 'vsv'", /^1$/],
};

const folder = mkdtempSync(join(tmpdir(), 'ferrolite-extensions-'));
let passed = 0;
const failures = [];
try {
  const pip = ['-m', 'pip', 'install', '--quiet', '--no-deps', '--target', folder, 'sqlite-sqlean==0.1'];
  execFileSync('python3', pip, { stdio: ['ignore', 'inherit', 'inherit'] });
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /\.(?:so|dll|dylib)$/.test(name),
  );
  if (files.length === 0) throw new Error('the package holds no extension');
  for (const file of files) {
    const name = file.split('/').at(-1).split('.')[0];
    try {
      const db = new Database(':memory:').loadExtension(join(folder, file));
      const [sql, wanted] = QUERIES[name] ?? ['SELECT 1', /^1$/];
      const answer = String(db.prepare(sql).pluck().get());
      if (!wanted.test(answer)) throw new Error(`answered ${answer}`);
      db.close();
      passed += 1;
      console.log(`${name}: ${answer}`);
    } catch (error) {
      failures.push(`${name}: ${error.message}`);
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
for (const failure of failures) console.error(failure);
console.log(`${passed} modules of sqlean answered, ${failures.length} failed`);
process.exitCode = failures.length > 0 || passed === 0 ? 1 : 0;
