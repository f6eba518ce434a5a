/** The byte string (one character per byte) of a text: the form in which requests carry paths and file names. */
export function toByteString(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}
