/** Where a transaction or a snapshot was asked for. */

/**
 * The stack of who has called a method.
 *
 * V8 notes the frames at once and makes text of them when it is asked for: of most it never is, and making it
 * would be a fifth of what a transaction costs the main thread.
 */
export class Origin {
  readonly #here: Error;

  /** @param here - Made in the method. */
  constructor(here: Error) {
    this.#here = here;
  }

  /** The lines of the stack behind that of the method itself. */
  get lines(): string {
    return (this.#here.stack ?? '').split('\n').slice(2).join('\n');
  }
}
