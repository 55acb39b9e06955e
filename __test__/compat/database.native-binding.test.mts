import { createRequire } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';
import { expect, it } from 'vitest';
import { addonPath } from '../../scripts/lib/paths.mjs';
import { betterSqlite3, describeDrivers, ferrolite, type Driver } from '../helpers/drivers.mts';
import { inChild, projectRoot } from '../helpers/in-child.mts';
import { targetName } from '../packaging/targets.mts';

const require = createRequire(import.meta.url);

/** Where a driver's addon is. */
function addonOf({ name }: Driver): string {
  if (name === 'ferrolite') return addonPath();
  return join(dirname(require.resolve('better-sqlite3/package.json')), 'prebuilds', `${targetName()}.node`);
}

describeDrivers('the option nativeBinding', (driver) => {
  const path = addonOf(driver);
  const seven = (nativeBinding: unknown): unknown =>
    new driver.Database(':memory:', { nativeBinding }).prepare('SELECT 7').pluck().get();

  it('names the addon by its path, with or without its extension', () => {
    expect(seven(path)).toBe(7);
    expect(seven(path.slice(0, -'.node'.length))).toBe(7);
  });

  it('resolves a relative path against the working directory', () => {
    const open = (name: string, folder: string, file: string): unknown => {
      process.chdir(folder);
      const Database = require(name);
      return new Database(':memory:', { nativeBinding: file }).prepare('SELECT 7').pluck().get();
    };
    const name =
      driver.name === 'ferrolite' ? projectRoot : dirname(require.resolve('better-sqlite3/package.json'));
    expect(inChild(open, [name, dirname(path), basename(path)])).toBe(7);
    expect(seven(relative(process.cwd(), path))).toBe(7);
  });

  it('may be the loaded addon, null or undefined', () => {
    expect([seven(require(path)), seven(null), seven(undefined)]).toEqual([7, 7, 7]);
  });

  it('fails like require() for a file that is not there', () => {
    expect(() => seven('/no/such/addon')).toThrow(expect.objectContaining({ code: 'MODULE_NOT_FOUND' }));
  });

  it.each([5, true, Symbol('addon'), () => 1])('refuses %s', (given) => {
    expect(() => seven(given)).toThrow(
      new TypeError('Expected the "nativeBinding" option to be a string or addon object'),
    );
  });
});

it('the addon of better-sqlite3 is refused with an error that says so', () => {
  for (const nativeBinding of [addonOf(betterSqlite3), require(addonOf(betterSqlite3)), {}, []]) {
    expect(() => new ferrolite.Database(':memory:', { nativeBinding })).toThrow(
      /^The "nativeBinding" option must name the addon of ferrolite .* another package cannot be used$/,
    );
  }
});
