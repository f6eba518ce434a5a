/** Milliseconds in each unit of a duration. */
const DURATION_UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  '': 1000,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** Bytes in each unit of a size. */
const SIZE_UNITS: Readonly<Record<string, number>> = { '': 1, K: 1024, M: 1024 ** 2, G: 1024 ** 3 };

/** A duration in milliseconds: a whole number of seconds, or of the unit after it (`ms`, `s`, `m`, `h`, `d`). */
export function parseDuration(text: string): number | undefined {
  return parseUnits(text, DURATION_UNITS, (unit) => unit.toLowerCase());
}

/** A size in bytes: a whole number of bytes, or of the unit after it (`K`, `M`, `G`, of 1024 each). */
export function parseSize(text: string): number | undefined {
  return parseUnits(text, SIZE_UNITS, (unit) => unit.toUpperCase());
}

/** A whole number, written in digits. */
export function parseInteger(text: string): number | undefined {
  return parseUnits(text, { '': 1 }, (unit) => unit);
}

/** A duration as it would be written. */
export function formatDuration(milliseconds: number): string {
  return formatUnits(milliseconds, DURATION_UNITS, ['d', 'h', 'm', 's', 'ms']);
}

/** A size as it would be written. */
export function formatSize(bytes: number): string {
  return formatUnits(bytes, SIZE_UNITS, ['G', 'M', 'K', '']);
}

function parseUnits(
  text: string,
  units: Readonly<Record<string, number>>,
  fold: (unit: string) => string,
): number | undefined {
  const found = /^(\d{1,15})\s*([a-z]*)$/i.exec(text);
  const factor = units[fold(found?.[2] ?? '')];
  if (!found || factor === undefined) return undefined;
  const value = Number(found[1]) * factor;
  return Number.isSafeInteger(value) ? value : undefined;
}

function formatUnits(
  value: number,
  units: Readonly<Record<string, number>>,
  order: readonly string[],
): string {
  if (value === 0) return '0';
  const unit = order.find((each) => value % (units[each] ?? 1) === 0) ?? '';
  return `${value / (units[unit] ?? 1)}${unit}`;
}
