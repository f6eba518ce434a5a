import type { SpelingSettings } from './index.js';

/** How a name differs from the one that was asked for, the likeliest first. */
const QUALITIES = [
  'miscapitalized',
  'transposed characters',
  'character missing',
  'extra character',
  'mistyped character',
  'common basename',
] as const;

type Quality = (typeof QUALITIES)[number];

/** A name that may have been meant. */
export interface Candidate {
  readonly name: string;
  readonly quality: Quality;
}

/**
 * The names in a folder that may have been meant by one that is not there, the likeliest first: the rules are those of
 * mod_speling. None when the name itself is among them (a link that leads nowhere, say).
 */
export function findCandidates(
  wrong: string,
  names: readonly string[],
  { caseOnly, basenames }: Pick<SpelingSettings, 'caseOnly' | 'basenames'>,
): Candidate[] {
  if (names.includes(wrong)) return [];
  const meant = lower(wrong);
  const candidates: Candidate[] = [];
  for (const name of names) {
    const other = lower(name);
    let quality = other === meant ? 'miscapitalized' : caseOnly ? undefined : mistake(meant, other);
    if (quality === undefined && basenames && basename(other) === basename(meant)) {
      quality = 'common basename';
    }
    if (quality !== undefined) candidates.push({ name, quality });
  }
  const rank = ({ quality }: Candidate): number => QUALITIES.indexOf(quality);
  return candidates.sort((a, b) => rank(a) - rank(b) || (a.name < b.name ? -1 : 1));
}

/** The one mistake that makes `asked` of `name`, both in lower case; undefined for none or several. */
function mistake(asked: string, name: string): Quality | undefined {
  let at = 0;
  while (at < asked.length && asked[at] === name[at]) at++;
  const a = asked.slice(at);
  const b = name.slice(at);
  const swapped = b.charAt(1) + b.charAt(0);
  if (swapped.length === 2 && a.startsWith(swapped) && a.slice(2) === b.slice(2)) {
    return 'transposed characters';
  }
  if (a !== '' && b !== '' && a.slice(1) === b.slice(1)) return 'mistyped character';
  if (a !== '' && a.slice(1) === b) return 'extra character';
  return b !== '' && a === b.slice(1) ? 'character missing' : undefined;
}

/** Letters beyond ASCII are bytes here and have no case. */
function lower(name: string): string {
  return name.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

function basename(name: string): string {
  const dot = name.indexOf('.');
  return dot < 0 ? name : name.slice(0, dot);
}
