/** A fixed offset such as `+02:00`, with its parts. */
const OFFSET = /^([+-]?)([01][0-9]|2[0-3]):([0-5][0-9])$/;

/** Whether `text` is `UTC`, a fixed offset (`+02:00`) or a name of the IANA time zone database. */
export function isTimeZone(text: string): boolean {
  // Asking for the first zone by name loads the time zone database, some 15 ms.
  if (text === 'UTC' || OFFSET.test(text)) return true;
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: text }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

/**
 * The moment whose UTC fields are what a clock in `zone` shows at `ms` since the epoch.
 *
 * `formatOf` makes the formatter of an IANA zone; it is a parameter so that the caller can keep what is slow to make.
 */
export function shiftToZone(ms: number, zone: string, formatOf: (zone: string) => Intl.DateTimeFormat): Date {
  if (zone === 'UTC') return new Date(ms);
  const [, sign, hours, minutes] = OFFSET.exec(zone) ?? [];
  if (hours !== undefined) {
    const offsetMs = (Number(hours) * 60 + Number(minutes)) * 60_000;
    return new Date(sign === '-' ? ms - offsetMs : ms + offsetMs);
  }
  const parts = new Map(
    formatOf(zone)
      .formatToParts(ms)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const of = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0;
  const shown = Date.UTC(of('year'), of('month') - 1, of('day'), of('hour'), of('minute'), of('second'));
  return new Date(shown + (((ms % 1000) + 1000) % 1000));
}

/** The formatter that `shiftToZone` reads. Takes about 50 µs to make. */
export function zoneFormat(zone: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat('en-US', {
    calendar: 'iso8601',
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
}
