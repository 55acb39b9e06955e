import { expect, it } from 'vitest';
import { inChild } from '../helpers/in-child.mts';

it('an addon of another format version is refused at the first use, not at import', () => {
  const message = inChild(() => {
    const path = require.resolve('ferrolite').replace('index.js', 'native/binding.js');
    const old = { formatVersion: () => 0 };
    require.cache[path] = {
      id: path,
      filename: path,
      loaded: true,
      exports: old,
    } as unknown as NodeJS.Module;
    const Database = require('ferrolite');
    try {
      return String(new Database(':memory:').open);
    } catch (error) {
      return (error as Error).message;
    }
  }, []);
  expect(message).toMatch(
    /writes row batches of version 0, this package reads version \d+.*Install the same version/s,
  );
});
