import type { CallData, CallValue } from '../../isapi/call-values.js';

/** A value of a call: texts in quotation marks, addresses and flags as they are. */
export function formatValue(value: CallValue): string {
  if (typeof value === 'number') return String(value);
  if (typeof value === 'object') return formatData(value);
  return SYMBOL.test(value) ? value : `"${escapeText(value)}"`;
}

/** Values that need no quotation marks: addresses, and numbers with the names of their flags. */
const SYMBOL = /^(?:0x[0-9a-f]+(?: \(?[A-Z][A-Z0-9_|]*\)?)?|NULL)$/;

/** How many bytes there were, and the first of them. */
export function formatData({ size, first }: CallData): string {
  const bytes = count(size, 'byte');
  return size === 0 || first === '' ? bytes : `${bytes} ${formatFirst({ size, first })}`;
}

/** The first bytes of some data; what follows them shows as dots. */
export function formatFirst({ size, first }: CallData): string {
  return `"${escapeBytes(first)}"${first.length < size ? '...' : ''}`;
}

/** `1 byte`, `2 bytes`. */
export function count(number: number, unit: string): string {
  return `${String(number)} ${unit}${number === 1 ? '' : 's'}`;
}

const ESCAPES: Readonly<Record<string, string>> = {
  '\r': '\\r',
  '\n': '\\n',
  '\t': '\\t',
  '\0': '\\0',
  '"': '\\"',
  '\\': '\\\\',
};

function escapeText(text: string): string {
  return text.replace(/["\\\p{Cc}]/gu, escapeCharacter);
}

function escapeBytes(bytes: string): string {
  return bytes.replace(/[^\x20-\x7e]|["\\]/g, escapeCharacter);
}

function escapeCharacter(character: string): string {
  return ESCAPES[character] ?? `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
}

/** A time in milliseconds since 1970. */
export function formatTime(time: number): string {
  return new Date(time).toISOString().replace('T', ' ').replace('Z', ' UTC');
}

/** Microseconds as milliseconds with three decimals. */
export function formatMilliseconds(microseconds: number): string {
  return (microseconds / 1000).toFixed(3);
}

/** A duration in the unit that suits it. */
export function formatMicroseconds(microseconds: number): string {
  if (microseconds < 1000) return `${String(Math.max(0, Math.round(microseconds)))} µs`;
  if (microseconds < 10_000) return `${(microseconds / 1000).toFixed(2)} ms`;
  if (microseconds < 100_000) return `${(microseconds / 1000).toFixed(1)} ms`;
  if (microseconds < 1_000_000) return `${(microseconds / 1000).toFixed(0)} ms`;
  return `${(microseconds / 1_000_000).toFixed(1)} s`;
}
