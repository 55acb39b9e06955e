// Runs named checks one after the other; results are plain data, so that a worker can post them.

/** Thrown by a check that this runtime or this state of the package cannot run. */
class Skipped extends Error {}

async function runChecks(place, checks, fixture) {
  const results = [];
  for (const [name, check] of Object.entries(checks)) {
    try {
      await check(fixture);
      results.push({ place, name, outcome: 'passed' });
    } catch (error) {
      const isSkip = error instanceof Skipped;
      const detail = isSkip ? `        ${error.message}` : String(error?.stack ?? error);
      results.push({ place, name, outcome: isSkip ? 'skipped' : 'failed', detail });
    }
  }
  return results;
}

module.exports = { runChecks, Skipped };
