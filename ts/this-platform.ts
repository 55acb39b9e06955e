/**
 * The addon of this platform, loaded at its first use.
 *
 * Loading is lazy, so that importing the package succeeds where the addon is missing and the error
 * appears at the call that needs it. Only the package's root and the client may import this: an entry
 * for one platform must not bring the addons of all into a bundle, which follows each `require`.
 */
import type { NativeBinding } from '../native/binding.js';

let binding: NativeBinding | undefined;

/** The addon of this platform. */
export function native(): NativeBinding {
  binding ??= require('../native/binding.js') as NativeBinding;
  return binding;
}
