const DEFECT = 'Safe to ignore where the extension answers well all the same; else it is a defect of it.';
const GIVE_BOOL = `It takes the address of a BOOL, which gets the answer. ${DEFECT}`;
const GIVE_SIZE = `It takes the address of a DWORD with the size of the buffer, which gets the number of bytes. ${DEFECT}`;

/**
 * Arguments that calls are refused for, one row for each function (by its number, or by its name where it is none of
 * ServerSupportFunction), and in it what is wrong, with what the owner of the extension is to do. The worker names what is
 * wrong by these texts, so that there is advice for each.
 */
export const BAD_ARGUMENTS = {
  1: { 'the URL is NULL': `It takes the address to redirect to, as text. ${DEFECT}` },
  2: {
    'the URL is NULL': `It takes a path of this server, such as /page.html, as text. ${DEFECT}`,
  },
  1001: {
    'the buffer is NULL': `It takes the URL in a buffer that also gets the path. ${DEFECT}`,
    'the size is NULL': `It takes the address of a DWORD with the size of the buffer. ${DEFECT}`,
  },
  1003: { 'the text is NULL': 'It takes a text that ends in NUL. Only the line for the log is lost.' },
  1005: {
    'the callback is NULL':
      'It takes the address of a function: without one there are no completions. An extension that makes no asynchronous call afterwards loses nothing.',
  },
  1006: {
    'the structure is NULL': `It takes the address of a HSE_TF_INFO. ${DEFECT}`,
    'hFile is no file that is open':
      'hFile has to be a handle of CreateFile (of open for an ELF library) that is open until the call has ended: often the file could not be opened, because it is missing or the user of the worker process may not read it.',
  },
  1008: { 'the result is NULL': GIVE_BOOL },
  1010: {
    'the flags lack HSE_IO_ASYNC': `It takes the address of a DWORD with HSE_IO_ASYNC as its last argument, as in IIS. ${DEFECT}`,
    'the buffer or its size is NULL': `It takes a buffer, and the address of a DWORD with its size. ${DEFECT}`,
  },
  1012: {
    'the URL is NULL': `It takes the URL as text. ${DEFECT}`,
    'the structure is NULL': `It takes the address of a HSE_URL_MAPEX_INFO. ${DEFECT}`,
  },
  1016: {
    'the structure is NULL': `It takes the address of a HSE_SEND_HEADER_EX_INFO. ${DEFECT}`,
  },
  1018: { 'the result is NULL': GIVE_BOOL },
  GetServerVariable: {
    'the name is NULL': `It takes the name of a variable as text. ${DEFECT}`,
    'the size is NULL': GIVE_SIZE,
  },
  WriteClient: {
    'the data is NULL': `It takes the bytes to send; with a size of 0 the address may be NULL. ${DEFECT}`,
    'the size is NULL': `It takes the address of a DWORD with the number of bytes. ${DEFECT}`,
  },
  ReadClient: {
    'the buffer is NULL': `It takes a buffer for the bytes of the body. ${DEFECT}`,
    'the size is NULL': GIVE_SIZE,
  },
} as const satisfies Readonly<Record<string | number, Readonly<Record<string, string>>>>;

type Table = typeof BAD_ARGUMENTS;

/** A function of ServerSupportFunction that is refused for its arguments. */
export type SupportCode = Extract<keyof Table, number>;

/** Another callback that is. */
export type CallbackName = Extract<keyof Table, string>;

/** What may be wrong with the arguments of a function. */
export type WrongArgument<F extends keyof Table> = Extract<keyof Table[F], string>;

/** What to do about a call that was refused for an argument; undefined for what is not in the table. */
export function badArgumentAdvice(code: number | undefined, name: string): string | undefined {
  const [call = '', reason = ''] = code === undefined ? name.split(': ', 2) : [String(code), name];
  const row = ADVICE.get(call);
  return row !== undefined && Object.hasOwn(row, reason) ? row[reason] : undefined;
}

const ADVICE: ReadonlyMap<string, Readonly<Record<string, string>>> = new Map(Object.entries(BAD_ARGUMENTS));
