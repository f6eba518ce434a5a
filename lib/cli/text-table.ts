/** Reports for people are not wider than this. Characters. */
export const WIDTH = 96;

/** Breaks a text into lines at its blanks; a word that is longer than a line has one of its own. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  lines.push(line);
  return lines;
}

/** A text that has to fit a line: what is too long ends in dots. */
export function fit(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, Math.max(0, width - 3))}...`;
}

/** Texts under a label, each wrapped: the label stands before the first line, the others are below it. */
export function labelled(label: string, texts: readonly string[], column = 14): string[] {
  const lines = texts.flatMap((text) => wrap(text, WIDTH - column));
  return lines.map((line, index) => `${(index === 0 ? `  ${label}` : '').padEnd(column)}${line}`.trimEnd());
}

/** How a table is laid out. */
export interface TableOptions {
  /** titles of the columns */
  readonly head?: readonly string[];
  /** the titles of columns whose cells are moved to the right */
  readonly right?: ReadonlySet<string>;
  /** blanks before each line */
  readonly indent?: number;
  /** where the last column is wrapped, in characters of the whole line; without it a line is as long as its texts */
  readonly width?: number;
}

/** The last column has this many characters at least, however wide those before it are. */
const LAST_COLUMN = 24;

/** Rows whose cells stand below each other: columns as wide as their widest text, two blanks between them. */
export function textTable(rows: readonly (readonly string[])[], options: TableOptions = {}): string[] {
  const { head, right = new Set<string>(), indent = 0, width = Infinity } = options;
  const all = head === undefined ? rows : [head, ...rows];
  const last = Math.max(1, ...all.map(({ length }) => length)) - 1;
  const widths = Array.from({ length: last + 1 }, (_, column) =>
    Math.max(...all.map((row) => row[column]?.length ?? 0)),
  );
  const isRight = widths.map((_, column) => right.has(head?.[column] ?? ''));
  const cell = (text: string, column: number): string =>
    isRight[column] === true ? text.padStart(widths[column] ?? 0) : text.padEnd(widths[column] ?? 0);
  const before = indent + widths.slice(0, last).reduce((sum, each) => sum + each + 2, 0);
  return all.flatMap((row) => {
    const start = widths.slice(0, last).map((_, column) => `${cell(row[column] ?? '', column)}  `);
    const lines = wrap(row[last] ?? '', Math.max(LAST_COLUMN, width - before));
    return lines.map((line, index) => {
      const margin = index === 0 ? ' '.repeat(indent) + start.join('') : ' '.repeat(before);
      return `${margin}${cell(line, last)}`.trimEnd();
    });
  });
}

/** `1 function`, `2 functions`. */
export function count(number: number, one: string, several = `${one}s`): string {
  return `${number} ${number === 1 ? one : several}`;
}

/** A moment as people read it, in UTC: "2004-03-02 11:20:03 UTC". */
export function momentText(date: Date): string {
  return Number.isNaN(date.getTime()) ? 'an impossible time' : `${isoMoment(date)} UTC`;
}

/** The same without a time zone, for times that are somebody's local ones. */
export function isoMoment(date: Date): string {
  return date.toISOString().slice(0, 19).replace('T', ' ');
}

/** Bytes in MiB with one digit behind the point. */
export function mebibytes(bytes: number): string {
  return `${(bytes / 1048576).toFixed(1)} MiB`;
}

/** Bytes in GiB from one of them on, else in MiB: an amount of memory for people. */
export function memoryText(bytes: number): string {
  return bytes < 1024 ** 3
    ? `${(bytes / 1024 ** 2).toFixed(0)} MiB`
    : `${(bytes / 1024 ** 3).toFixed(1)} GiB`;
}

/** A line without what would steer a terminal: texts come from files that nobody may trust. */
export function harmless(line: string): string {
  return line.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) => (character === '\t' ? ' ' : '\uFFFD'));
}
