/** The argument of a method that switches something on or off: none means on. */
export function booleanArgument(args: readonly unknown[]): boolean {
  if (args.length === 0) return true;
  const [use] = args;
  if (typeof use !== 'boolean') throw new TypeError('Expected first argument to be a boolean');
  return use;
}
