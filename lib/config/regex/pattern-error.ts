/** What is wrong with a pattern, and where in it. @internal */
export class PatternError extends Error {
  /** bytes before it */
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}
