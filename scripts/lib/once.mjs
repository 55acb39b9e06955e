/** Several steps of one run need the same thing: it is tried once, and its failure is theirs too. The first call's arguments count. */
export function once(action) {
  let outcome;
  return (...args) => (outcome ??= action(...args));
}
