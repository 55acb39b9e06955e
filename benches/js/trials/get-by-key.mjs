import { BY_KEY, KEYS, fillKeyTable } from '../key-table.mjs';

export const title = 'get of 100,000 by key';
export const unit = 'call';
export const unitsPerRun = 1;
export const setUp = fillKeyTable;

export const floor = { sql: BY_KEY, parameters: KEYS.map((key) => [key]) };

export function prepare(db) {
  const statement = db.prepare(BY_KEY);
  let next = 0;
  return {
    run(count) {
      let row;
      for (let done = 0; done < count; done++) row = statement.get(KEYS[next++ % KEYS.length]);
      return row;
    },
    answer: () => [KEYS[0], KEYS[1], 0].map((key) => statement.get(key) ?? null),
  };
}
