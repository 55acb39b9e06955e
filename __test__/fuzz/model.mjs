// What the fuzzer knows of its objects, and what may be called when: the table of the contract. A call that
// succeeds where it must not, or that is refused as busy or closed where nothing is, is a finding.

const BUSY = 'This database connection is busy executing a query';
const LOCKED = 'This statement is busy executing a query';
const CLOSED = 'The database connection is not open';

/** A database and the state of its connection. */
export class DatabaseRecord {
  kind = 'database';
  /** Callbacks of the connection that are running. */
  callbacks = 0;
  /** Iterators that have been opened, ever. */
  opened = 0;
  /** Iterators that are open; also those that were dropped, which keep their lock. */
  iterators = 0;
  unsafe = false;
  /** How often unsafe mode was switched. */
  switched = 0;
  hasTransactions = false;
  /** Whether callbacks of it are functions of the package, which run without the fuzzer's knowledge. */
  foreign = false;
  /** Names that SQL can use. */
  functions = [];
  aggregates = [];
  tables = [];
  modules = [];
  /** Where backups of it go. */
  copies = [];

  constructor(id, { isFile = false, readonly = false, hostile = false, isClient = false } = {}) {
    this.name = `db${id}`;
    this.isFile = isFile;
    this.readonly = readonly;
    /** Whether its bytes come from anywhere. */
    this.hostile = hostile;
    this.isClient = isClient;
  }

  get isClosed() {
    return !this.value.open;
  }
}

/** A statement. */
export class StatementRecord {
  kind = 'statement';
  iterating = false;
  bound = false;

  constructor(id, database, { marker, parameters }) {
    this.name = `stmt${id}`;
    this.database = database;
    /** The number that each of its rows holds; undefined for other statements. */
    this.marker = marker;
    this.parameters = parameters;
  }
}

/** An iterator that `iterate()` has returned. */
export class IteratorRecord {
  kind = 'iterator';
  isOpen = true;

  constructor(id, statement) {
    this.name = `iter${id}`;
    this.statement = statement;
    this.database = statement.database;
    this.database.iterators += 1;
    this.database.opened += 1;
    statement.iterating = true;
  }

  end() {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.statement.iterating = false;
    this.database.iterators -= 1;
  }
}

/** A function that `db.transaction()` has returned. */
export class TransactionRecord {
  kind = 'transaction';

  constructor(id, database, foreign) {
    this.name = `tx${id}`;
    this.database = database;
    /** Whether it runs a function that may be another transaction. */
    this.foreign = foreign;
  }
}

const ANY = {};
const NO_ITERATORS = { busy: true, iterating: true, closed: true };
const WRITES = { busy: true, iterating: 'unless unsafe', closed: true };
const EXECUTES = { busy: true, closed: true, locked: true, bound: true };
const TOGGLES = { busy: true, locked: true };

/** For each method the states in which it must throw. */
export const RULES = {
  database: {
    prepare: { busy: true, closed: true },
    explain: { busy: true, closed: true },
    transaction: { busy: 'at first', closed: 'at first' },
    exec: WRITES,
    pragma: WRITES,
    function: NO_ITERATORS,
    aggregate: NO_ITERATORS,
    table: NO_ITERATORS,
    loadExtension: NO_ITERATORS,
    serialize: NO_ITERATORS,
    close: { busy: true, iterating: true, unlessClosed: true },
    defaultSafeIntegers: ANY,
    unsafeMode: { closed: true },
    backup: ANY,
  },
  statement: {
    // Values are read after the check for iterators, and may open one.
    run: { ...EXECUTES, iteratingBefore: 'unless unsafe' },
    get: EXECUTES,
    all: EXECUTES,
    iterate: { ...EXECUTES, locked: false, lockedBefore: true },
    bind: EXECUTES,
    pluck: TOGGLES,
    expand: TOGGLES,
    raw: TOGGLES,
    safeIntegers: TOGGLES,
    columns: { busy: true, closed: true },
    toString: { never: true },
  },
  iterator: { next: { busyIfOpen: true }, return: { busyIfOpen: true } },
  transaction: { call: { busy: true, iterating: 'unless unsafe', closed: true } },
};

/** The state that a call meets, or leaves. */
export function stateOf(record) {
  const database = record.kind === 'database' ? record : record.database;
  return {
    isBusy: database.callbacks > 0,
    isIterating: database.iterators > 0,
    isClosed: database.isClosed,
    isClient: database.isClient,
    isUnsafe: database.unsafe,
    switched: database.switched,
    isFirst: !database.hasTransactions,
    isBound: record.bound === true,
    isLocked: record.kind === 'statement' && record.iterating,
    isOpen: record.kind === 'iterator' && record.isOpen,
    opened: database.opened,
    isForeign: database.foreign || record.foreign === true,
  };
}

/**
 * Why a call must not have succeeded; undefined if it may.
 *
 * @param count - How many arguments it was given.
 */
export function whyItMustThrow(rule, before, after, count) {
  const applies = (when) =>
    when === true ||
    (when === 'at first' && before.isFirst) ||
    (when === 'unless unsafe' && !before.isUnsafe && before.switched === after.switched);
  if (rule.unlessClosed && before.isClosed) return undefined;
  if (applies(rule.busy) && before.isBusy) return 'inside a callback of the connection';
  if (rule.busyIfOpen && before.isOpen && before.isBusy) return 'inside a callback of the connection';
  // The client closes a connection whose file was replaced, also while it executes.
  if (applies(rule.closed) && (after.isClient ? before : after).isClosed) return 'on a closed connection';
  if (applies(rule.iterating) && after.isIterating) return 'while an iterator is open';
  if (applies(rule.iteratingBefore) && before.isIterating && after.isIterating)
    return 'while an iterator is open';
  if (rule.locked && after.isLocked) return 'on a statement that is iterating';
  if (rule.lockedBefore && before.isLocked && after.isLocked) return 'on a statement that is iterating';
  // Also when code that ran for the values has bound others.
  if (rule.bound && after.isBound && count > 0) return 'on a statement whose parameters are bound for good';
  return undefined;
}

/** Why a refusal is not justified by the state; undefined if it is. */
export function whyItMustNotRefuse(message, before, after) {
  if (before.isForeign) return undefined;
  switch (message) {
    case BUSY:
      return before.isBusy || before.isIterating || after.isIterating || after.opened > before.opened
        ? undefined
        : 'refused as busy, and the connection is idle';
    case LOCKED:
      return before.isLocked || after.isLocked || after.opened > before.opened
        ? undefined
        : 'refused as busy, and no iterator of the statement is open';
    case CLOSED:
      return before.isClosed || after.isClosed ? undefined : 'refused as closed, and the connection is open';
    default:
      return undefined;
  }
}

/** Whether an error with this message has left an iterator as it was. */
export const isRefusalMessage = (message) => message === BUSY || message === 'Illegal invocation';
