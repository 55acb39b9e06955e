/** The texts of `--help`. */
import { commands, type CommandName } from './catalog';
import type { Command } from './command';
import { general, type Option } from './options';
import { padded, widthOf, wrapped } from './text';

export interface HelpStyle {
  readonly columns: number;
  heading(text: string): string;
}

const INDENT = '  ';
/** Wider lines are hard to read. */
const MOST_COLUMNS = 100;

/** The help of the whole. */
export function overview(style: HelpStyle): string {
  const names = Object.keys(commands) as CommandName[];
  return [
    'Looks after SQLite databases: checkpoints, checks, space, queries.',
    '',
    style.heading('Usage'),
    `${INDENT}ferrolite <command> [options]`,
    '',
    style.heading('Commands'),
    ...columns(
      names.map((name) => [name, commands[name].summary]),
      style,
    ),
    '',
    style.heading('Options'),
    ...columns(
      [
        ['-h, --help', 'Print this help; behind a command, its own.'],
        ['-V, --version', 'Print the version of the package.'],
      ],
      style,
    ),
    '',
    style.heading('Exit status'),
    ...columns(
      [
        ['0', 'all is well'],
        ['1', 'something was found: problems, an unhealthy database, a lock that others hold'],
        ['2', 'the command line is wrong, or the work has failed'],
      ],
      style,
    ),
    '',
    ...wrapped(
      'The database is --db, else SQLITE_DB_PATH, else DATABASE_URL, else app-dev.db, as getSqlite() finds it.',
      widthFor(style),
    ),
    '',
  ].join('\n');
}

/** The help of one command. */
export function helpOf(name: string, command: Command, style: HelpStyle): string {
  const { description, positionals = [], examples } = command;
  const places = positionals
    .map((each) => ` ${each.required === true ? `<${each.name}>` : `[${each.name}]`}`)
    .join('');
  const options = Object.entries({ ...command.options, ...general });
  const width = widthFor(style);
  return [
    ...description.map((text) => `${wrapped(text, width).join('\n')}\n`),
    style.heading('Usage'),
    `${INDENT}ferrolite ${name}${places} [options]`,
    '',
    ...(positionals.length === 0
      ? []
      : [
          style.heading('Arguments'),
          ...columns(
            positionals.map((each) => [`<${each.name}>`, each.description]),
            style,
          ),
          '',
        ]),
    style.heading('Options'),
    ...columns(
      options.map(([key, option]) => [labelOf(key, option), describe(option)]),
      style,
    ),
    '',
    style.heading('Examples'),
    ...examples.map(([line, meaning]) => {
      const lines = wrapped(meaning, width - 6).map((text) => `${INDENT}    ${text}`);
      return `${INDENT}${line}\n${lines.join('\n')}`;
    }),
    '',
  ].join('\n');
}

function labelOf(name: string, option: Option): string {
  const value = option.type === 'flag' ? '' : ` <${option.value}>`;
  return `${option.short === undefined ? '    ' : `-${option.short}, `}--${name}${value}`;
}

function describe(option: Option): string {
  if (option.type !== 'text' || option.choices === undefined) return option.description;
  return `${option.description} One of: ${option.choices.join(', ')}.`;
}

/** Names, and beside them what they mean. */
function columns(rows: readonly (readonly [string, string])[], style: HelpStyle): string[] {
  const left = Math.max(...rows.map(([name]) => widthOf(name)));
  const start = INDENT.length + left + 2;
  const width = Math.max(24, widthFor(style) - start);
  return rows.flatMap(([name, text]) =>
    wrapped(text, width).map((line, index) => `${INDENT}${padded(index === 0 ? name : '', left)}  ${line}`),
  );
}

const widthFor = ({ columns: available }: HelpStyle): number => Math.min(available, MOST_COLUMNS);
