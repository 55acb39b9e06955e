// Kills writers until the time is up; see ../crash/killed-writer.mjs and ../crash/killed-pool.mjs.
import { parseArgs } from 'node:util';
import { seededRandom } from '../../benches/js/random.mjs';
import { killPools } from '../crash/killed-pool.mjs';
import { killWriters } from '../crash/killed-writer.mjs';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '120' },
    seed: { type: 'string', default: String(Date.now() >>> 0) },
  },
});
const seed = Number(values.seed);
const random = seededRandom(seed);
const end = performance.now() + Number(values.seconds) * 1000;
console.log(`seed ${seed}`);

let kills = 0;
let transactions = 0;
let poolKills = 0;
let poolWrites = 0;
for (let round = 0; performance.now() < end; round += 1) {
  const profile = round % 2 === 0 ? 'default' : 'durable';
  transactions += await killWriters({ kills: 10, random, profile, onKill: () => (kills += 1) });
  console.log(`${kills} kills, ${transactions} transactions acknowledged, none lost`);
  poolWrites += await killPools({ kills: 10, random, profile, onKill: () => (poolKills += 1) });
  console.log(
    `${poolKills} kills of pools, ${poolWrites} writes answered, none otherwise than the file has it`,
  );
}
console.log(
  `seed ${seed}: ${kills + poolKills} kills, ${transactions} transactions and ${poolWrites} writes of pools acknowledged, ` +
    'none lost, every file sound',
);
