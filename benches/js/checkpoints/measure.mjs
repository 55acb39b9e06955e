// One run of load.mjs, for `npm run bench -- checkpoints`: takes its argument and prints its result as JSON.
import { underLoad } from './load.mjs';

console.log(JSON.stringify(await underLoad(JSON.parse(process.argv[2]))));
