import type { Place } from './place.js';
import type { Problems } from './problems.js';

/** Characters in a line after continuations were joined: MAX_STRING_LEN of Apache's `httpd.h`. */
export const MAX_LINE_LENGTH = 8192;

/** From `offset` on, the characters of a line come from here. */
export interface Piece {
  readonly offset: number;
  readonly line: number;
  readonly column: number;
  /** the whole piece stands for one character of the file: a variable's value stands for its `$` */
  readonly fixed: boolean;
}

/** One line as directives see it: continuations joined, variables expanded, the place of every character known. */
export class Line {
  readonly file: string;
  readonly text: string;
  readonly pieces: readonly Piece[];

  constructor(file: string, text: string, pieces: readonly Piece[]) {
    this.file = file;
    this.text = text;
    this.pieces = pieces;
  }

  /** The place in the file of the character at an offset of `text`. */
  place(offset: number): Place {
    const piece = this.pieces.findLast((each) => each.offset <= offset) ?? this.pieces[0];
    if (!piece) return { file: this.file, line: 1, column: 1 };
    const column = piece.fixed ? piece.column : piece.column + offset - piece.offset;
    return { file: this.file, line: piece.line, column };
  }
}

/**
 * Splits a file into lines as Apache's `ap_cfg_getline` does: a backslash right before the end of a line joins it
 * with the next one, in comments too; whatever stands before it. Blank lines and comments (`#` as the first
 * character that is not blank) are left out. A byte order mark at the beginning is skipped.
 */
export function readLines(file: string, text: string, problems: Problems): Line[] {
  const physical = text.split('\n').map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line));
  const marked = physical[0]?.startsWith('\uFEFF') === true;
  problems.addSource(
    file,
    physical.map((line, index) => (index === 0 && marked ? line.slice(1) : line)),
  );

  const lines: Line[] = [];
  for (let index = 0; index < physical.length; index++) {
    const parts: string[] = [];
    const pieces: Piece[] = [];
    let length = 0;
    for (;;) {
      const whole = physical[index] ?? '';
      const raw = index === 0 && marked ? whole.slice(1) : whole;
      // The last line of a file has no end that a backslash could take away.
      const joined = raw.endsWith('\\') && index < physical.length - 1;
      const part = joined ? raw.slice(0, -1) : raw;
      pieces.push({ offset: length, line: index + 1, column: 1, fixed: false });
      parts.push(part);
      length += part.length;
      if (!joined) break;
      index++;
    }
    const line = new Line(file, parts.join(''), pieces);
    if (/^[ \t\v\f\r]*(?:#|$)/.test(line.text)) continue;
    if (checkLine(line, problems)) lines.push(line);
  }
  return lines;
}

/** Reports what no directive could make sense of. */
function checkLine(line: Line, problems: Problems): boolean {
  const nul = line.text.indexOf('\0');
  if (nul >= 0) {
    problems.error('the line has a NUL byte; save the file as plain text in UTF-8', line.place(nul));
    return false;
  }
  if (line.text.length > MAX_LINE_LENGTH) {
    problems.error(
      `the line has ${line.text.length} characters, which is more than ${MAX_LINE_LENGTH}; split it into several directives`,
      line.place(0),
    );
    return false;
  }
  const undecoded = line.text.indexOf('\uFFFD');
  if (undecoded >= 0) {
    problems.error('the line is not valid UTF-8; save the file as UTF-8', line.place(undecoded));
    return false;
  }
  return true;
}
