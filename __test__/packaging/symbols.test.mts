// Another SQLite in the process (a loadable module, node:sqlite, better-sqlite3) never meets ours:
// the addon shows the two names that Node asks for, and asks nobody for SQLite.
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { dynamicSymbols } from '../../scripts/lib/elf.mjs';
import { projectRoot } from './pack.mts';

const native = path.join(projectRoot, 'native');
const addons = fs.readdirSync(native).filter((name) => /^ferrolite\.linux-.*\.node$/.test(name));

describe.skipIf(process.platform !== 'linux')('the built addon', () => {
  it('is there', () => {
    expect(addons).not.toEqual([]);
  });

  it.each(addons)('%s exports the entry points of Node-API and nothing else', (name) => {
    const { exported } = dynamicSymbols(fs.readFileSync(path.join(native, name)));
    expect(exported).toContain('napi_register_module_v1');
    expect(exported.filter((symbol) => !symbol.startsWith('napi_'))).toEqual([]);
  });

  it.each(addons)('%s brings its own SQLite', (name) => {
    const { imported } = dynamicSymbols(fs.readFileSync(path.join(native, name)));
    expect(imported).toContain('malloc');
    expect(imported.filter((symbol) => symbol.startsWith('sqlite3'))).toEqual([]);
  });
});

describe('the reader of symbols', () => {
  it.skipIf(process.platform !== 'linux')('finds what a shared library exports', () => {
    const library = path.join(projectRoot, 'node_modules/better-sqlite3/prebuilds/linux-x64.node');
    expect(dynamicSymbols(fs.readFileSync(library)).exported).toContain('napi_register_module_v1');
  });

  it('refuses what is no such library', () => {
    expect(() => dynamicSymbols(Buffer.from('#!/bin/sh, no library at all'))).toThrow(TypeError);
  });
});
