/** Which addon a database uses. */
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { channelOf } from '../native';
import type { Channel, NativeBinding } from '../native';

/** Bundlers that replace `require` keep the real one under this name. */
// oxlint-disable-next-line no-underscore-dangle -- the name is webpack's
declare const __non_webpack_require__: NodeJS.Require | undefined;

/** Where an entry of the package gets its addon from. */
export interface BindingSource {
  /** Loads the addon when it is first needed. */
  load(): NativeBinding;
  /** Whether users may name another one. */
  readonly allowsOption: boolean;
}

/**
 * The channel to the addon that a database is opened with.
 *
 * @param given - The option `nativeBinding`.
 * @throws {TypeError} if what it names is no addon of ferrolite.
 */
export function channelFor(source: BindingSource, given: string | object | undefined): Channel {
  if (given === undefined) return channelOf(source.load());
  const addon = typeof given === 'string' ? loadAddon(given) : given;
  const { packageVersion, execute } = addon as Partial<NativeBinding>;
  if (typeof packageVersion !== 'function' || typeof execute !== 'function') {
    throw new TypeError(
      'The "nativeBinding" option must name the addon of ferrolite (ferrolite.<platform>.node); ' +
        'the addon of another package cannot be used',
    );
  }
  return channelOf(addon as NativeBinding);
}

function loadAddon(path: string): object {
  const file = resolve(path.endsWith('.node') ? path : `${path}.node`);
  const load =
    typeof __non_webpack_require__ === 'function' ? __non_webpack_require__ : createRequire(__filename);
  return load(file) as object;
}
