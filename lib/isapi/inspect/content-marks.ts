import type { ByteSource } from './byte-source.js';

/** Texts that compilers and their run-time libraries leave in what they make, by what they tell. */
const MARKS = {
  freePascal: 'FPC ',
  delphiCompiler: 'Embarcadero Delphi for ',
  cppBuilderOld: 'Borland C++ - Copyright ',
  cppBuilderCodeGear: 'CodeGear C++ - Copyright ',
  cppBuilderNew: 'Embarcadero RAD Studio - Copyright ',
  delphiLocales: 'Software\\Borland\\Delphi\\Locales',
  delphiRuntime: 'SOFTWARE\\Borland\\Delphi\\RTL',
  codeGearLocales: 'Software\\CodeGear\\Locales',
  embarcaderoLocales: 'Software\\Embarcadero\\Locales',
  borlandLocales: 'Software\\Borland\\Locales',
  control: '\x08TControl',
  object: '\x07TObject',
  webBroker: 'TISAPIApplication',
  gcc: 'GCC: (',
  mingw: 'Mingw-w64 runtime failure',
  mingwOld: 'Mingw runtime failure',
  libgcc: 'libgcc',
  clang: 'clang version ',
  rust: '/rustc/',
  rustPanic: 'rust_eh_personality',
  go: 'Go build ID: ',
  goInfo: '\xff Go buildinf:',
  watcom: 'WATCOM C/C++',
  openWatcom: 'Open Watcom C/C++',
  upx: 'UPX!',
  visualCppRuntime: 'Microsoft Visual C++ Runtime Library',
  mfc: '.?AVCIsapi',
  mfcServer: '.?AVCHttpServer',
  atlServer: 'AtlServer',
} as const;

export type Mark = keyof typeof MARKS;

/** What follows each mark that is there, the mark included: up to 80 characters that can be printed. */
export type ContentMarks = Readonly<Partial<Record<Mark, string>>>;

/** So much of a file is searched, from its start. Bytes. */
const SEARCHED = 64 * 1024 * 1024;
const PIECE = 1024 * 1024;
/** What is shown of a mark, and how far pieces overlap. Bytes. */
const SHOWN = 80;

/** Searches a file for marks. */
export function findMarks(source: ByteSource): ContentMarks {
  const wanted = new Map(
    (Object.keys(MARKS) as Mark[]).map((mark) => [mark, Buffer.from(MARKS[mark], 'latin1')]),
  );
  const found: Partial<Record<Mark, string>> = {};
  const end = Math.min(source.size, SEARCHED);
  for (let at = 0; at < end && wanted.size > 0; at += PIECE) {
    const piece = source.bytes(at, Math.min(PIECE + SHOWN, source.size - at));
    for (const [mark, bytes] of wanted) {
      const index = piece.indexOf(bytes);
      if (index < 0) continue;
      found[mark] = printable(piece.toString('latin1', index, index + SHOWN));
      wanted.delete(mark);
    }
  }
  return found;
}

/** The start of a text up to what cannot be printed; a length in front of it is left out. */
function printable(text: string): string {
  return /^[^\x20-\x7e]?([\x20-\x7e]*)/u.exec(text)?.[1] ?? '';
}
