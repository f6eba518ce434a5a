import { Slot } from '../config/settings.js';

/** How long a stage of receiving a request may take. Times in seconds; 0: no limit. */
export interface StageTime {
  readonly initial: number;
  /** what received data may extend it to; 0: any time */
  readonly most: number;
  /** bytes that add a second; 0: data adds nothing */
  readonly rate: number;
}

/** What RequestReadTimeout says. */
export interface RequestTimes {
  readonly handshake: StageTime;
  readonly header: StageTime;
  readonly body: StageTime;
}

export const REQUEST_TIMES = new Slot<RequestTimes>('reqtimeout', {
  handshake: { initial: 0, most: 0, rate: 0 },
  header: { initial: 20, most: 40, rate: 500 },
  body: { initial: 20, most: 0, rate: 500 },
});

/**
 * How long a stage may take when so many bytes of it have come.
 * @returns seconds; Infinity without a limit
 */
export function timeAllowed({ initial, most, rate }: StageTime, bytes: number): number {
  if (initial === 0) return Infinity;
  const extended = initial + (rate > 0 ? bytes / rate : 0);
  return most > 0 ? Math.min(extended, most) : extended;
}
