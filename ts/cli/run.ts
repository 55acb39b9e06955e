/** One run of the command: from its arguments to its exit status. */
import { nearestTo, readArguments } from './args';
import { Cancelling } from './cancel';
import { commands, type CommandName } from './catalog';
import { STATUS, UsageError, type Command } from './command';
import { describeError } from './errors';
import { jsonOf, Output, coloured, wantsColour } from './output';
import { Progress } from './progress';

async function main(args: readonly string[]): Promise<number> {
  const [name = '--help', ...rest] = args;
  if (name === '--help' || name === '-h' || name === 'help') return help(rest[0]);
  if (!isCommand(name)) throw new UsageError(unknown(name));
  const command: Command = commands[name].load() as Command;
  const { values, positionals, help: wantsHelp } = readArguments(rest, command);
  if (wantsHelp) return help(name);
  return execute(command, values, positionals);
}

async function execute(
  command: Command,
  values: Readonly<Record<string, unknown>>,
  positionals: readonly string[],
): Promise<number> {
  const output = new Output({ json: values['json'] === true, quiet: values['quiet'] === true });
  const progress = new Progress();
  const cancelling = new Cancelling();
  cancelling.listen();
  cancelling.onLeave = () => progress.clear();
  try {
    return await command.run({ values: values as never, positionals, output, progress, cancelling });
  } catch (error) {
    progress.clear();
    const { reason } = cancelling;
    if (reason !== undefined) {
      complain(`${reason.message}. ${cancelling.state}`);
      return reason.status;
    }
    const { status, code, message } = describeError(error);
    if (output.json && command.isStream !== true) await output.line(jsonOf({ error: { code, message } }));
    else complain(code === undefined ? message : `${code}: ${message}`);
    return status;
  } finally {
    progress.clear();
  }
}

const isCommand = (name: string): name is CommandName => Object.hasOwn(commands, name);

function unknown(name: string): string {
  if (name.startsWith('-')) return `There is no option ${name} before a command. Try: ferrolite --help`;
  const nearest = nearestTo(name, Object.keys(commands));
  return `There is no command "${name}". ${nearest === undefined ? 'Try' : `Is it "${nearest}"? Otherwise try`}: ferrolite --help`;
}

async function help(name: string | undefined): Promise<number> {
  const { helpOf, overview } = require('./help') as typeof import('./help');
  const stream = process.stdout;
  const columns = stream.isTTY && stream.columns > 0 ? stream.columns : 80;
  const heading = (text: string): string => (wantsColour(stream) ? coloured('strong', text) : text);
  if (name === undefined) return print(overview({ columns, heading }));
  if (!isCommand(name)) throw new UsageError(unknown(name));
  return print(helpOf(name, commands[name].load() as Command, { columns, heading }));
}

function print(text: string): number {
  process.stdout.write(text);
  return STATUS.ok;
}

function complain(message: string): void {
  const prefix = wantsColour(process.stderr) ? coloured('bad', 'ferrolite:') : 'ferrolite:';
  process.stderr.write(`${prefix} ${message}\n`);
}

/** `ferrolite … | head` is not a failure of `ferrolite`. */
function endWithReaders(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(STATUS.ok);
    complain(`cannot write the answer: ${error.message}`);
    process.exit(STATUS.failed);
  });
  process.stderr.on('error', () => {});
}

/** Runs what the command line asks for, and sets the exit status. */
export async function run(args: readonly string[]): Promise<void> {
  endWithReaders();
  try {
    process.exitCode = await main(args);
  } catch (error) {
    complain(describeError(error).message);
    process.exitCode = STATUS.failed;
  }
}
