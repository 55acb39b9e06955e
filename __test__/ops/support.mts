/** What the tests of operations share. */

/** Options of health checks, so that no answer depends on how fast the machine is. */
export const PATIENT = { deadlineMs: 60_000 };
