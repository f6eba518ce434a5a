/** Bytes of which only the first are kept. */
export interface CallData {
  /** how many bytes there were */
  readonly size: number;
  /** the first of them, a byte string; secrets are masked by asterisks */
  readonly first: string;
}

/** A value of a call: a number, a text, an address as "0x..." or "NULL", or data. */
export type CallValue = number | string | CallData;

/** Named values in the order in which they are shown. */
export type CallFields = Readonly<Record<string, CallValue>>;
