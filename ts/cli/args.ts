/**
 * Reads a command line.
 *
 * `node:util` cuts it into tokens; what is wrong with them is said here, so that the words are the same on every
 * runtime and name what was probably meant.
 */
import { parseArgs } from 'node:util';
import { UsageError, type Command } from './command';
import { general, type Option, type Options } from './options';

export interface Arguments {
  readonly values: Readonly<Record<string, unknown>>;
  readonly positionals: readonly string[];
  readonly help: boolean;
}

/** @throws {UsageError} for what the command does not understand. */
export function readArguments(args: readonly string[], command: Command): Arguments {
  const options: Options = { ...command.options, ...general };
  const values: Record<string, unknown> = {};
  for (const [name, { type }] of Object.entries(options)) {
    values[name] = type === 'flag' ? false : type === 'several' ? [] : undefined;
  }
  const positionals: string[] = [];
  for (const token of tokensOf(args, options)) {
    if (token.kind === 'positional') positionals.push(token.value);
    else if (token.kind === 'option') take(values, token, options);
  }
  const help = values['help'] === true;
  if (!help) checkPositionals(positionals, command);
  return { values, positionals, help };
}

interface OptionToken {
  readonly kind: 'option';
  readonly name: string;
  readonly rawName: string;
  readonly value: string | undefined;
  readonly inlineValue: boolean | undefined;
}

type Token =
  | OptionToken
  | { readonly kind: 'positional'; readonly value: string }
  | { readonly kind: 'option-terminator' };

function tokensOf(args: readonly string[], options: Options): readonly Token[] {
  const forms = Object.entries(options).map(([name, { type, short }]) => {
    const form = { type: type === 'flag' ? ('boolean' as const) : ('string' as const) };
    return [name, short === undefined ? form : { ...form, short }] as const;
  });
  const { tokens } = parseArgs({
    args: [...args],
    options: Object.fromEntries(forms),
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  return tokens as readonly Token[];
}

function take(values: Record<string, unknown>, token: OptionToken, options: Options): void {
  const { name, rawName } = token;
  const option = Object.hasOwn(options, name) ? options[name] : undefined;
  if (option === undefined) throw new UsageError(unknown(rawName, options));
  if (option.type === 'flag') {
    if (token.value !== undefined) throw new UsageError(`${rawName} takes no value`);
    values[name] = true;
    return;
  }
  const value = valueOf(token, option);
  if (option.type === 'several') {
    (values[name] as string[]).push(value);
  } else if (values[name] === undefined) {
    values[name] =
      option.type === 'integer' ? integerOf(value, rawName) : chosen(value, rawName, option.choices);
  } else {
    throw new UsageError(`${rawName} is given twice`);
  }
}

function valueOf(
  { rawName, value, inlineValue }: OptionToken,
  option: Exclude<Option, { type: 'flag' }>,
): string {
  if (value === undefined) throw new UsageError(`${rawName} needs a value: <${option.value}>`);
  // An option that was forgotten its value takes the next one.
  if (inlineValue !== true && /^-./.test(value)) {
    throw new UsageError(
      `${rawName} needs a value: <${option.value}>. For "${value}" write ${rawName}=${value}`,
    );
  }
  return value;
}

function integerOf(text: string, rawName: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(value)) return value;
  throw new UsageError(`${rawName} needs a whole number, not "${text}"`);
}

function chosen(text: string, rawName: string, choices: readonly string[] | undefined): string {
  if (choices === undefined || choices.includes(text)) return text;
  throw new UsageError(`${rawName} is one of ${choices.join(', ')}, not "${text}"`);
}

function unknown(rawName: string, options: Options): string {
  const nearest = nearestTo(rawName.replace(/^-+/, ''), Object.keys(options));
  return `There is no option ${rawName}${nearest === undefined ? '' : `. Is it --${nearest}?`}`;
}

function checkPositionals(given: readonly string[], { positionals = [] }: Command): void {
  const missing = positionals.find(({ required }, index) => required === true && given[index] === undefined);
  if (missing !== undefined) throw new UsageError(`<${missing.name}> is missing: ${missing.description}`);
  const extra = given[positionals.length];
  if (extra !== undefined) throw new UsageError(`"${extra}" is one argument too many`);
}

/** The name that a typing error was probably meant to be. */
export function nearestTo(text: string, names: readonly string[]): string | undefined {
  const limit = Math.max(1, Math.floor(text.length / 3));
  const distances = names.map((name) => [distance(text, name), name] as const);
  const [best] = distances.filter(([far]) => far <= limit).toSorted(([a], [b]) => a - b);
  return best?.[1] ?? names.find((name) => text.length > 1 && name.startsWith(text));
}

/** How many letters have to be added, taken away or changed. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const changed = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(changed, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
