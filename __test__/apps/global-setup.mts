/** Publishes the package as it is built to a registry on loopback, once for all files. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { TestProject } from 'vitest/node';
import { packPackages } from '../../scripts/lib/packages.mjs';
import { addonPath, platformTuple } from '../../scripts/lib/paths.mjs';
import { startRegistry } from '../../scripts/lib/registry.mjs';

declare module 'vitest' {
  interface ProvidedContext {
    /** The registry's address, with a slash at its end. */
    registryUrl: string;
    /** The environment in which package managers use it. */
    registryEnv: Record<string, string>;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const registry = await startRegistry();
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'ferrolite-publish-'));
  try {
    await registry.publish(await packPackages(folder, { [platformTuple()]: addonPath() }));
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
