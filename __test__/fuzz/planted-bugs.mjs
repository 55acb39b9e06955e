// Bugs that the fuzzer must find: each takes one check or one duty away.

/** @typedef {{ name: string, file: string, from: string, to: string }} Bug `from` stands once in the file. */

/** @type {readonly Bug[]} */
export const bugs = [
  {
    name: 'a batch is collected in the shared buffer although callbacks may run',
    file: 'src/addon/execute.rs',
    from: 'statement.as_ref().is_ok_and(may_call_back)',
    to: 'statement.as_ref().is_ok_and(|statement| may_call_back(statement) && false)',
  },
  {
    name: 'a released statement leaves its number with its database',
    file: 'src/addon/environment.rs',
    from: 'database.statements.remove(&number);',
    to: 'database.statements.contains(&number);',
  },
  {
    name: 'a closed connection keeps its statements',
    file: 'src/addon/environment.rs',
    from: 'dropped.extend(slot.statement.take());',
    to: 'dropped.extend(slot.statement.clone());',
  },
  {
    name: 'the last byte of a blob is not copied',
    file: 'src/addon/raw/values.rs',
    from: 'bytes.copy_to(&mut parameters.spare(size)?[..size]);',
    to: 'bytes.copy_to(&mut parameters.spare(size)?[..size.saturating_sub(1)]);',
  },
  {
    name: 'a statement is not reset after its first row',
    file: 'src/conn/statement.rs',
    from: 'let ended = self.close();\n        first.and(ended)',
    to: 'first',
  },
  {
    name: 'the exception of a callback is lost when a generator is ended',
    file: 'src/addon/raw/callback.rs',
    from: 'sys::napi_throw(env, exception)',
    to: 'sys::napi_is_exception_pending(env, &raw mut pending)',
  },
  {
    name: 'callbacks keep their database from being collected',
    file: 'src/addon/raw/callback.rs',
    from: 'Reference::new(env.raw(), function.raw(), 0)',
    to: 'Reference::new(env.raw(), function.raw(), 1)',
  },
  {
    name: 'the state is not checked again after getters have run',
    file: 'ts/core/statement.ts',
    from: 'this.#requireReady();\n        this.#requireUnbound();',
    to: 'this.#requireUnbound();',
  },
  {
    name: 'getters may bind the statement that is being bound',
    file: 'ts/core/statement.ts',
    from: 'this.#requireReady();\n        this.#requireUnbound();',
    to: 'this.#requireReady();',
  },
  {
    name: 'the text of a bound statement is not kept for callbacks',
    file: 'ts/core/statement.ts',
    from: 'if (this.#bound && this.#connection.hasCallbacks) this.#expandedSql();',
    to: '',
  },
  {
    name: 'an iteration that has ended keeps its lock',
    file: 'ts/core/statement.ts',
    from: 'this.#connection.removeIterator(this);',
    to: '',
  },
  {
    name: 'statements are prepared inside of callbacks',
    file: 'ts/core/database.ts',
    from: 'connection.requireIdle();\n    // The class',
    to: '// The class',
  },
  {
    name: 'a database is serialized while it is iterated',
    file: 'ts/core/serialize.ts',
    from: 'connection.requireNoIterators();',
    to: 'connection.requireIdle();',
  },
  {
    name: 'callbacks do not make the connection busy',
    file: 'ts/core/connection.ts',
    from: 'this.#callbacks += 1;',
    to: 'this.#callbacks += 0;',
  },
  {
    name: 'the rows of a virtual table do not make the connection busy',
    file: 'ts/core/table.ts',
    from: 'connection.callBack(() => nextRow(iteration, name))',
    to: 'nextRow(iteration, name)',
  },
  {
    name: 'iterators are ended inside of callbacks',
    file: 'ts/core/iterator.ts',
    from: 'this.#source.connection.requireIdle();\n    if (!this.#done) this.#finish();',
    to: 'if (!this.#done) this.#finish();',
  },
  {
    name: 'callbacks are collected before their database',
    file: 'ts/core/callbacks.ts',
    from: 'known.set(name, callbacks);',
    to: 'known.set(name, callbacks.slice(0, 0));',
  },
  {
    name: 'typed arrays without memory are taken for such with it',
    file: 'ts/batch/encode-params.ts',
    from: 'if (getByteLength.call(value) === 0) return new Uint8Array(0);',
    to: '',
  },
  {
    name: 'a failed transaction is not rolled back',
    file: 'ts/core/transaction.ts',
    from: 'if (db.inTransaction) {',
    to: 'if (db.inTransaction && false) {',
  },
  {
    name: 'a collected database is not closed',
    file: 'ts/core/connection.ts',
    from: 'collected.register(owner, this);',
    to: 'void owner;',
  },
  {
    name: 'a collected statement is not finalized',
    file: 'ts/core/finalizer.ts',
    from: 'connection.channel.native.releaseStatement(number);',
    to: 'void number;',
  },
];
