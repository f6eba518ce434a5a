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

/** Rows whose cells stand below each other; the last cell is wrapped. */
export function table(rows: readonly (readonly string[])[], indent = 14): string[] {
  const columns = Math.max(0, ...rows.map((row) => row.length)) - 1;
  const widths = Array.from({ length: columns }, (_, index) =>
    Math.max(...rows.map((row) => (row[index] ?? '').length)),
  );
  const before = indent + widths.reduce((sum, width) => sum + width + 2, 0);
  return rows.flatMap((row) => {
    const head = widths.map((width, index) => `${(row[index] ?? '').padEnd(width)}  `).join('');
    const lines = wrap(row[columns] ?? '', Math.max(24, WIDTH - before));
    return lines.map((line, index) =>
      `${' '.repeat(indent)}${index === 0 ? head : ' '.repeat(head.length)}${line}`.trimEnd(),
    );
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
