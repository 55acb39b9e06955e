/** The hours of a day in which maintenance may disturb. Pure. */
import { refuseUnknown } from '../../options';

/** From a time of the day to another, which may be of the next day. */
export interface QuietHours {
  /** `'02:00'`: 24 hours, two digits each. */
  readonly from: string;
  /** Not included. */
  readonly to: string;
  /** Such as `'Europe/Berlin'`. Default: that of the process. */
  readonly timeZone?: string | undefined;
}

const MINUTES_OF_DAY = 24 * 60;

/**
 * A function that tells whether a moment lies in the quiet hours.
 *
 * @throws {TypeError} for a wrong time or time zone.
 */
export function quietHoursFrom(hours: unknown): (date: Date) => boolean {
  if (hours === undefined) return () => true;
  if (typeof hours !== 'object' || hours === null) {
    throw new TypeError('Expected the "quietHours" option to be an object with "from" and "to"');
  }
  refuseUnknown(hours, ['from', 'to', 'timeZone']);
  const { from, to, timeZone } = hours as QuietHours;
  const [first, last] = [minuteOf(from, 'from'), minuteOf(to, 'to')];
  const format = formatOf(timeZone);
  const length = (last - first + MINUTES_OF_DAY) % MINUTES_OF_DAY || MINUTES_OF_DAY;
  return (date) => (minuteOf(format.format(date), 'from') - first + MINUTES_OF_DAY) % MINUTES_OF_DAY < length;
}

function formatOf(timeZone: string | undefined): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat('en-GB', {
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
      timeZone,
    });
  } catch (cause) {
    throw new TypeError('Expected "timeZone" of the quiet hours to be a time zone such as "Europe/Berlin"', {
      cause,
    });
  }
}

function minuteOf(time: unknown, name: string): number {
  const match = typeof time === 'string' ? /^(?<hour>[01]\d|2[0-3]):(?<minute>[0-5]\d)$/.exec(time) : null;
  if (match === null)
    throw new TypeError(`Expected "${name}" of the quiet hours to be a time such as "02:00"`);
  return Number(match.groups!['hour']) * 60 + Number(match.groups!['minute']);
}
