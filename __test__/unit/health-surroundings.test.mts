// How versions and file systems are judged that are not to be had here.
import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';

const { engineCheck, fileSystemCheck } = createRequire(import.meta.url)(
  '../../dist/ops/health/surroundings.js',
) as typeof import('../../ts/ops/health/surroundings.ts');

describe('the engine', () => {
  it.each([
    ['3.6.23', 'ok'],
    ['3.7.0', 'degraded'],
    ['3.44.5', 'degraded'],
    ['3.44.6', 'ok'],
    ['3.50.6', 'degraded'],
    ['3.50.7', 'ok'],
    ['3.51.2', 'degraded'],
    ['3.51.3', 'ok'],
    ['3.52.0', 'degraded'],
    ['3.53.4', 'ok'],
    ['4.0.0', 'ok'],
  ])('%s in WAL mode is %s', (version, status) => {
    expect(engineCheck(version, true).status).toBe(status);
  });

  it('is not in danger in other journal modes', () => {
    expect(engineCheck('3.45.1', false)).toEqual({ status: 'ok' });
    expect(engineCheck('3.52.0', false).reason).toBe('SQLite 3.52.0 was withdrawn');
  });
});

describe('the file system', () => {
  it.each([
    ['a disk', 0xef53, 'ok', undefined],
    ['memory', 0x0102_1994, 'ok', undefined],
    ['an overlay', 0x794c_7630, 'ok', undefined],
    ['NFS', 0x6969, 'degraded', 'NFS'],
    ['SMB', 0xfe53_4d42, 'degraded', 'SMB2'],
    ['SMB with its sign', 0xfe53_4d42 | 0, 'degraded', 'SMB2'],
    ['a folder of the host', 0x0102_1997, 'degraded', '9P'],
    ['FUSE', 0x6573_5546, 'degraded', 'FUSE'],
    ['one that the system does not tell', undefined, 'skipped', undefined],
  ])('%s', (_, type, status, name) => {
    expect(fileSystemCheck(type, true)).toMatchObject({ status, ...(name && { fileSystem: name }) });
  });
});
