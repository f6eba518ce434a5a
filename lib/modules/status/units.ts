const DURATIONS = [
  { name: 'day', seconds: 86_400 },
  { name: 'hour', seconds: 3600 },
  { name: 'minute', seconds: 60 },
  { name: 'second', seconds: 1 },
] as const;

/** Seconds in words, as mod_status has them: "1 day 2 hours 3 minutes 4 seconds". */
export function durationText(seconds: number): string {
  let left = Math.max(0, Math.floor(seconds));
  const words: string[] = [];
  for (const { name, seconds: unit } of DURATIONS) {
    const count = Math.floor(left / unit);
    left -= count * unit;
    if (count > 0 || (words.length > 0 && unit < 86_400))
      words.push(`${count} ${name}${count === 1 ? '' : 's'}`);
  }
  return words.length === 0 ? '0 seconds' : words.join(' ');
}

/** Seconds in few characters: the two largest units, such as "2 d 3 h" or "4 min 5 s". */
export function shortDuration(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const [days, hours] = [Math.floor(whole / 86_400), Math.floor(whole / 3600) % 24];
  const [minutes, rest] = [Math.floor(whole / 60) % 60, whole % 60];
  if (days > 0) return `${days} d ${hours} h`;
  if (hours > 0) return `${hours} h ${minutes} min`;
  return minutes > 0 ? `${minutes} min ${rest} s` : `${rest} s`;
}

/** A time that something took, with three digits that count. */
export function millisecondsText(milliseconds: number): string {
  if (milliseconds <= 0) return '0';
  if (milliseconds < 1) return `${Math.max(1, Math.round(milliseconds * 1000))} µs`;
  if (milliseconds < 999.5) return `${digits(milliseconds)} ms`;
  const seconds = milliseconds / 1000;
  return seconds < 99.5 ? `${digits(seconds)} s` : shortDuration(seconds);
}

const BYTES = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

/** Bytes with three digits that count. */
export function bytesText(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < BYTES.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${unit === 0 ? String(Math.round(value)) : digits(value)} ${BYTES[unit] ?? ''}`;
}

/** A number with a thin space between thousands. */
export function countText(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(?:\d{3})+$)/g, '\u202f');
}

/** A rate: whole numbers from 100 on, else three digits that count. */
export function rateText(value: number): string {
  return value >= 100 ? countText(value) : digits(value);
}

function digits(value: number): string {
  if (value >= 100) return value.toFixed(0);
  return value >= 10 ? value.toFixed(1) : value === 0 ? '0' : value.toFixed(2);
}
