/** A word of a program's command line: in quotes, or up to a blank that has no backslash before it. */
const WORD = /[ \t]*(?:"((?:\\.|[^"\\])*)"?|'((?:\\.|[^'\\])*)'?|((?:\\.|[^ \t\\])+\\?|\\))/gs;

/** The words of a program's command line. A backslash stands for the character behind it, within quotes as well. */
export function splitCommand(text: string): string[] {
  const words: string[] = [];
  for (const [, double, single, plain] of text.trim().matchAll(WORD)) {
    words.push((double ?? single ?? plain ?? '').replace(/\\(.)/gs, '$1'));
  }
  return words;
}
