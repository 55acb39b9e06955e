// What `npm run soak -- --only asan` takes for a finding.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ourPartOf, reportInto, reportsIn } from '../asan/reports.mjs';
import { tempDir } from '../helpers/temp-db.mts';

const access = (frame: string): string => `=====
==7==ERROR: AddressSanitizer: heap-use-after-free on address 0x1 at pc 0x2
READ of size 1 at 0x1 thread T0
    #0 0x2 in ${frame}
    #1 0x3  (/usr/bin/node+0x3)

freed by thread T0 here:
    #0 0x4 in free (/project/native/ferrolite.linux-x64-gnu.node+0x4)
`;
const leak = (
  bytes: number,
  frame: string,
): string => `Direct leak of ${bytes} byte(s) in 1 object(s) allocated from:
    #0 0x2 in malloc (/usr/lib/libasan.so+0x2)
    #1 0x3 in ${frame}
`;
const leaks = (...parts: string[]): string =>
  `\n=====\n==7==ERROR: LeakSanitizer: detected memory leaks\n\n${parts.join('\n')}\nSUMMARY: AddressSanitizer: ...`;

describe('a wrong access', () => {
  it.each([
    'x (/project/native/ferrolite.linux-x64-gnu.node+0x1)',
    'ferrolite::addon::x src/addon/x.rs:1',
    'sqlite3_step node_modules/better-sqlite3-multiple-ciphers/deps/sqlite3/sqlite3.c:1',
    'x (/usr/bin/node+0x1)',
  ])('of %s is a finding', (frame) => {
    expect(ourPartOf(access(frame))).toBe(access(frame));
  });

  it('of better-sqlite3 is none', () => {
    expect(ourPartOf(access('x (/p/node_modules/better-sqlite3/prebuilds/linux-x64.node+0x1)'))).toBe(
      undefined,
    );
  });
});

describe('a leak', () => {
  const ours = leak(
    40,
    'napi_create_reference (/usr/bin/node+0x1)\n    #2 0x4 (/p/native/ferrolite.linux-x64-gnu.node+0x4)',
  );
  const nodes = leak(24, 'CRYPTO_malloc (/usr/bin/node+0x1)');

  it('is a finding where the addon is in the stack', () => {
    expect(ourPartOf(leaks(nodes, ours))?.trim()).toBe(ours.trim());
  });

  it('of Node alone, or of napi-rs, is none', () => {
    const napiRs = ours.replace('napi_create_reference', 'napi_create_threadsafe_function');
    expect(ourPartOf(leaks(nodes, napiRs))).toBe(undefined);
  });

  it('of what V8 has allocated for itself is none', () => {
    const v8 = ours.replace(
      'napi_create_reference',
      'v8::internal::Heap_CombinedBarrierSlow(v8::internal::HeapObject)',
    );
    expect(ourPartOf(leaks(nodes, v8))).toBe(undefined);
  });
});

it('a runtime that cannot start has reported nothing', () => {
  const folder = join(tempDir(), 'reports');
  mkdirSync(folder);
  const { ASAN_OPTIONS } = reportInto(folder, { library: 'libasan.so', leaks: true });
  const [, path = ''] = /log_path=([^:]*)/.exec(ASAN_OPTIONS) ?? [];
  writeFileSync(`${path}.1`, '==1==ERROR: AddressSanitizer failed to allocate 0x1 bytes');
  writeFileSync(`${path}.2`, access('x'));
  expect(reportsIn(folder)).toEqual([access('x')]);
});
