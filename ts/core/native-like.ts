/**
 * Makes a class look like better-sqlite3's native ones: methods enumerable, in a given order, the
 * constructor after them.
 */
export function showMethods(type: { readonly prototype: object }, names: readonly PropertyKey[]): void {
  const { prototype } = type;
  for (const name of [...names, 'constructor']) {
    const value: unknown = Reflect.get(prototype, name);
    Reflect.deleteProperty(prototype, name);
    const enumerable = name !== 'constructor';
    Object.defineProperty(prototype, name, { value, enumerable, configurable: true, writable: true });
  }
}
