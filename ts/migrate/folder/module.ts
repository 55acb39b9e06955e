/** Migrations that are functions. */
import { pathToFileURL } from 'node:url';
import type { Database } from '../../core';
import { failed, reasonOf } from '../failures';
import type { Migration } from './read';

/** What a function of a migration is told. */
export interface MigrationContext {
  readonly name: string;
  /** Whether `db` is a copy that is thrown away: what is done outside of it would be done twice. */
  readonly isRehearsal: boolean;
}

/** A function of a migration. It is called within a transaction. */
export type MigrationFunction = (db: Database, context: MigrationContext) => unknown;

/** Calls a function of a migration. What it returns is awaited. */
export type CallFunction = (fn: AnyFunction, db: Database, context: MigrationContext) => unknown;

/** A function of a migration, of which only who calls it knows what it expects. */
type AnyFunction = (...args: any[]) => unknown;

export interface MigrationModule {
  readonly up: MigrationFunction;
  readonly down: MigrationFunction | undefined;
  /** Its export `foreignKeys`: whether they are enforced meanwhile. */
  readonly foreignKeys: boolean | undefined;
}

/**
 * Imports a migration: `up` and `down` are its exports, or properties of its default export.
 *
 * @throws {FerroliteError} `FERROLITE_MIGRATION_FAILED` if it cannot be loaded, or has no function `up`.
 */
export async function loadModule({ name, file }: Migration): Promise<MigrationModule> {
  const loaded = await load(name, file);
  const inner = loaded['default'] as Record<string, unknown> | undefined;
  const [up, down, foreignKeys] = ['up', 'down', 'foreignKeys'].map((key) => loaded[key] ?? inner?.[key]);
  if (typeof up !== 'function') throw failed(name, `"${file}" does not export a function up(db)`);
  if (down !== undefined && typeof down !== 'function')
    throw failed(name, `down of "${file}" is not a function`);
  if (foreignKeys !== undefined && typeof foreignKeys !== 'boolean') {
    throw failed(name, `foreignKeys of "${file}" is not a boolean`);
  }
  return { up: up as MigrationFunction, down: down as MigrationFunction | undefined, foreignKeys };
}

async function load(name: string, file: string): Promise<Record<string, unknown>> {
  try {
    return (await import(pathToFileURL(file).href)) as Record<string, unknown>;
  } catch (cause) {
    const canStrip = Boolean((process.features as { typescript?: unknown }).typescript);
    const isTypeScript = /\.[cm]?ts$/i.test(file) && !canStrip;
    const advice = isTypeScript
      ? '. This runtime does not execute TypeScript: use Node.js 22.18 or later, a loader such as tsx, or JavaScript'
      : '';
    throw failed(name, `"${file}" cannot be loaded: ${reasonOf(cause)}${advice}`, cause);
  }
}
