/** Several steps of one run need the same thing: it is tried once, and its failure is theirs too. */
export function once(action) {
  let outcome;
  return () => (outcome ??= action());
}
