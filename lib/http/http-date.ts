const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** The three forms of RFC 9110, 5.6.7: the usual one, that of RFC 850, that of C's asctime. */
const FORMS: readonly RegExp[] = [
  /^[A-Za-z]{3}, (?<day>\d{2}) (?<month>[A-Z][a-z]{2}) (?<year>\d{4}) (?<time>\d\d:\d\d:\d\d) GMT$/,
  /^[A-Za-z]{6,9}, (?<day>\d{2})-(?<month>[A-Z][a-z]{2})-(?<year>\d{2}) (?<time>\d\d:\d\d:\d\d) GMT$/,
  /^[A-Za-z]{3} (?<month>[A-Z][a-z]{2}) (?<day>[ \d]\d) (?<time>\d\d:\d\d:\d\d) (?<year>\d{4})$/,
];

/** The seconds since 1970 that a date in a header stands for; undefined when it is none. */
export function parseHttpDate(text: string): number | undefined {
  for (const form of FORMS) {
    const { day = '', month = '', year = '', time = '' } = form.exec(text)?.groups ?? {};
    const number = MONTHS.indexOf(month);
    if (number < 0) continue;
    const [hours = 0, minutes = 0, seconds = 0] = time.split(':').map(Number);
    if (hours > 23 || minutes > 59 || seconds > 60) return undefined;
    return Date.UTC(fullYear(year), number, Number(day), hours, minutes, seconds) / 1000;
  }
  return undefined;
}

/** A year of two digits is one of the century around 2000, as in Apache. */
function fullYear(text: string): number {
  const year = Number(text);
  if (text.length > 2) return year;
  return year < 70 ? 2000 + year : 1900 + year;
}
