// Hostile calls on pools and fleets, with a new seed in each process, until the time is up. A finding ends the run and
// prints its seed and round; see ../fuzz/pools. What threads do meanwhile differs from run to run.
import { fuzzPools } from '../fuzz/pools/run.mjs';
import { soakRounds } from '../fuzz/soak-rounds.mjs';

const { calls, seeds } = await soakRounds('fuzz-pools', fuzzPools);
console.log(`${calls} calls (${seeds}): each answered, with its value or an error that is documented`);
