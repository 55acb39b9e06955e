/** The options of commands: how they are written, described, checked and read. */

interface Described {
  readonly description: string;
  /** One letter. */
  readonly short?: string;
}

/** An option that is there or not. */
export interface Flag extends Described {
  readonly type: 'flag';
}

/** An option with a text. */
export interface Text extends Described {
  readonly type: 'text';
  /** What the help calls the value. */
  readonly value: string;
  readonly choices?: readonly string[];
  /** Whether the shell completes names of files. */
  readonly file?: boolean;
}

/** An option with a whole number. */
export interface Whole extends Described {
  readonly type: 'integer';
  readonly value: string;
}

/** A text that may be given several times. */
export interface Several extends Described {
  readonly type: 'several';
  readonly value: string;
}

export type Option = Flag | Text | Whole | Several;
export type Options = Readonly<Record<string, Option>>;

type ValueOf<T extends Option> = T extends Flag
  ? boolean
  : T extends Whole
    ? number | undefined
    : T extends Several
      ? readonly string[]
      : string | undefined;

/** What was given, by name. */
export type Values<O extends Options> = { readonly [Name in keyof O]: ValueOf<O[Name]> };

const json = { type: 'flag', description: 'Print one line of JSON for programs.' } as const;

/** Which database; of every command that has one. */
export const database = {
  db: {
    type: 'text',
    short: 'd',
    value: 'path',
    file: true,
    description:
      'The database: a path, or a URL that begins with file: or sqlite:. Default: SQLITE_DB_PATH, else DATABASE_URL, else app-dev.db.',
  },
} as const satisfies Options;

/** Of commands that answer with one result. */
export const reporting = {
  ...database,
  json,
  quiet: { type: 'flag', short: 'q', description: 'Print nothing when all is well.' },
} as const satisfies Options;

export const busyTimeout = {
  'busy-timeout-ms': {
    type: 'integer',
    value: 'n',
    description: 'How long the locks of others are waited for. Default 5000.',
  },
} as const satisfies Options;

/** Understood by every command. */
export const general = {
  help: { type: 'flag', short: 'h', description: 'Print this help.' },
} as const satisfies Options;

/** How CSV is written. */
export const csv = {
  'no-header': { type: 'flag', description: 'CSV: the first line has no names of columns.' },
  separator: {
    type: 'text',
    value: 'character',
    description: 'CSV: what stands between fields. Default a comma.',
  },
  'null-text': {
    type: 'text',
    value: 'text',
    description: 'CSV: what stands for NULL. Default nothing; an empty text is quoted.',
  },
} as const satisfies Options;

export const BULK_FORMATS = ['csv', 'ndjson'] as const;
