/** Completion scripts of shells, made of what the commands say of themselves. */
import { general, type Option, type Options } from './options';

export interface Completed {
  readonly name: string;
  readonly summary: string;
  readonly options: Options;
  /** Of the argument behind the command. */
  readonly words: readonly string[];
  readonly takesFiles: boolean;
}

const HEAD = 'ferrolite: made by `ferrolite completion`, without which nothing of it changes.';
const entriesOf = ({ options }: Completed): [string, Option][] => Object.entries({ ...options, ...general });

/** The ways in which an option is written. */
const formsOf = (name: string, { short }: Option): string[] =>
  short === undefined ? [`--${name}`] : [`--${name}`, `-${short}`];

/** In single quotes, as POSIX shells and fish have them. */
const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;

function bash(all: readonly Completed[]): string {
  const values = all.flatMap((each) =>
    entriesOf(each).flatMap(([name, option]) => {
      if (option.type !== 'text' || option.choices === undefined) return [];
      const patterns = formsOf(name, option).map((form) => `${each.name}:${form}`);
      return [`    ${patterns.join('|')}) words=${quoted(option.choices.join(' '))} ;;`];
    }),
  );
  // Where nothing is offered, bash completes the names of files.
  const free = new Set(
    all.flatMap((each) =>
      entriesOf(each).flatMap(([name, option]) => {
        if (option.type === 'flag' || (option.type === 'text' && option.choices !== undefined)) return [];
        return formsOf(name, option).map((form) => `${each.name}:${form}`);
      }),
    ),
  );
  const options = all.map((each) => {
    const words = [...each.words, ...entriesOf(each).map(([name]) => `--${name}`)];
    return `    ${each.name}:*) words=${quoted(words.join(' '))} ;;`;
  });
  return `# ${HEAD}
_ferrolite() {
  local current="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}" words
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W ${quoted([...all.map(({ name }) => name), '--help', '--version'].join(' '))} -- "$current"))
    return
  fi
  case "\${COMP_WORDS[1]}:$before" in
${values.join('\n')}
    ${[...free].join('|')}) return ;;
${options.join('\n')}
    *) return ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o bashdefault -o default -F _ferrolite ferrolite
`;
}

function zsh(all: readonly Completed[]): string {
  const escaped = (text: string): string => text.replaceAll(/[[\]:\\]/g, String.raw`\$&`);
  const cases = all.map((each) => {
    const specs = entriesOf(each).map(([name, option]) => {
      const text = `[${escaped(option.description)}]${actionOf(option)}`;
      const repeated = option.type === 'several' ? '*' : '';
      if (option.short === undefined) return quoted(`${repeated}--${name}${text}`);
      const forms = `{-${option.short},--${name}}`;
      return repeated === ''
        ? `${quoted(`(-${option.short} --${name})`)}${forms}${quoted(text)}`
        : `${quoted('*')}${forms}${quoted(text)}`;
    });
    const last =
      each.words.length > 0
        ? [quoted(`1:value:(${each.words.join(' ')})`)]
        : each.takesFiles
          ? [quoted('*:file:_files')]
          : [];
    return `    ${each.name}) _arguments -s ${[...specs, ...last].join(' ')} ;;`;
  });
  const names = all.map(({ name, summary }) => `    ${quoted(`${name}:${escaped(summary)}`)}`);
  return `#compdef ferrolite
# ${HEAD}
_ferrolite() {
  local -a commands=(
${names.join('\n')}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  local command=$words[2]
  shift words
  (( CURRENT-- ))
  case $command in
${cases.join('\n')}
  esac
}
if [ "$funcstack[1]" = "_ferrolite" ]; then _ferrolite "$@"; else compdef _ferrolite ferrolite; fi
`;
}

function actionOf(option: Option): string {
  if (option.type === 'flag') return '';
  if (option.type !== 'text') return `:${option.value}: `;
  if (option.choices !== undefined) return `:${option.value}:(${option.choices.join(' ')})`;
  return `:${option.value}:${option.file === true ? '_files' : ' '}`;
}

function fish(all: readonly Completed[]): string {
  const lines = all.flatMap((each) => {
    const start = `complete -c ferrolite -n ${quoted(`__fish_seen_subcommand_from ${each.name}`)}`;
    const words = each.words.length === 0 ? [] : [`${start} -a ${quoted(each.words.join(' '))}`];
    const files = each.takesFiles ? [`${start} -F`] : [];
    const options = entriesOf(each).map(([name, option]) => {
      const short = option.short === undefined ? '' : ` -s ${option.short}`;
      return `${start} -l ${name}${short}${takenBy(option)} -d ${quoted(option.description)}`;
    });
    return [
      `complete -c ferrolite -n __fish_use_subcommand -a ${each.name} -d ${quoted(each.summary)}`,
      ...words,
      ...files,
      ...options,
    ];
  });
  return `# ${HEAD}\ncomplete -c ferrolite -f\n${lines.join('\n')}\n`;
}

function takenBy(option: Option): string {
  if (option.type === 'flag') return '';
  if (option.type !== 'text') return ' -x';
  if (option.choices !== undefined) return ` -x -a ${quoted(option.choices.join(' '))}`;
  return option.file === true ? ' -r -F' : ' -x';
}

export const scripts = { bash, zsh, fish } as const;
