'use strict';
// Finds the addon for this platform. Every `require` is literal, so that bundlers and file tracers
// see exactly the packages that may be loaded, and stands in a `try`, so that they let one be missing.
/* oxlint-disable no-useless-catch */

const { load, unsupported } = require('./load.js');
const { targetName } = require('./target.js');

// Generated from scripts/lib/targets.mjs: UPDATE_GENERATED=1 npm test -- --only vitest -- generated
// prettier-ignore
const TARGETS = {
  'darwin-arm64': [
    () => { try { return require('./ferrolite.darwin-arm64.node'); } catch (error) { throw error; } },
    () => { try { return require('@ferrolite/binding-darwin-arm64'); } catch (error) { throw error; } },
  ],
  'darwin-x64': [
    () => { try { return require('./ferrolite.darwin-x64.node'); } catch (error) { throw error; } },
    () => { try { return require('@ferrolite/binding-darwin-x64'); } catch (error) { throw error; } },
  ],
  'freebsd-x64': [
    () => { try { return require('./ferrolite.freebsd-x64.node'); } catch (error) { throw error; } },
    () => { try { return require('@ferrolite/binding-freebsd-x64'); } catch (error) { throw error; } },
  ],
  'linux-arm-gnueabihf': [
    () => { try { return require('./ferrolite.linux-arm-gnueabihf.node'); } catch (error) { throw error; } },
    () => { try { return require('@ferrolite/binding-linux-arm-gnueabihf'); } catch (error) { throw error; } },
  ],
  'linux-arm64-gnu': [
    () => { try { return require('./ferrolite.linux-arm64-gnu.node'); } catch (error) { throw error; } },
    () => { try { return require('@ferrolite/binding-linux-arm64-gnu'); } catch (error) { throw error; } },
  ],
  'linux-arm64-musl': [
    () => { try { return require('./ferrolite.linux-arm64-musl.node'); } catch (error) { throw error; } },
    () => { try { return require('@ferrolite/binding-linux-arm64-musl'); } catch (error) { throw error; } },
  ],
  'linux-ppc64-gnu': [
    () => { try { return require('./ferrolite.linux-ppc64-gnu.node'); } catch (error) { throw error; } },
    () => { try { return require('@ferrolite/binding-linux-ppc64-gnu'); } catch (error) { throw error; } },
  ],
  'linux-riscv64-gnu': [
    () => { try { return require('./ferrolite.linux-riscv64-gnu.node'); } catch (error) { throw error; } },
    () => { try { return require('@ferrolite/binding-linux-riscv64-gnu'); } catch (error) { throw error; } },
  ],
  'linux-x64-gnu': [
    () => { try { return require('./ferrolite.linux-x64-gnu.node'); } catch (error) { throw error; } },
    () => { try { return require('@ferrolite/binding-linux-x64-gnu'); } catch (error) { throw error; } },
  ],
  'linux-x64-musl': [
    () => { try { return require('./ferrolite.linux-x64-musl.node'); } catch (error) { throw error; } },
    () => { try { return require('@ferrolite/binding-linux-x64-musl'); } catch (error) { throw error; } },
  ],
  'win32-arm64-msvc': [
    () => { try { return require('./ferrolite.win32-arm64-msvc.node'); } catch (error) { throw error; } },
    () => { try { return require('@ferrolite/binding-win32-arm64-msvc'); } catch (error) { throw error; } },
  ],
  'win32-x64-msvc': [
    () => { try { return require('./ferrolite.win32-x64-msvc.node'); } catch (error) { throw error; } },
    () => { try { return require('@ferrolite/binding-win32-x64-msvc'); } catch (error) { throw error; } },
  ],
};

const name = targetName();
if (!Object.hasOwn(TARGETS, name)) throw unsupported(name, Object.keys(TARGETS));
module.exports = load(name, ...TARGETS[name]);
