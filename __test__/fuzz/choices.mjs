// The random choices of the fuzzer. Each step has a generator of its own, so that what a step does to its
// objects does not change which steps follow.
import { seededRandom } from '../../benches/js/random.mjs';

export class Choices {
  #next;

  constructor(seed, step) {
    this.#next = seededRandom(Math.imul(seed | 0, 0x9e3779b1) ^ Math.imul(step + 1, 0x85ebca6b));
  }

  /** A whole number from 0 to below `limit`. */
  int(limit) {
    return Math.floor(this.#next() * limit);
  }

  /** True in a fraction of all cases. */
  chance(fraction) {
    return this.#next() < fraction;
  }

  /** One of a list; undefined when it is empty. */
  pick(list) {
    return list[this.int(list.length)];
  }

  /** One of a table from names to weights. */
  weighted(table) {
    let at = this.#next() * Object.values(table).reduce((sum, weight) => sum + weight, 0);
    for (const [name, weight] of Object.entries(table)) {
      at -= weight;
      if (at < 0) return name;
    }
    return Object.keys(table)[0];
  }
}
