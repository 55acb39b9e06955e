/** Publishes the package as it is built to a registry on loopback, once for all files. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { TestProject } from 'vitest/node';
import { packPackages } from '../../scripts/lib/packages.mjs';
import { addonPath, platformTuple } from '../../scripts/lib/paths.mjs';
import { check, publish, seal } from '../../scripts/lib/release.mjs';
import { startRegistry } from '../../scripts/lib/registry.mjs';
import { targets } from '../../scripts/lib/targets.mjs';

declare module 'vitest' {
  interface ProvidedContext {
    /** The registry's address, with a slash at its end. */
    registryUrl: string;
    /** The environment in which package managers use it. */
    registryEnv: Record<string, string>;
  }
}

/** The addon of this platform, and for others a file that stands for one: nothing loads it here. */
function addons(folder: string): Record<string, string> {
  const placeholder = path.join(folder, 'other.node');
  fs.writeFileSync(placeholder, 'The addon of another platform, for the tests of installations.\n');
  const others = targets.map(({ name }) => [name, placeholder]);
  return { ...Object.fromEntries(others), [platformTuple()]: addonPath() };
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const registry = await startRegistry();
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'ferrolite-publish-'));
  try {
    // As a release is: only the check of the addons is missing, which ask for this machine's glibc.
    seal(folder, await packPackages(folder, addons(folder)));
    await check(folder);
    await publish(folder, { env: registry.env, dryRun: true });
    await publish(folder, { env: registry.env });
  } catch (error) {
    await registry.stop();
    throw error;
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
  project.provide('registryUrl', registry.url);
  project.provide('registryEnv', registry.env);
  return () => registry.stop();
}
