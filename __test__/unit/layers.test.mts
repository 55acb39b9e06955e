// The layer check sees what it exists for: each case plants one violation in a tree of its own.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const script = path.resolve(import.meta.dirname, '../../scripts/check-layers.mjs');
let tree: string;

beforeEach(() => {
  tree = fs.mkdtempSync(path.join(os.tmpdir(), 'ferrolite-layers-'));
});
afterEach(() => {
  fs.rmSync(tree, { recursive: true });
});

function check(files: Record<string, string>): { status: number | null; problems: string[] } {
  for (const [name, text] of Object.entries(files)) {
    fs.mkdirSync(path.dirname(path.join(tree, name)), { recursive: true });
    fs.writeFileSync(path.join(tree, name), text);
  }
  const { status, stderr } = spawnSync(process.execPath, [script, tree], { encoding: 'utf8' });
  return { status, problems: stderr.split('\n').filter((line) => line !== '') };
}

describe('a Rust file', () => {
  it('may import what the table allows, itself, and what its comments and strings name', () => {
    const { status, problems } = check({
      'src/lib.rs': 'pub mod conn;\npub mod sqlite;\n',
      'src/sqlite/row.rs':
        'use crate::error::Error;\nuse super::handle;\nuse rusqlite::ffi;\nfn f() { unsafe { g() } }\n',
      'src/conn/open.rs': [
        '//! Not crate::pool, not napi::Env, nothing unsafe.',
        'use crate::{batch, sqlite::row::{Row, RowRef}};',
        'use super::options;',
        'fn f() -> &\'static str { "crate::pool unsafe" }',
        'const QUOTE: char = \'"\'; const TEXT: &str = r#"napi::Env "unsafe""#;',
        'mod tests { use super::*; use super::super::statement; }',
      ].join('\n'),
    });
    expect(problems).toEqual([]);
    expect(status).toBe(0);
  });

  const violations: [name: string, file: string, text: string, problem: string][] = [
    [
      'an import against the table',
      'src/batch/encode.rs',
      'use crate::sqlite::row;',
      'src/batch/encode.rs:1: batch may not import sqlite (crate::sqlite::row)',
    ],
    [
      'an import inside a group over several lines',
      'src/batch/mod.rs',
      'use crate::{\n    error::Error,\n    conn::{open},\n};',
      'src/batch/mod.rs:1: batch may not import conn (crate::conn::open)',
    ],
    [
      'a path in a signature',
      'src/sqlite/row.rs',
      'fn f(a: crate::conn::Connection) {}',
      'src/sqlite/row.rs:1: sqlite may not import conn (crate::conn::Connection)',
    ],
    [
      'super that leaves the layer',
      'src/sqlite/row.rs',
      'use super::super::pool::Job;',
      'src/sqlite/row.rs:1: sqlite may not import pool (super::super::pool::Job)',
    ],
    [
      'super that leaves the layer from an inline module',
      'src/error.rs',
      '\nmod tests { use super::super::batch; }',
      'src/error.rs:2: error may not import batch (super::super::batch)',
    ],
    [
      'napi outside of the addon',
      'src/conn/mod.rs',
      'fn f(e: &napi::Env) {}',
      'src/conn/mod.rs:1: conn may not use napi::Env',
    ],
    [
      'the C interface outside of sqlite',
      'src/conn/mod.rs',
      'use rusqlite::{Connection, ffi};',
      'src/conn/mod.rs:1: conn may not use rusqlite::ffi',
    ],
    [
      'a renamed crate',
      'src/pool/mod.rs',
      'use rusqlite as r;',
      'src/pool/mod.rs:1: pool may not use rusqlite',
    ],
    [
      'a folder that the table lacks',
      'src/helpers/mod.rs',
      '',
      'src/helpers/mod.rs:1: "helpers" is no layer of scripts/layers.json',
    ],
    [
      'an import of a folder that the table lacks',
      'src/conn/mod.rs',
      'use crate::helpers;',
      'src/conn/mod.rs:1: crate::helpers names no layer',
    ],
    [
      'unsafe code',
      'src/conn/mod.rs',
      'fn f() { unsafe { g() } }',
      'src/conn/mod.rs:1: unsafe stands outside of src/sqlite/, src/addon/raw/',
    ],
    [
      'a lifted lint',
      'src/addon/database.rs',
      '#![expect(unsafe_code, reason = "x")]',
      'src/addon/database.rs:1: unsafe stands outside of src/sqlite/, src/addon/raw/',
    ],
    [
      'a file over the limit',
      'src/conn/mod.rs',
      'fn f() {}\n'.repeat(501),
      'src/conn/mod.rs: 501 lines of code, over the limit of 500: split it',
    ],
  ];
  it.each(violations)('is reported for %s', (_name, file, text, problem) => {
    expect(check({ [file]: text })).toEqual({ status: 1, problems: [problem] });
  });

  it('counts the module that its path attribute makes it', () => {
    const files = {
      'src/batch/encode.rs': '#[cfg(test)]\n#[path = "encode_tests.rs"]\nmod tests;\n',
      'src/batch/encode_tests.rs': 'use super::super::layout;\nuse super::super::super::pool;\n',
    };
    expect(check(files).problems).toEqual([
      'src/batch/encode_tests.rs:2: batch may not import pool (super::super::super::pool)',
    ]);
  });

  it('is measured without comments, blank lines and inline tests', () => {
    const code = 'fn f() {}\n// why\n\n'.repeat(500);
    const tests = `#[cfg(test)]\nmod tests {\n${'    fn g() {}\n'.repeat(50)}}\n`;
    expect(check({ 'src/conn/mod.rs': code + tests }).problems).toEqual([]);
  });
});

describe('a TypeScript file', () => {
  it('may import what the table allows, and types where only types are allowed', () => {
    const { status, problems } = check({
      'ts/native.ts': "import { v } from './batch/layout.js';\n",
      'ts/this-platform.ts': "import binding from '../native/binding.js';\n",
      'ts/core/database.ts': [
        "// import { x } from '../pool/pool.js'",
        "import { readFileSync } from 'node:fs';",
        "import { decode } from '../batch/decode.js';",
        "export * from './statement.js';",
        'const url = "a//b"; const divided = 4 / 2 / 1; const quoted = /["\']/;',
        "import { channelOf } from '../native.js';",
      ].join('\n'),
      'ts/pool/pool.ts': "import type { Database } from '../core/database.js';\n",
      'ts/testing/index.ts': "import Database from 'ferrolite';\n",
    });
    expect(problems).toEqual([]);
    expect(status).toBe(0);
  });

  const violations: [name: string, file: string, text: string, problem: string][] = [
    [
      'an import against the table',
      'ts/core/database.ts',
      "import {\n  getSqlite,\n} from '../client/index.js';",
      'ts/core/database.ts:1: core may not import client/index',
    ],
    [
      'a value where only types are allowed',
      'ts/pool/pool.ts',
      "import { type Options, Database } from '../core/index.js';",
      'ts/pool/pool.ts:1: pool may not import core/index',
    ],
    [
      'a re-export',
      'ts/errors.ts',
      "export * from './options.js';",
      'ts/errors.ts:1: errors may not import options',
    ],
    [
      'a dynamic import',
      'ts/options.ts',
      "\nawait import('./core/index.js');",
      'ts/options.ts:2: options may not import core/index',
    ],
    [
      'a require',
      'ts/core/database.ts',
      "require('../../native/binding.js');",
      'ts/core/database.ts:1: core may not import native/binding',
    ],
    [
      'an import of types that the table does not allow',
      'ts/batch/shape.ts',
      "import type { E } from '../errors.js';",
      'ts/batch/shape.ts:1: batch may not import errors (types)',
    ],
    [
      'the layout that imports the rest of its folder',
      'ts/batch/layout.ts',
      "import { d } from './decode.js';",
      'ts/batch/layout.ts:1: batch/layout may not import batch/decode',
    ],
    [
      'a relative import where only the public entry is allowed',
      'ts/cli/main.ts',
      "import { native } from '../native.js';",
      'ts/cli/main.ts:1: cli may not import native',
    ],
    [
      'a package',
      'ts/core/database.ts',
      "import x from 'left-pad';",
      'ts/core/database.ts:1: core may not use the package left-pad',
    ],
    [
      'a folder that the table lacks',
      'ts/helpers/a.ts',
      '',
      'ts/helpers/a.ts:1: it belongs to no layer of scripts/layers.json',
    ],
    [
      'a file over the limit',
      'ts/core/database.ts',
      'f();\n/** why */\n'.repeat(351),
      'ts/core/database.ts: 351 lines of code, over the limit of 350: split it',
    ],
  ];
  it.each(violations)('is reported for %s', (_name, file, text, problem) => {
    expect(check({ [file]: text })).toEqual({ status: 1, problems: [problem] });
  });
});

it('fails on a tree without sources', () => {
  expect(check({}).status).toBe(1);
});
