/** strftime in the C locale and the local time zone: what `%{format}t` of the formats of logs takes. */

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

const DAY = 86_400_000;

type Conversion = string | ((date: Date) => string);

/** A conversion is what it stands for, or other conversions. */
const CONVERSIONS: Readonly<Record<string, Conversion>> = {
  a: (date) => name(DAYS, date.getDay()).slice(0, 3),
  A: (date) => name(DAYS, date.getDay()),
  b: (date) => name(MONTHS, date.getMonth()).slice(0, 3),
  B: (date) => name(MONTHS, date.getMonth()),
  c: '%a %b %e %H:%M:%S %Y',
  C: (date) => pad(Math.floor(date.getFullYear() / 100)),
  d: (date) => pad(date.getDate()),
  D: '%m/%d/%y',
  e: (date) => pad(date.getDate(), 2, ' '),
  F: '%Y-%m-%d',
  g: (date) => pad(isoWeek(date).year % 100),
  G: (date) => String(isoWeek(date).year),
  h: '%b',
  H: (date) => pad(date.getHours()),
  I: (date) => pad(hour12(date)),
  j: (date) => pad(dayOfYear(date) + 1, 3),
  k: (date) => pad(date.getHours(), 2, ' '),
  l: (date) => pad(hour12(date), 2, ' '),
  m: (date) => pad(date.getMonth() + 1),
  M: (date) => pad(date.getMinutes()),
  n: () => '\n',
  p: (date) => (date.getHours() < 12 ? 'AM' : 'PM'),
  P: (date) => (date.getHours() < 12 ? 'am' : 'pm'),
  r: '%I:%M:%S %p',
  R: '%H:%M',
  s: (date) => String(Math.floor(date.getTime() / 1000)),
  S: (date) => pad(date.getSeconds()),
  t: () => '\t',
  T: '%H:%M:%S',
  u: (date) => String(date.getDay() || 7),
  U: (date) => pad(Math.floor((dayOfYear(date) + 7 - date.getDay()) / 7)),
  V: (date) => pad(isoWeek(date).week),
  w: (date) => String(date.getDay()),
  W: (date) => pad(Math.floor((dayOfYear(date) + 7 - ((date.getDay() + 6) % 7)) / 7)),
  x: '%m/%d/%y',
  X: '%H:%M:%S',
  y: (date) => pad(date.getFullYear() % 100),
  Y: (date) => String(date.getFullYear()),
  z: zone,
  Z: zoneName,
  '%': () => '%',
};

/** `%`, glibc's flags and width, C's modifiers for other calendars, and the conversion. */
const DIRECTIVE = /%([_\-0^#]*)(\d{0,3})[EO]?(.)/gs;

/** A time as text. What is no conversion stays as it is. */
export function strftime(format: string, date: Date): string {
  return format.replace(DIRECTIVE, (whole, flags: string, width: string, letter: string) => {
    const conversion = CONVERSIONS[letter];
    if (conversion === undefined) return whole;
    const text = typeof conversion === 'string' ? strftime(conversion, date) : conversion(date);
    return flags === '' && width === '' ? text : adjust(text, flags, Number(width));
  });
}

/** Applies glibc's flags: `-` no padding, `_` and `0` what to pad with, `^` and `#` the letter case. */
function adjust(text: string, flags: string, width: number): string {
  const [, padding = '', digits = ''] = /^([ 0]*)(\d+)$/.exec(text) ?? [];
  let adjusted = text;
  const filler = /[-_0](?=[^-_0]*$)/.exec(flags)?.[0];
  if (digits !== '' && filler === '-') adjusted = digits;
  else if (digits !== '' && filler !== undefined) {
    adjusted = (filler === '0' ? '0' : ' ').repeat(padding.length) + digits;
  }
  if (flags.includes('^')) adjusted = adjusted.toUpperCase();
  if (flags.includes('#')) adjusted = swapCase(adjusted);
  const fill =
    filler === '0' || (filler === undefined && digits !== '' && !padding.startsWith(' ')) ? '0' : ' ';
  return filler === '-' ? adjusted : adjusted.padStart(width, fill);
}

function swapCase(text: string): string {
  return text === text.toUpperCase() ? text.toLowerCase() : text.toUpperCase();
}

function name(names: readonly string[], index: number): string {
  return names[index] ?? '';
}

function pad(value: number, width = 2, filler = '0'): string {
  return String(value).padStart(width, filler);
}

function hour12(date: Date): number {
  return date.getHours() % 12 || 12;
}

function zone(date: Date): string {
  const minutes = -date.getTimezoneOffset();
  const size = Math.abs(minutes);
  return `${minutes < 0 ? '-' : '+'}${pad(Math.floor(size / 60))}${pad(size % 60)}`;
}

/** Languages whose speakers have abbreviations for their own time zones. */
const LOCALES = ['en-US', 'en-GB', 'en-AU', 'en-IN', 'en-ZA'];

/** `CET`, as far as English has abbreviations of zones; otherwise the offset. */
function zoneName(date: Date): string {
  for (const locale of LOCALES) {
    const parts = new Intl.DateTimeFormat(locale, { timeZoneName: 'short' }).formatToParts(date);
    const found = parts.find(({ type }) => type === 'timeZoneName')?.value ?? '';
    if (/^[A-Z]+$/.test(found)) return found;
  }
  return zone(date);
}

/** Days since the first of January. */
function dayOfYear(date: Date): number {
  const year = date.getFullYear();
  return Math.round((Date.UTC(year, date.getMonth(), date.getDate()) - Date.UTC(year, 0, 1)) / DAY);
}

/** The week that a day belongs to by ISO 8601: that of its Thursday. */
function isoWeek(date: Date): { year: number; week: number } {
  const thursday = new Date(
    Date.UTC(date.getFullYear(), date.getMonth(), date.getDate() + 4 - (date.getDay() || 7)),
  );
  const year = thursday.getUTCFullYear();
  return { year, week: Math.floor((thursday.getTime() - Date.UTC(year, 0, 1)) / DAY / 7) + 1 };
}
