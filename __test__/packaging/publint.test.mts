// publint reads the packed package the way resolvers and bundlers do.
import fs from 'node:fs';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { expect, it } from 'vitest';
import { packInto, temporaryFolder } from './pack.mts';

it('has nothing to say about the packed package', async () => {
  const folder = temporaryFolder();
  try {
    const bytes = fs.readFileSync(packInto(folder));
    const tarball = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
    const { messages, pkg } = await publint({ pack: { tarball }, strict: true });
    expect(pkg['name']).toBe('ferrolite');
    expect(messages.map((message) => formatMessage(message, pkg, { color: false }))).toEqual([]);
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
});
