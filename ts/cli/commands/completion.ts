/** `ferrolite completion` */
import { commands } from '../catalog';
import { defineCommand, STATUS, UsageError, type Command } from '../command';
import { scripts, type Completed } from '../completion';
import { nearestTo } from '../args';

export const command = defineCommand({
  description: ['Prints a script that completes commands, options and their values.'],
  positionals: [
    { name: 'shell', description: 'bash, zsh or fish.', required: true, words: ['bash', 'zsh', 'fish'] },
  ],
  options: {},
  examples: [
    ['ferrolite completion bash > ~/.local/share/bash-completion/completions/ferrolite', 'For bash.'],
    ['ferrolite completion zsh > "${fpath[1]}/_ferrolite"', 'For zsh.'],
    ['ferrolite completion fish > ~/.config/fish/completions/ferrolite.fish', 'For fish.'],
  ],
  async run({ positionals: [shell = ''], output }) {
    const script = Object.hasOwn(scripts, shell) ? scripts[shell as keyof typeof scripts] : undefined;
    if (script === undefined) {
      const nearest = nearestTo(shell, Object.keys(scripts));
      throw new UsageError(
        `<shell> is bash, zsh or fish, not "${shell}"${nearest === undefined ? '' : `. Is it ${nearest}?`}`,
      );
    }
    const all = Object.entries(commands).map(([name, { summary, load }]): Completed => {
      const { options, positionals = [] } = load() as Command;
      return {
        name,
        summary,
        options,
        words: positionals.flatMap(({ words = [] }) => words),
        takesFiles: positionals.some(({ name: place }) => place === 'file'),
      };
    });
    await output.write(script(all));
    return STATUS.ok;
  },
});
