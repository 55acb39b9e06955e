// Which object a step is about. Inside of code that a call runs, mostly the one that the call is made on.

/** A database. */
export function pickDatabase({ focus, choose, pool }) {
  const database = focus?.database ?? focus;
  if (database !== undefined && choose.chance(0.6)) return database;
  return pool.pick('database', choose);
}

/** A statement, often the one that is executing. */
export function pickStatement(world) {
  const { focus, choose } = world;
  const executing = focus?.kind === 'iterator' ? focus.statement : focus;
  if (executing?.kind === 'statement' && choose.chance(0.4)) return executing;
  return near(world, 'statement');
}

/** An iterator, often the one that is at work. */
export function pickIterator(world) {
  const { focus, choose } = world;
  if (focus?.kind === 'iterator' && choose.chance(0.5)) return focus;
  return near(world, 'iterator');
}

function near({ focus, choose, pool }, kind) {
  const database = focus?.database ?? focus;
  if (database !== undefined && choose.chance(0.5)) {
    const found = pool.pick(kind, choose, (record) => record.database === database);
    if (found !== undefined) return found;
  }
  return pool.pick(kind, choose);
}
