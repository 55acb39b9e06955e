/** What a command is, and what it is given. */
import type { Cancelling } from './cancel';
import type { Options, Values } from './options';
import type { Output } from './output';
import type { Progress } from './progress';

/** What a process says of itself when it ends. */
export const STATUS = { ok: 0, finding: 1, failed: 2 } as const;

export type Status = (typeof STATUS)[keyof typeof STATUS];

/** A command line, and what it is for. */
export type Example = readonly [line: string, meaning: string];

/** What stands behind the options. */
export interface Positional {
  readonly name: string;
  readonly description: string;
  readonly required?: boolean;
  /** What it may be, for shells to complete. */
  readonly words?: readonly string[];
}

/** What a command works with. */
export interface Context<O extends Options = Options> {
  readonly values: Values<O>;
  readonly positionals: readonly string[];
  readonly output: Output;
  readonly progress: Progress;
  readonly cancelling: Cancelling;
}

export interface Command<O extends Options = Options> {
  /** Paragraphs of the help. */
  readonly description: readonly string[];
  readonly positionals?: readonly Positional[];
  readonly options: O;
  /** It prints as it goes: what goes wrong is a text on standard error then, also with --json. */
  readonly isStream?: boolean;
  readonly examples: readonly Example[];
  run(context: Context<O>): Promise<Status>;
}

/** Gives `run` the types of the options. */
export const defineCommand = <O extends Options>(command: Command<O>): Command<O> => command;

/** A mistake in the command line. */
export class UsageError extends Error {}
