/**
 * A connection as Kysely has it: the pool, or the transaction that was begun through it.
 *
 * Kysely begins and ends a transaction by separate calls, a pool runs a function: one that waits until Kysely
 * says how it ends. Savepoints are functions within that one, so they end from the innermost on.
 */
import type { AbortableOperationOptions, CompiledQuery, DatabaseConnection, QueryResult } from 'kysely';
import { SqliteError, type FleetPool, type Pool, type Snapshot, type Transaction } from 'ferrolite/pool';

type Target = Pool | FleetPool | Transaction | Snapshot;

/** A transaction, a savepoint or a snapshot. */
interface Level<T extends Target = Target> {
  readonly name: string | undefined;
  readonly target: T;
  /** Commits it, or releases it. */
  keep(): Promise<void>;
  /** Rolls it back; that it is gone already is no failure. */
  undo(): Promise<void>;
}

/** What the waiting function throws. */
const UNDONE = new Error('rolled back');

/** Runs a function by `begin` that goes on until the level is ended. */
function enter<T extends Target>(
  begin: (fn: (target: T) => Promise<void>) => Promise<void>,
  name?: string,
): Promise<Level<T>> {
  return new Promise((resolve, reject) => {
    const ended = begin(
      (target) =>
        new Promise((keep, undo) => {
          const end = (how: () => void): Promise<void> => {
            how();
            return ended;
          };
          resolve({
            name,
            target,
            keep: () => end(keep),
            undo: () => end(() => undo(UNDONE)).catch(() => undefined),
          });
        }),
    );
    // Once it is entered this rejects nothing, but hears of the end of a transaction that nobody ends.
    ended.catch(reject);
  });
}

/** Objects, whatever form the pool gives to calls that do not ask for one. */
const OBJECTS = { raw: false, pluck: false, expand: false } as const;
const NO_DATA = 'This statement does not return data. Use run() instead';
/** A statement that changes data and has none of these words gives no rows. */
const MAY_GIVE_ROWS = /\b(?:returning|explain)\b/i;
const CHANGES = new Set(['InsertQueryNode', 'UpdateQueryNode', 'DeleteQueryNode']);

/** Whether it is worth asking for rows first. Where that is wrong, SQLite is asked again. */
function mayGiveRows({ sql, query }: CompiledQuery): boolean {
  return !CHANGES.has(query.kind) || MAY_GIVE_ROWS.test(sql);
}

export class PoolConnection implements DatabaseConnection {
  readonly #pool: Pool | FleetPool;
  /** The transaction, and the savepoints within it. */
  #levels: Level[] = [];

  constructor(pool: Pool | FleetPool) {
    this.#pool = pool;
  }

  /** Begins a transaction on the writer, or reads from one state of the database. */
  async begin(readonly: boolean): Promise<void> {
    const pool = this.#pool;
    this.#levels = [
      readonly
        ? await enter<Snapshot>((fn) => pool.read(fn))
        : await enter<Transaction>((fn) => pool.transaction(fn)),
    ];
  }

  async commit(): Promise<void> {
    try {
      for (let level = this.#levels.pop(); level !== undefined; level = this.#levels.pop())
        await level.keep();
    } catch (error) {
      // Kysely takes it for ended: what is left must not keep the writer.
      await this.rollback();
      throw error;
    }
  }

  async rollback(): Promise<void> {
    const levels = this.#levels.splice(0);
    for (const level of levels.toReversed()) await level.undo();
  }

  async savepoint(name: string): Promise<void> {
    const target = this.#target;
    // In a snapshot there is nothing to undo.
    const none = async (): Promise<void> => undefined;
    const level =
      target instanceof Object && 'transaction' in target
        ? await enter<Transaction>((fn) => (target as Transaction).transaction(fn), name)
        : { name, target, keep: none, undo: none };
    this.#levels.push(level);
  }

  /** Undoes what was done since; the savepoint stays, as SQLite's does. */
  async rollbackToSavepoint(name: string): Promise<void> {
    for (const level of this.#takeDownTo(name)) await level.undo();
    await this.savepoint(name);
  }

  async releaseSavepoint(name: string): Promise<void> {
    for (const level of this.#takeDownTo(name)) await level.keep();
  }

  async executeQuery<R>(query: CompiledQuery, options?: AbortableOperationOptions): Promise<QueryResult<R>> {
    const { signal } = options ?? {};
    try {
      return await this.#execute(query, signal);
    } catch (error) {
      // Kysely has answered with the reason before, and would print what comes after that.
      if (signal?.aborted === true && error === signal.reason) return { rows: [] };
      throw error;
    }
  }

  /** For Kysely's strategy of this name: the signal has ended the query already. */
  async cancelQuery(): Promise<void> {}

  async #execute<R>(query: CompiledQuery, signal: AbortSignal | undefined): Promise<QueryResult<R>> {
    const target = this.#target;
    const { sql } = query;
    // An array within the array: nothing that is among the values can pass for named parameters.
    const params = [query.parameters];
    const call = { signal };
    if (!('run' in target) || mayGiveRows(query)) {
      try {
        return { rows: await target.all<R>(sql, params, { ...OBJECTS, ...call }) };
      } catch (error) {
        // Found out before anything was executed.
        if (!('run' in target && error instanceof TypeError && error.message === NO_DATA)) throw error;
      }
    }
    const { changes, lastInsertRowid } = await target.run(sql, params, call);
    return { rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) };
  }

  async *streamQuery<R>(
    query: CompiledQuery,
    chunkSize: number,
    options?: AbortableOperationOptions,
  ): AsyncIterableIterator<QueryResult<R>> {
    const target = this.#target;
    const params = [query.parameters];
    const call = { ...OBJECTS, signal: options?.signal };
    let rows: R[] = [];
    for await (const row of target.iterate<R>(query.sql, params, call)) {
      if (rows.push(row) < chunkSize) continue;
      yield { rows };
      rows = [];
    }
    if (rows.length > 0) yield { rows };
  }

  get #target(): Target {
    return this.#levels.at(-1)?.target ?? this.#pool;
  }

  /** Takes the levels above a savepoint and that itself away, the innermost first. */
  #takeDownTo(name: string): Level[] {
    const at = this.#levels.findLastIndex((level) => level.name === name);
    if (at < 0) throw new SqliteError(`no such savepoint: ${name}`, 'SQLITE_ERROR');
    return this.#levels.splice(at).toReversed();
  }
}
