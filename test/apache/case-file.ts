import { readFileSync } from 'node:fs';

/** A section of a case file that is not the configuration. */
export interface CaseSection {
  readonly kind: string;
  readonly words: readonly string[];
  readonly text: string;
  /** its line in the file */
  readonly line: number;
}

/** A configuration with what it is tried with; README.md describes the files. */
export interface ApacheCase {
  readonly config: string;
  readonly sections: readonly CaseSection[];
}

const KINDS: ReadonlySet<string> = new Set([
  'file',
  'folder',
  'link',
  'shell',
  'apache',
  'isapi-host',
  'request',
  'refused',
  'same-file',
]);

/** Reads a case. Throws an error with the line of what is wrong with it. */
export function parseCase(text: string): ApacheCase {
  const config: string[] = [];
  const sections: { kind: string; words: string[]; lines: string[]; line: number }[] = [];
  for (const [index, line] of text.replace(/\n$/, '').split('\n').entries()) {
    const head = /^=== (\S+) ?(.*)$/.exec(line);
    const open = sections.at(-1);
    if (head === null) (open?.lines ?? config).push(line);
    else {
      const [, kind = '', rest = ''] = head;
      if (!KINDS.has(kind)) throw new Error(`line ${index + 1}: there is no section ${kind}`);
      sections.push({ kind, words: rest.split(' ').filter(Boolean), lines: [], line: index + 1 });
    }
  }
  if (!sections.some(({ kind }) => kind === 'request' || kind === 'refused')) {
    throw new Error('the case has neither a request nor a refused');
  }
  return {
    config: config.join('\n'),
    sections: sections.map(({ kind, words, lines, line }) => ({ kind, words, text: lines.join('\n'), line })),
  };
}

export function readCase(file: string): ApacheCase {
  try {
    return parseCase(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new Error(`${file}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

/** The value of an option `name=value` of a section, "" for `name` alone. */
export function option({ words }: CaseSection, name: string): string | undefined {
  const word = words.find((each) => each === name || each.startsWith(`${name}=`));
  return word?.slice(name.length + 1);
}
