import { code, load, madeFrom, plain, table } from './markdown.mjs';

/** docs/messages.md: every numbered log message, and every code of an error. */
export async function messagesDocument() {
  const { MESSAGES } = await load('messages.js');
  const { ERROR_CODES } = await load('errors.js');
  const rows = Object.entries(MESSAGES)
    .map(([event, row]) => ({ event, ...row }))
    .sort((a, b) => (a.number < b.number ? -1 : 1));
  return `${madeFrom('lib/messages.ts and lib/errors.ts')}

# Messages

Each message of the error log has a number that stays its own. IH0xxx are the server's and the configuration's, IH1xxx
those of extensions, IH2xxx those of application pools. Where Apache has a message for something, the text begins with
its words. The name of its event stays the same as well, whatever the text becomes: programs that read logs go by one of
the two.

A line in the default format:

    [Fri Nov 20 11:47:18.747695 2026] [isapi:warn] [pid 13546] [client 127.0.0.1:60880] [pool default] [request l] IH1010: ...

The process id is that of the worker process where a message is about one. \`ErrorLogFormat json\` writes one object for
each line with the fields \`level\`, \`time\` (ISO 8601, UTC), \`module\`, \`number\`, \`name\` (of the event), \`params\` (the
values of the text's placeholders), \`pid\`, where they apply \`client\`, \`pool\`, \`request\` and \`extension\`, and \`msg\`, the text.

Any other \`ErrorLogFormat\` has Apache's items. \`%M\` is the number and the text, \`%L\` the request (the same id as \`%L\` of
an access log), \`%{c}L\` its connection. \`%E\` and \`%F\` are never there: reasons are part of the text. Beyond Apache's
there are \`%{pool}x\`, \`%{extension}x\`, \`%{number}x\` and \`%{name}x\`.

\`LogLevel\` says which get into the log: those of its level and of more severe ones (to the left): emerg, alert, crit,
error, warn, notice, info, debug. Messages of level notice are there whatever it says. It may name a module:
\`LogLevel warn isapi:info\`.

${table(
  ['Number', 'Event', 'Module', 'Level', 'Text', 'What to do'],
  rows.map(({ number, event, module, level, text, advice }) => [
    number,
    code(event),
    module,
    level,
    plain(text),
    plain(advice),
  ]),
)}

## Error codes

Errors that the program itself raises have a code (\`code\` of a \`HostError\`), which stays the same when the text changes.

${table(
  ['Code', 'Meaning'],
  Object.entries(ERROR_CODES).map(([name, meaning]) => [code(name), plain(meaning)]),
)}
`;
}
