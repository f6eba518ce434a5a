import { code, load, madeFrom } from './markdown.mjs';

/** docs/commands.md: every command with what it does and takes. */
export async function commandsDocument() {
  const { COMMANDS } = await load('cli/program.js');
  const { describeOptions } = await load('cli/command.js');
  const { READING_OPTIONS } = await load('cli/options.js');
  const names = READING_OPTIONS.map(({ name, short }) =>
    short === undefined ? `--${name}` : `-${short}`,
  ).join(', ');
  const sections = COMMANDS.map(({ name, usage, long, options }, index) => {
    // What is read is said the same way everywhere: once is enough.
    const own = index === 0 ? options : options.filter((option) => !READING_OPTIONS.includes(option));
    const others = own.length < options.length ? [`  ${names} as with serve`] : [];
    const lines = [`isapi-host ${usage}`, ...describeOptions(own), ...others];
    return `## ${code(name)}\n\n${paragraphs(long)}\n\n\`\`\`text\n${lines.join('\n')}\n\`\`\``;
  });
  return `# Commands

${madeFrom('the table in `lib/cli/program.ts`')}

\`isapi-host help COMMAND\` shows the same. Without a command, options alone are those of \`serve\`, as for httpd. The exit
status is 0 for success, 1 for a failure and 2 for a wrong command line, unless a command says otherwise.

${sections.join('\n\n')}
`;
}

/** A command's text is broken for a terminal; names of options in it stand as they are. */
function paragraphs(text) {
  return text.replace(/[<>|*_[\]]/g, '\\$&');
}
