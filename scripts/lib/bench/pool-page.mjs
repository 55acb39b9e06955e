// The tables of pools in docs/performance.md.
import { IDLE } from '../../../benches/js/pool/delay.mjs';
import { MAIN, POOL, WORKER } from '../../../benches/js/pool/ways.mjs';

const MIB = 2 ** 20;

const number = (value, digits = 3) => {
  if (value >= 10 ** digits) return Math.round(value).toLocaleString('en-US');
  return String(Number(value.toPrecision(digits)));
};
const ms = ({ median }) => `${number(median)} ms`;
const whole = ({ median }) => Math.round(median).toLocaleString('en-US');

/** @param {Function} table of cells, as the rest of the page has them */
export function poolTables({ pool, disk }, table) {
  const find = (wanted) =>
    pool.find((each) => Object.entries(wanted).every(([name, value]) => each[name] === value))?.figures;

  function mainThread() {
    const rows = [POOL, WORKER, MAIN, IDLE].map((way) => {
      const cpu = find({ measure: 'rows', way });
      const { p50Ms, p99Ms, maxMs } = find({ measure: 'delay', way });
      return [way, cpu ? ms(cpu.cpuMs) : '–', ms(p50Ms), ms(p99Ms), ms(maxMs)];
    });
    const head = ['', 'CPU of the main thread for 10,000 rows', 'delay, p50', 'p99', 'max'];
    return table(head, rows);
  }

  function reads() {
    const ways = pool
      .filter(({ measure, query }) => measure === 'reads' && query === 'aggregate')
      .map(({ way, readers }) => ({ way, readers }));
    const rows = ways.map(({ way, readers }) => {
      const title = readers === undefined ? way : `${way}, readers: ${readers}`;
      const cells = ['aggregate', 'key'].flatMap((query) => {
        const { perSecond, coresUsed } = find({ measure: 'reads', query, way, readers });
        return [whole(perSecond), coresUsed.median.toFixed(2)];
      });
      return [title].concat(cells);
    });
    return table(['', 'aggregates of 20,000 rows / s', 'cores used', 'rows by key / s', 'cores used'], rows);
  }

  function writes() {
    const measured = pool.filter(({ measure }) => measure === 'writes');
    const callers = [...new Set(measured.map((each) => each.callers).filter(Boolean))];
    const rows = ['NORMAL', 'FULL'].flatMap((synchronous) => {
      const peer = find({ measure: 'writes', synchronous, way: MAIN });
      const own = callers.map((count) => {
        const [grouped, alone] = [true, false].map((group) =>
          find({ measure: 'writes', synchronous, way: POOL, callers: count, group }),
        );
        const ratio = (figures) => (figures.perSecond.median / peer.perSecond.median).toFixed(1);
        return [
          synchronous,
          String(count),
          whole(grouped.perSecond),
          ratio(grouped),
          grouped.writesPerGroup === null ? '–' : number(grouped.writesPerGroup.median, 2),
          whole(alone.perSecond),
          ratio(alone),
          whole(peer.perSecond),
          ms(grouped.fsyncMs),
        ];
      });
      return own;
    });
    const head = ['synchronous', 'callers', 'grouped / s', '/ better-sqlite3', 'in a group'];
    return table(
      head.concat('transaction() / s', '/ better-sqlite3', 'better-sqlite3 / s', 'an fsync'),
      rows,
    );
  }

  function fairness() {
    const rows = [POOL, MAIN].map((way) => {
      const figures = find({ measure: 'fairness', way });
      const { p50Ms, p99Ms, maxMs, perSecond, leastOfAProcess, mostOfAProcess, failed } = figures;
      const waits = [p50Ms, p99Ms, maxMs].map(ms);
      const counts = [perSecond, leastOfAProcess, mostOfAProcess, failed].map(whole);
      return [way].concat(waits, counts);
    });
    const titles = ['writes / s', 'by the slowest process', 'by the fastest process', 'failed'];
    return table(['', 'wait, p50', 'p99', 'max', ...titles], rows);
  }

  function streams() {
    const how = { [POOL]: '`iterate()`', [WORKER]: 'posts 1,000 rows at a time', [MAIN]: '`all()`' };
    const rows = Object.entries(how).map(([way, text]) => {
      const { growthBytes } = find({ measure: 'stream', way });
      return [way, text, `${number(growthBytes.median / MIB)} MiB`];
    });
    return table(['', '', 'growth of the process'], rows, 2);
  }

  return [
    'The main thread: what 10,000 rows of 8 columns take of it, and how late a timer of 1 ms is while a query of one second runs.',
    mainThread(),
    'Reads of 16 callers that ask again when they have their answer.',
    reads(),
    `Acknowledged inserts, on \`${disk}\`. A caller inserts again when its insert is committed; better-sqlite3 does one transaction after the other.`,
    writes(),
    'Eight processes that insert row after row into one file, better-sqlite3 with a busy timeout of 10 seconds: how long an insert waits and takes.',
    fairness(),
    'A million rows for a consumer that awaits a millisecond after every thousand.',
    streams(),
  ].join('\n\n');
}
