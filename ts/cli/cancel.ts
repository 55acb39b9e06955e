/** Ctrl-C and other requests to end: the first gives the work up, the second ends at once. */
import { constants } from 'node:os';

/** Why the work was given up. */
export class Cancelled extends Error {
  /** What a shell makes of a process that this signal has ended. */
  readonly status: number;

  constructor(signal: NodeJS.Signals) {
    super(signal === 'SIGINT' ? 'cancelled by Ctrl-C' : `cancelled by ${signal}`);
    this.status = statusOf(signal);
  }
}

const SIGNALS: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

const statusOf = (signal: NodeJS.Signals): number => 128 + (constants.signals[signal] ?? 0);

export class Cancelling {
  readonly #controller = new AbortController();
  readonly #listeners: [NodeJS.Signals, () => void][] = [];
  /** What is true of the database if the work ends here: for the message. */
  state = 'Nothing was changed.';
  /** Set where the work cannot be given up and is safe to leave: the process ends at once. */
  onLeave: (() => void) | undefined;

  /** Aborted by the first signal. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** The reason, once it was aborted. */
  get reason(): Cancelled | undefined {
    const { aborted, reason } = this.signal;
    return aborted ? (reason as Cancelled) : undefined;
  }

  /** Listens for signals. */
  listen(): void {
    for (const name of SIGNALS) {
      const heard = (): void => {
        if (this.signal.aborted) process.exit(statusOf(name));
        this.#controller.abort(new Cancelled(name));
        this.onLeave?.();
      };
      this.#listeners.push([name, heard]);
      process.on(name, heard);
    }
  }

  /**
   * For work on this thread, which hears of nothing meanwhile: from here on the system ends the process at once. What it
   * does must be safe to leave.
   */
  leaveToSystem(): void {
    for (const [name, heard] of this.#listeners.splice(0)) process.off(name, heard);
  }
}
