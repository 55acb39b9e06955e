// Arguments of calls: mostly right ones, so that calls go deep, and now and then one that is anything.
import { named } from '../journal.mjs';

/** Sometimes replaces, removes or adds an argument. */
export function mangled(world, args) {
  const { choose, values } = world;
  const list = [...args];
  if (list.length > 0 && choose.chance(0.08)) list[choose.int(list.length)] = values.any();
  if (choose.chance(0.02)) list.pop();
  if (choose.chance(0.02)) list.push(values.any());
  return list;
}

/**
 * An options object with these properties: some of them behind getters, inherited, behind a proxy, or wrong.
 *
 * @param properties - All that the call may be given; a value is what is right.
 * @param fixed - What it is given in any case.
 * @param about - Its `own` becomes false when a property may be a function that is none of the fuzzer's callbacks.
 *   With `mayInherit` false all properties are the object's own.
 */
export function options(world, properties, fixed = {}, about = {}) {
  const { choose, values } = world;
  const given = { ...fixed };
  for (const [name, value] of Object.entries(properties)) {
    if (choose.chance(0.3)) continue;
    const isWrong = choose.chance(0.04);
    if (isWrong) about.own = false;
    const used = isWrong ? values.any() : value;
    if (choose.chance(0.15)) values.getter(given, name, used);
    else given[name] = used;
  }
  if (about.mayInherit !== false && choose.chance(0.1))
    return named('options(inherited)', Object.create(given));
  if (choose.chance(0.1)) return values.proxy(given);
  return named(`options(${Object.keys(given).join()})`, given);
}

/** The values of a statement's parameters, in one of the ways to pass them. */
export function parametersFor(world, record) {
  const { choose, values } = world;
  const { parameters } = record;
  if (record.bound) return mangled(world, []);
  if (Array.isArray(parameters)) return mangled(world, [namedValues(world, parameters)]);
  const count = parameters ?? choose.int(3);
  const list = Array.from({ length: count }, () => values.bindable());
  if (count > 0 && choose.chance(0.15)) {
    if (choose.chance(0.5)) values.getter(list, choose.int(count), values.bindable());
    return mangled(world, [named('array', list)]);
  }
  return mangled(world, list);
}

function namedValues(world, names) {
  const { choose, values } = world;
  const given = choose.chance(0.1) ? Object.create(null) : {};
  for (const name of names) {
    if (choose.chance(0.02)) continue;
    if (choose.chance(0.25)) values.getter(given, name, values.bindable());
    else given[name] = values.bindable();
  }
  return choose.chance(0.1) ? values.proxy(given) : named(`{${names.join()}}`, given);
}
