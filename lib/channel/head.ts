import type { HeaderLine } from '../isapi/header-block.js';
import type { ResponseHead } from '../isapi/response-head.js';

/** A response head as it crosses the channel; the status is the frame's argument. */
export interface ReceivedHead {
  readonly status: number;
  /** undefined: the standard phrase */
  readonly reason: string | undefined;
  /** false: only a status was given */
  readonly hasBlock: boolean;
  /** the extension gave a Content-Length that is none: the server does not add the right one either */
  readonly lengthDropped?: boolean;
  readonly headers: readonly HeaderLine[];
}

/** The payload of a HEAD frame: a mark, the reason, then names and values, each ended by NUL. */
export function encodeHead(head: ResponseHead): string {
  const mark = head.lengthDropped ? 'D' : head.hasBlock ? 'B' : 'S';
  let text = mark + (head.reason === undefined ? '-' : `+${head.reason}`);
  for (const [name, value] of head.headers) text += `\0${name}\0${value}`;
  return text;
}

/** The opposite of encodeHead. */
export function decodeHead(payload: Buffer, status: number): ReceivedHead {
  const items = payload.toString('latin1').split('\0');
  const first = items[0] ?? 'S-';
  const headers: HeaderLine[] = [];
  for (let i = 1; i + 1 < items.length; i += 2) headers.push([items[i] ?? '', items[i + 1] ?? '']);
  const lengthDropped = first.startsWith('D');
  return {
    status,
    reason: first[1] === '+' ? first.slice(2) : undefined,
    hasBlock: lengthDropped || first.startsWith('B'),
    lengthDropped,
    headers,
  };
}
