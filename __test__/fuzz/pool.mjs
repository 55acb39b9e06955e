// The objects that calls are made on. It grows up to a limit per kind, then new ones take the place of others,
// which are collected.
const LIMITS = { database: 10, statement: 30, iterator: 12, transaction: 10, other: 12 };

export class Pool {
  #records = { database: [], statement: [], iterator: [], transaction: [], other: [] };
  #byValue = new WeakMap();

  /** Adds what a record describes. */
  add(record, value, choose) {
    record.value = value;
    this.#byValue.set(value, record);
    const list = this.#records[record.kind];
    if (list.length < LIMITS[record.kind]) list.push(record);
    else this.#drop(list, choose.int(list.length), record);
    return record;
  }

  /** The record of an object, also of one that was dropped. */
  recordOf(value) {
    return this.#byValue.get(value);
  }

  of(kind) {
    return this.#records[kind];
  }

  /** One of a kind, mostly one that can be used; undefined when there is none that matches. */
  pick(kind, choose, matches = () => true) {
    const list = this.#records[kind].filter(matches);
    const usable = choose.chance(0.93) ? list.filter(isUsable) : [];
    return choose.pick(usable.length > 0 ? usable : list);
  }

  /** The value of any record. */
  any(choose) {
    return this.pick(choose.pick(Object.keys(this.#records)), choose)?.value;
  }

  /** Forgets one of a kind. */
  drop(kind, choose) {
    const list = this.#records[kind];
    if (list.length > 0) this.#drop(list, choose.int(list.length));
  }

  /** Forgets most of what can no longer be used. */
  tidy(choose) {
    for (const kind of Object.keys(this.#records)) {
      this.#records[kind] = this.#records[kind].filter((record) => isUsable(record) || choose.chance(0.3));
    }
  }

  clear() {
    for (const kind of Object.keys(this.#records)) this.#records[kind] = [];
  }

  #drop(list, at, ...replacement) {
    list.splice(at, 1, ...replacement);
  }
}

/** Whether calls on it can do more than fail. */
function isUsable(record) {
  if (record.kind === 'other') return true;
  if ((record.database ?? record).isClosed) return false;
  if (record.kind === 'statement') return !record.iterating;
  return record.kind !== 'iterator' || record.isOpen;
}
