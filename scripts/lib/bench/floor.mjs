// benches/floor.rs, compiled like the addon.
import { once } from '../once.mjs';
import { profiledCargo } from '../pgo.mjs';
import { CommandFailed, must, seconds } from '../run.mjs';

const NAME = 'floor';

/**
 * The path of the program; cargo knows whether it has to be compiled.
 *
 * @param {boolean} profiled whether it is compiled like the addon that is shipped, which has to be built before
 */
export const floorProgram = once(async (profiled) => {
  const started = performance.now();
  console.log(`building benches/${NAME}.rs (cargo build --release)`);
  const { args, env } = profiled ? await profiledCargo() : { args: ['--release'], env: {} };
  const bench = ['build', ...args, '--bench', NAME, '--message-format', 'json-render-diagnostics'];
  const { stdout } = await must('cargo', bench, { quiet: true, env });
  const messages = stdout
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line));
  const built = messages.find(({ executable, target }) => executable && target.name === NAME);
  if (!built) throw new CommandFailed(`cargo did not say where ${NAME} is`);
  console.log(`built in ${seconds(started)}`);
  return built.executable;
});
