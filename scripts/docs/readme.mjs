import { code, load, plain, table } from './markdown.mjs';

/** README.md with its generated parts made anew; the rest of it is written by hand. */
export async function readmeDocument(text) {
  const parts = {
    commands: await commands(),
    'support-functions': await supportFunctions(),
    'server-variables': await serverVariables(),
  };
  return Object.entries(parts).reduce(replacePart, text);
}

/** Replaces what stands between `<!-- made: name -->` and `<!-- end -->`. */
function replacePart(text, [name, part]) {
  const pattern = new RegExp(`(<!-- made: ${name} -->\n)[^]*?(<!-- end -->)`);
  if (!pattern.test(text)) throw new Error(`README.md has no place for ${name}`);
  return text.replace(pattern, (_, start, end) => `${start}\n${part}\n\n${end}`);
}

async function commands() {
  const { COMMANDS } = await load('cli/program.js');
  return table(
    ['Command', 'What it does'],
    COMMANDS.map(({ name, short }) => [code(`isapi-host ${name}`), plain(short)]),
  );
}

async function supportFunctions() {
  const { SUPPORT_FUNCTIONS } = await load('isapi/support-functions.js');
  const supported = SUPPORT_FUNCTIONS.filter((row) => row.supported);
  const others = SUPPORT_FUNCTIONS.filter((row) => !row.supported);
  return `${table(
    ['Code', 'Name', 'What it does'],
    supported.map((row) => [String(row.code), code(row.name), plain(row.purpose)]),
  )}

Not supported; the extension gets FALSE and ERROR_INVALID_PARAMETER (EINVAL in an ELF extension):
${others.map((row) => `${row.code} ${code(row.name)}`).join(', ')}.`;
}

async function serverVariables() {
  const { VARIABLE_NAMES } = await load('isapi/variables.js');
  return `${VARIABLE_NAMES.map(code).join(', ')}.`;
}
