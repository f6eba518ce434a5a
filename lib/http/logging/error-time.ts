import { strftime } from './strftime.js';

/** The day and the second of the last time that was written, which are made anew once a second. */
let second = -1;
let dayText = '';
let clockText = '';
let yearText = '';

/**
 * A time as `%t` of ErrorLogFormat writes it, in the local time zone.
 * @param time milliseconds since 1970 with a fraction
 * @param options of the letters u (microseconds), m (milliseconds), c (ISO 8601) and z (time zone), or a format with %
 */
export function errorTime(time: number, options: string): string {
  if (options.includes('%')) return strftime(options, new Date(time));
  const now = Math.floor(time / 1000);
  if (now !== second) {
    const date = new Date(now * 1000);
    second = now;
    dayText = strftime('%a %b %d', date);
    clockText = strftime('%H:%M:%S', date);
    yearText = strftime('%Y', date);
  }
  const clock = clockText + fraction(time, options);
  const zone = options.includes('z') ? ` ${strftime('%z', new Date(time))}` : '';
  if (options.includes('c')) return `${strftime('%F', new Date(time))} ${clock}${zone}`;
  return `${dayText} ${clock} ${yearText}${zone}`;
}

function fraction(time: number, options: string): string {
  const thousandths = time % 1000;
  // As in Apache the finer of the two counts.
  if (options.includes('u')) return `.${String(Math.floor(thousandths * 1000)).padStart(6, '0')}`;
  return options.includes('m') ? `.${String(Math.floor(thousandths)).padStart(3, '0')}` : '';
}

/** A time in ISO 8601 with microseconds, of the zone UTC. */
export function isoTime(time: number): string {
  const micros = Math.floor((time % 1) * 1000);
  return `${new Date(time).toISOString().slice(0, -1)}${String(micros).padStart(3, '0')}Z`;
}
