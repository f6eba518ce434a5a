/** Names of the languages that extensions come with, by the lower ten bits of Windows' identifiers (winnt.h). */
const LANGUAGES: Readonly<Record<number, string>> = {
  0x01: 'Arabic',
  0x02: 'Bulgarian',
  0x03: 'Catalan',
  0x04: 'Chinese',
  0x05: 'Czech',
  0x06: 'Danish',
  0x07: 'German',
  0x08: 'Greek',
  0x09: 'English',
  0x0a: 'Spanish',
  0x0b: 'Finnish',
  0x0c: 'French',
  0x0d: 'Hebrew',
  0x0e: 'Hungarian',
  0x0f: 'Icelandic',
  0x10: 'Italian',
  0x11: 'Japanese',
  0x12: 'Korean',
  0x13: 'Dutch',
  0x14: 'Norwegian',
  0x15: 'Polish',
  0x16: 'Portuguese',
  0x18: 'Romanian',
  0x19: 'Russian',
  0x1a: 'Croatian or Serbian',
  0x1b: 'Slovak',
  0x1d: 'Swedish',
  0x1e: 'Thai',
  0x1f: 'Turkish',
  0x22: 'Ukrainian',
  0x24: 'Slovenian',
  0x25: 'Estonian',
  0x26: 'Latvian',
  0x27: 'Lithuanian',
  0x2a: 'Vietnamese',
};

/** The names of languages, each once; a neutral one has none. */
export function languageNames(identifiers: readonly number[]): string[] {
  const names = identifiers.flatMap((identifier) => {
    const language = identifier & 0x3ff;
    return language === 0 || language === 0x7f ? [] : (LANGUAGES[language] ?? `number ${language}`);
  });
  return [...new Set(names)];
}
