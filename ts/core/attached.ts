/** The option `attached` of `serialize()` and `backup()`: the name of a schema, `main` by default. */
export function attachedOption(options: object): string {
  const attached = 'attached' in options ? options.attached : 'main';
  if (typeof attached !== 'string') throw new TypeError('Expected the "attached" option to be a string');
  if (attached === '') throw new TypeError('The "attached" option cannot be an empty string');
  return attached;
}
