/** Names of migrations: which version they carry, and what kind of file they are. */

/** What a file's name says. */
export interface NamedFile {
  /** What it is recorded as: the name without `.sql`, `.up.sql`, `.ts` and so on. */
  readonly name: string;
  /** Undefined: a repeatable one. */
  readonly version: string | undefined;
  readonly direction: 'up' | 'down';
  readonly isModule: boolean;
}

const MODULE = /(?<!\.d)\.[cm]?[jt]s$/i;
const FLYWAY = /^([VU])(\d+(?:[._]\d+)*)__.+$/;
const REPEATABLE = /^R__.+$/;
const DATED = /^(\d{4}([-_])\d\d\2\d\d(?:\2\d+)*)(?!\d)/;
const NUMBERED = /^(\d+)(?:$|[^\d].*$)/;

/** Whether a file can be a migration at all. */
export const isMigrationFile = (file: string): boolean => /\.sql$/i.test(file) || MODULE.test(file);

/** Reads a name; undefined where it has no version. */
export function parseName(file: string): NamedFile | undefined {
  const isModule = MODULE.test(file);
  const base = isModule ? file.replace(MODULE, '') : file.replace(/\.sql$/i, '');
  const name = base.replace(/\.(?:up|down)$/i, '');
  const direction = /\.down$/i.test(base) ? 'down' : 'up';
  if (REPEATABLE.test(name)) return { name, version: undefined, direction, isModule };
  const [, prefix, flyway] = FLYWAY.exec(name) ?? [];
  if (flyway !== undefined) {
    const version = flyway.replaceAll('_', '.');
    return { name, version, direction: prefix === 'U' ? 'down' : direction, isModule };
  }
  const version = dateOf(name) ?? NUMBERED.exec(name)?.[1];
  return version === undefined ? undefined : { name, version, direction, isModule };
}

/** The date and time that a name begins with, as in 2026-01-31-120000_users, which Diesel writes, filled up to one length. */
function dateOf(name: string): string | undefined {
  return DATED.exec(name)?.[1]?.replaceAll(/\D/g, '').padEnd(18, '0');
}

/** Compares versions by their numbers, padded or not: 9 comes before 10, and 1.2 before 1.10. */
export function compareVersions(left: string, right: string): number {
  const parts = (text: string): bigint[] => text.split('.').map((part) => BigInt(part));
  const [a, b] = [parts(left), parts(right)];
  for (let index = 0; index < Math.max(a.length, b.length); index += 1) {
    const [x, y] = [a[index] ?? 0n, b[index] ?? 0n];
    if (x !== y) return x < y ? -1 : 1;
  }
  return 0;
}
