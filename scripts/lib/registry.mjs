// A registry on loopback that offers the package as it is built here, and passes everything else on.
//
// Verdaccio runs in a process of its own and keeps what it has passed on in the cache, so that a
// second run asks nobody. Ours are published anew each time.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { cache } from './paths.mjs';
import { CommandFailed, must, npm } from './run.mjs';
import { ensureTools, tool } from './tools.mjs';

const HOME = path.join(cache, 'registry');
const STORAGE = path.join(HOME, 'storage');
/** How long the registry may take to answer the first time. */
const START_LIMIT_MS = 60_000;

/** The registry that this machine installs from. */
async function upstream() {
  const [command, args] = npm(['config', 'get', 'registry']);
  const { stdout } = await must(command, args, { quiet: true });
  return stdout.trim();
}

async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

async function writeConfiguration(storage) {
  const file = path.join(HOME, `config-${process.pid}.yaml`);
  const access = { access: '$all', publish: '$all' };
  // JSON is YAML. Our names have no `proxy`: what is not published here does not exist.
  const configuration = {
    storage,
    uplinks: { upstream: { url: await upstream(), timeout: '60s', max_fails: 20, maxage: '12h' } },
    packages: {
      ferrolite: access,
      '@ferrolite/*': access,
      '**': { access: '$all', proxy: 'upstream' },
    },
    max_body_size: '200mb',
    log: { type: 'stdout', format: 'pretty', level: 'error' },
  };
  fs.writeFileSync(file, JSON.stringify(configuration, undefined, 2));
  return file;
}

/** The environment in which npm, pnpm and Bun know the registry, and nothing of the machine's configuration. */
function environment(url) {
  const file = path.join(HOME, `npmrc-${process.pid}`);
  const lines = [
    `registry=${url}`,
    `${url.replace(/^http:/, '')}:_authToken=loopback`,
    'update-notifier=false',
  ];
  fs.writeFileSync(file, `${lines.join('\n')}\n`);
  return {
    NPM_CONFIG_USERCONFIG: file,
    npm_config_userconfig: file,
    NPM_CONFIG_REGISTRY: url,
    npm_config_registry: url,
    BUN_CONFIG_REGISTRY: url,
  };
}

/**
 * Starts the registry.
 *
 * @returns {Promise<{ url: string, env: Record<string, string>, publish(tarballs: string[]): Promise<void>, stop(): Promise<void> }>}
 *   `env` is what a package manager needs to use it
 */
export async function startRegistry() {
  await ensureTools();
  fs.mkdirSync(HOME, { recursive: true });
  for (const name of ['ferrolite', '@ferrolite']) {
    fs.rmSync(path.join(STORAGE, name), { recursive: true, force: true });
  }
  const configuration = await writeConfiguration(STORAGE);
  const address = `127.0.0.1:${await freePort()}`;
  const child = fork(tool('verdaccio/bin/verdaccio'), ['--config', configuration, '--listen', address], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    // Node warns of a superuser and of functions that Verdaccio uses: neither concerns these tests.
    execArgv: ['--no-warnings'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text) => (said += text));
  const started = await Promise.race([
    once(child, 'message').then(() => true),
    once(child, 'exit').then(() => false),
    new Promise((resolve) => setTimeout(resolve, START_LIMIT_MS, false).unref()),
  ]);
  if (!started) {
    child.kill('SIGKILL');
    throw new CommandFailed(`the registry did not start on ${address}:\n${said}`);
  }
  const url = `http://${address}/`;
  const env = environment(url);
  return {
    url,
    env,
    async publish(tarballs) {
      for (const tarball of tarballs) {
        const [command, args] = npm(['publish', tarball, '--loglevel=error']);
        await must(command, args, { env, quiet: true });
      }
    },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGTERM');
      await once(child, 'exit');
      for (const file of [configuration, env.NPM_CONFIG_USERCONFIG]) fs.rmSync(file, { force: true });
    },
  };
}
