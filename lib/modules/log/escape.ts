const TO_ESCAPE = /[^\x20\x21\x23-\x5b\x5d-\x7e]/;
const EACH_TO_ESCAPE = /[^\x20\x21\x23-\x5b\x5d-\x7e]/g;

const NAMED: Readonly<Record<string, string>> = {
  '\b': '\\b',
  '\t': '\\t',
  '\n': '\\n',
  '\v': '\\v',
  '\r': '\\r',
  '"': '\\"',
  '\\': '\\\\',
};

/**
 * A byte string as Apache writes it to an access log: quotes and backslashes escaped, bytes that are not printable
 * ASCII as \xhh, so that a client can end neither a field nor a line.
 */
export function escapeItem(text: string): string {
  return TO_ESCAPE.test(text) ? text.replace(EACH_TO_ESCAPE, escapeCharacter) : text;
}

function escapeCharacter(character: string): string {
  return NAMED[character] ?? `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
}
