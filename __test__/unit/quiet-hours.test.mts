// Which moments lie in quiet hours.
import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';

const { quietHoursFrom } = createRequire(import.meta.url)(
  '../../dist/ops/maintenance/quiet-hours.js',
) as typeof import('../../ts/ops/maintenance/quiet-hours.ts');

describe('quiet hours', () => {
  const at = (text: string): Date => new Date(`2026-03-29T${text}:00Z`);

  it.each([
    ['02:00', '05:00', ['02:00', '04:59'], ['01:59', '05:00', '12:00']],
    ['22:30', '01:15', ['22:30', '23:59', '00:00', '01:14'], ['01:15', '22:29']],
    ['00:00', '00:00', ['00:00', '12:00'], []],
  ])('from %s to %s', (from, to, inside, outside) => {
    const isQuiet = quietHoursFrom({ from, to, timeZone: 'UTC' });
    expect(inside.map((text) => isQuiet(at(text)))).toEqual(inside.map(() => true));
    expect(outside.map((text) => isQuiet(at(text)))).toEqual(outside.map(() => false));
  });

  it('are those of a time zone, summer time included', () => {
    const isQuiet = quietHoursFrom({ from: '03:00', to: '04:00', timeZone: 'Europe/Berlin' });
    expect([at('00:59'), at('01:00'), at('01:59'), at('02:00')].map(isQuiet)).toEqual([
      false,
      true,
      true,
      false,
    ]);
  });
});
