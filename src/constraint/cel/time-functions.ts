import { type CelFunc, CelScalar, celMethod, objectType } from '@bufbuild/cel';
import { shiftToZone, zoneFormat } from './time-zone.ts';

const TIMESTAMP = objectType('google.protobuf.Timestamp');
const DAY_MS = 86_400_000;

/** The fields of a timestamp by the names of their functions. Months and days of month and year count from 0, as in CEL. */
const FIELDS: Readonly<Record<string, (shown: Date) => number>> = {
  getFullYear: (shown) => shown.getUTCFullYear(),
  getMonth: (shown) => shown.getUTCMonth(),
  getDate: (shown) => shown.getUTCDate(),
  getDayOfMonth: (shown) => shown.getUTCDate() - 1,
  getDayOfWeek: (shown) => shown.getUTCDay(),
  getDayOfYear: (shown) => Math.floor((shown.getTime() - Date.UTC(shown.getUTCFullYear(), 0, 1)) / DAY_MS),
  getHours: (shown) => shown.getUTCHours(),
  getMinutes: (shown) => shown.getUTCMinutes(),
  getSeconds: (shown) => shown.getUTCSeconds(),
  getMilliseconds: (shown) => shown.getUTCMilliseconds(),
};

/**
 * The accessors of timestamps, in place of the library's: those go through the host's time zone, so an hour that daylight
 * saving skips there reads wrong, and they make a formatter on every call.
 */
export function timeFunctions(): CelFunc[] {
  // Zones are literals, checked when the expression is compiled: as many formatters as there are zones in policies.
  const formats = new Map<string, Intl.DateTimeFormat>();
  const formatOf = (zone: string): Intl.DateTimeFormat => {
    const format = formats.get(zone) ?? zoneFormat(zone);
    formats.set(zone, format);
    return format;
  };
  return Object.entries(FIELDS).flatMap(([name, field]) => [
    celMethod(name, TIMESTAMP, [], CelScalar.INT, function () {
      return BigInt(field(new Date(millisecondsOf(this.message))));
    }),
    celMethod(name, TIMESTAMP, [CelScalar.STRING], CelScalar.INT, function (zone) {
      return BigInt(field(shiftToZone(millisecondsOf(this.message), zone, formatOf)));
    }),
  ]);
}

function millisecondsOf(message: unknown): number {
  const { seconds, nanos } = message as { seconds: bigint; nanos: number };
  return Number(seconds) * 1000 + Math.floor(nanos / 1e6);
}
