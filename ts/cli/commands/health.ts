/** `ferrolite health` */
import { defineCommand, STATUS } from '../command';
import { locate, ops } from '../database';
import { reporting } from '../options';
import type { Tone } from '../output';
import { bytes, duration, printable } from '../text';

const TONES: Readonly<Record<string, Tone>> = {
  ok: 'good',
  degraded: 'warning',
  unhealthy: 'bad',
  skipped: 'faint',
};

export const command = defineCommand({
  description: [
    'Checks that the database can be opened, read and written, that its log is small enough and its disk has space. Writes nothing.',
    'The status is 1 when one check is degraded (somebody should look) or unhealthy (it does not serve).',
  ],
  options: {
    ...reporting,
    'deadline-ms': {
      type: 'integer',
      value: 'n',
      description: 'When the answer must be there. Default 500.',
    },
    'max-wal-bytes': {
      type: 'integer',
      value: 'n',
      description: 'A larger log is degraded. Default 268435456, 256 MiB.',
    },
    'min-available-bytes': {
      type: 'integer',
      value: 'n',
      description: 'Less space on the disk is degraded. Default 64 MiB, or a tenth of the database.',
    },
  },
  examples: [
    ['ferrolite health --db app.db', 'All checks, one on each line.'],
    ['ferrolite health --db app.db --quiet || systemctl reload app', 'In a script: by the exit status.'],
    ['ferrolite health --db app.db --json | jq .checks.wal', 'For monitoring.'],
  ],
  async run({ values, output, cancelling }) {
    const { name, path } = locate(values.db);
    const { httpStatus: _, ...result } = await ops().checkHealth(name, {
      deadlineMs: values['deadline-ms'],
      maxWalBytes: values['max-wal-bytes'],
      minAvailableBytes: values['min-available-bytes'],
    });
    cancelling.signal.throwIfAborted();
    const checks = Object.entries(result.checks as unknown as Record<string, Check>);
    const rows = checks.map(([check, found]) => [check, found.status, remark(found)]);
    const tones = checks.map(([, { status }]) => TONES[status]);
    const verdict = output.tone(TONES[result.status] ?? 'strong', result.status);
    const lines = [
      `${printable(path)} is ${verdict} (${duration(result.durationMs)})`,
      ...output.rows(rows, tones, '  '),
    ];
    const isFine = result.status === 'ok';
    await output.result({ database: path, ...result }, lines, isFine);
    return isFine ? STATUS.ok : STATUS.finding;
  },
});

type Check = { readonly status: string; readonly reason?: string } & Readonly<Record<string, unknown>>;

/** The reason, or what was measured. */
function remark(check: Check): string {
  if (check.reason !== undefined) return printable(check.reason);
  return Object.entries(check)
    .filter((entry): entry is [string, number] => typeof entry[1] === 'number')
    .map(([name, value]) => measured(name, value))
    .join(', ');
}

/** `availableBytes: 5` is `available 5 bytes`. */
function measured(name: string, value: number): string {
  const words = name
    .replace(/(?:Bytes|Ms)$/, '')
    .replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  if (name === 'bytes') return bytes(value);
  if (name === 'durationMs') return duration(value);
  return `${words} ${name.endsWith('Bytes') ? bytes(value) : name.endsWith('Ms') ? duration(value) : String(value)}`;
}
