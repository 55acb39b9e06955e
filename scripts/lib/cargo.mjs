// The addon as cargo builds it, before it is put where the loader looks for it.
import path from 'node:path';
import { cargoLibraryName } from './paths.mjs';
import { must } from './run.mjs';

/** Cargo's output folder, which a machine's own configuration may have moved. */
export async function targetDirectory() {
  const args = ['metadata', '--no-deps', '--offline', '--format-version', '1'];
  const { stdout } = await must('cargo', args, { quiet: true });
  return JSON.parse(stdout).target_directory;
}

/** Compiles the addon for release, without a profile; gives the library's path. */
export async function compileAddon() {
  await must('cargo', ['build', '--release']);
  return path.join(await targetDirectory(), 'release', cargoLibraryName());
}
