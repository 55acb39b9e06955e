// Plain text for a terminal of 100 columns: numbers, durations, tables and a progress bar.

const BAR_WIDTH = 30;

export const number = (value) => value.toLocaleString('en-US');

export function milliseconds(ms) {
  if (ms >= 1000) return `${(ms / 1000).toFixed(2)} s`;
  return `${ms.toFixed(ms < 10 ? 2 : 0)} ms`;
}

/** `2.1x faster` when ours takes 10 ms and the peer 21 ms. */
export function ratio(oursMs, peerMs) {
  const faster = peerMs / oursMs;
  const [factor, word] = faster >= 1 ? [faster, 'faster'] : [1 / faster, 'slower'];
  return factor < 1.05 ? 'equal' : `${factor.toFixed(1)}x ${word}`;
}

/** Rows as they come from `all()`, under the names of their columns; numbers to the right. */
export function table(rows) {
  const names = Object.keys(rows[0]);
  const lines = [names, ...rows.map((row) => names.map((name) => show(row[name], name)))];
  const isNumber = names.map((name) => rows.every((row) => typeof row[name] === 'number'));
  const widths = names.map((_, column) => Math.max(...lines.map((line) => length(line[column]))));
  lines.splice(
    1,
    0,
    widths.map((width) => '-'.repeat(width)),
  );
  return lines.map((line) => `  ${line.map(pad).join('  ')}`.trimEnd()).join('\n');

  function pad(cell, column) {
    const gap = ' '.repeat(widths[column] - length(cell));
    return isNumber[column] ? gap + cell : cell + gap;
  }
}

function show(value, name) {
  if (value === null) return 'NULL';
  if (typeof value !== 'number' || name === 'id') return String(value);
  return value.toLocaleString('en-US', { maximumFractionDigits: 5 });
}

/** In code points, which is what these names need; `length` counts UTF-16 units. */
const length = (text) => [...text].length;

/** The comparison's lines, printed one by one: fixed columns, 100 characters with two peers. */
export function comparisonLines(ours, peers) {
  const line = (title, time, others) => {
    const beside = others.map(([peerTime, verdict]) => `${peerTime.padStart(15)} ${verdict.padEnd(12)}`);
    return `  ${title.padEnd(32)}${time.padStart(10)}${beside.join('')}`.trimEnd();
  };
  return {
    head: line(
      '',
      ours,
      peers.map((peer) => [peer, '']),
    ),
    of: ({ title, medianMs }) => {
      const beside = peers.map((peer) => [
        milliseconds(medianMs[peer]),
        ratio(medianMs[ours], medianMs[peer]),
      ]);
      return line(title, milliseconds(medianMs[ours]), beside);
    },
  };
}

/**
 * A bar that redraws its line on a terminal, and prints a line per quarter elsewhere (a log).
 * Returns `update(done)`.
 */
export function progressBar(total, unit, stream = process.stdout) {
  let nextQuarter = 1;
  return (done) => {
    const share = total === 0 ? 1 : done / total;
    const line = `  ${bar(share)} ${`${Math.floor(share * 100)}`.padStart(3)} %  ${number(done)} ${unit}`;
    if (stream.isTTY) {
      stream.write(`\r${line}${done >= total ? '\n' : ''}`);
    } else if (share * 4 >= nextQuarter) {
      nextQuarter = Math.floor(share * 4) + 1;
      stream.write(`${line}\n`);
    }
  };
}

function bar(share) {
  const filled = Math.round(share * BAR_WIDTH);
  return `[${'#'.repeat(filled)}${'.'.repeat(BAR_WIDTH - filled)}]`;
}
