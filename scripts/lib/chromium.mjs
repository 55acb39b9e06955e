// Chromium, for the tests that look at pages: the one that CHROMIUM or the path names, else Debian's in the cache.
//
// Debian's packages are unpacked and not installed, so neither root nor a change of the machine is needed; apt keeps
// the lists of this in the cache too. Libraries that the machine has are not fetched again.
import fs from 'node:fs';
import path from 'node:path';
import { moveInto } from './move.mjs';
import { once } from './once.mjs';
import { cache } from './paths.mjs';
import { CommandFailed, must, run, seconds } from './run.mjs';

const HOME = path.join(cache, 'chromium');
const PACKAGE = 'chromium-headless-shell';
const NAMES = [PACKAGE, 'chromium', 'chromium-browser', 'google-chrome'];
const FETCH_LIMIT_MS = 5 * 60_000;

function onPath() {
  const folders = (process.env.PATH ?? '').split(path.delimiter).filter((folder) => folder !== '');
  const files = NAMES.flatMap((name) => folders.map((folder) => path.join(folder, name)));
  return files.find((file) => fs.existsSync(file));
}

/** How the unpacked browser is started: with the libraries that came with it. */
function unpacked() {
  const libraries = path.join(HOME, 'usr', 'lib');
  const ofPlatform = fs.readdirSync(libraries).filter((name) => /-linux-gnu/.test(name));
  // PulseAudio's library finds its own other half by a path that holds for installed packages only.
  const folders = ofPlatform.flatMap((name) => [name, path.join(name, 'pulseaudio')]);
  return {
    executablePath: path.join(libraries, 'chromium', PACKAGE),
    env: { LD_LIBRARY_PATH: folders.map((name) => path.join(libraries, name)).join(path.delimiter) },
  };
}

/** Fetches and unpacks into a folder of its own and renames it: whoever looks sees a whole browser or none. */
async function fetchDebian() {
  const started = performance.now();
  console.log(`fetching ${PACKAGE} from Debian`);
  fs.mkdirSync(cache, { recursive: true });
  const temporary = fs.mkdtempSync(path.join(cache, 'chromium.part-'));
  const folder = (name) => {
    fs.mkdirSync(path.join(temporary, name), { recursive: true });
    return path.join(temporary, name);
  };
  const settings = {
    'Dir::State::lists': folder('lists'),
    'Dir::Cache': folder('cache'),
    'APT::Install-Recommends': 'false',
    // The user that apt would otherwise become may not write into the cache.
    'APT::Sandbox::User': 'root',
  };
  const options = ['-qq', ...Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`])];
  const apt = (cwd, ...args) =>
    must('apt-get', [...options, ...args], { cwd, quiet: true, timeoutMs: FETCH_LIMIT_MS });
  try {
    await apt(temporary, 'update');
    const { stdout } = await apt(temporary, '--simulate', 'install', PACKAGE);
    const packages = [...stdout.matchAll(/^Inst (\S+)/gm)].map(([, name]) => name);
    await apt(folder('packages'), 'download', ...packages);
    for (const name of fs.readdirSync(folder('packages'))) {
      const archive = path.join(temporary, 'packages', name);
      await must('dpkg-deb', ['--extract', archive, folder('root')], { quiet: true });
    }
    moveInto(HOME, folder('root'));
  } finally {
    fs.rmSync(temporary, { recursive: true, force: true });
  }
  console.log(`fetched in ${seconds(started)}`);
}

/**
 * A Chromium that starts on this machine.
 *
 * @returns {Promise<{ executablePath: string, env: Record<string, string> }>} as Playwright's `launch()` takes it;
 *   `env` has to be added to the environment
 */
export const chromium = once(async () => {
  const installed = process.env.CHROMIUM ?? onPath();
  const browser = installed === undefined ? await debian() : { executablePath: installed, env: {} };
  const { executablePath, env } = browser;
  const { ok, output } = await run(executablePath, ['--version'], { env, quiet: true });
  if (!ok) throw new CommandFailed(`${executablePath} does not run on this machine:\n${output}`);
  return browser;
});

async function debian() {
  try {
    if (!fs.existsSync(HOME)) await fetchDebian();
    return unpacked();
  } catch (error) {
    const advice = 'Install Chromium, or set the environment variable CHROMIUM to the path of one.';
    throw new CommandFailed(
      `there is no Chromium, and Debian's cannot be fetched. ${advice}\n${error.message}`,
      { cause: error },
    );
  }
}
