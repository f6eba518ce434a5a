/**
 * What extensions do that the server refuses or honours in part, one row each. The call journal, `isapi-host calls` and
 * the status page have their texts from here, and from the rows of the support functions and of well-known variables.
 */
interface RefusalRow {
  /** the heading of a list of these */
  readonly title: string;
  /** what it means that this happened, one sentence */
  readonly purpose: string;
  /** what the owner of the extension is to do */
  readonly advice: string;
}

export const REFUSALS = {
  'not-loaded': {
    title: 'Failures to load',
    purpose: 'The extension could not be loaded, or has refused to be.',
    advice: 'The reason says what is missing. isapi-host inspect FILE shows everything that the file needs.',
  },
  'no-runtime': {
    title: 'Failures for want of a runtime',
    purpose: 'Nothing on this machine, or in its pool, runs an extension of this kind.',
    advice: 'The reason says what to install or to set. isapi-host doctor shows the runtimes that there are.',
  },
  crash: {
    title: 'Crashes',
    purpose:
      'The extension has ended its worker process: the request failed, and so did others in that process.',
    advice:
      'The exception and its address are for the vendor of the extension. If it needs to be alone, set threads.max = 1 for a pool of its own (ISAPIApplicationPool): many old extensions are not made for several threads. isapi-host trace shows the calls before the crash.',
  },
  timeout: {
    title: 'Timeouts',
    purpose:
      'The extension gave no sign of life for as long as it may take: its worker process was replaced.',
    advice:
      'If it is slow, raise request.timeout for its pool in pools.ini. If it waits inside HttpExtensionProc for a thread of its own to call back, set calls = async for the pool. A session that it left pending it has to end with HSE_REQ_DONE_WITH_SESSION.',
  },
  'unsupported-function': {
    title: 'Unsupported functions',
    purpose: 'A function of ServerSupportFunction that this server does not have; its number has no name.',
    advice:
      'The documentation of the extension may say what it is for. Safe to ignore where the extension answers well all the same.',
  },
  'async-call': {
    title: 'Asynchronous calls without ISAPIFakeAsync',
    purpose: 'A call that is to return at once, and to tell of its end by a callback.',
    advice:
      'Set ISAPIFakeAsync On for the extension: such calls are then carried out before they return, and the callback is called.',
  },
  pending: {
    title: 'Pending sessions without ISAPIFakeAsync',
    purpose:
      'HttpExtensionProc has returned HSE_STATUS_PENDING: the extension means to answer later, from a thread of its own.',
    advice:
      'Set ISAPIFakeAsync On for the extension: the request then waits until it calls HSE_REQ_DONE_WITH_SESSION. Without it what was written by then is the response, and each such session keeps its memory until the worker process is replaced.',
  },
  'done-ignored': {
    title: 'Sessions ended without effect',
    purpose: 'HSE_REQ_DONE_WITH_SESSION ends a pending session, and there are none without ISAPIFakeAsync.',
    advice:
      'Set ISAPIFakeAsync On for the extension if it also returns HSE_STATUS_PENDING. Safe to ignore where it answers before HttpExtensionProc returns.',
  },
  'unknown-variable': {
    title: 'Unknown server variables',
    purpose: 'A server variable that this server does not have.',
    advice:
      'If the extension needs it, give it a value: SetEnv NAME value, or SetEnvIf for one that depends on the request. Safe to ignore where the extension answers well all the same.',
  },
  'no-headers': {
    title: 'Bodies without headers',
    purpose: 'The extension has written a body without giving status and headers before.',
    advice:
      'It was sent as text/html with the status in dwHttpStatusCode, or 200. Safe to ignore for HTML; for anything else the extension has to send a Content-Type, or Header set Content-Type has to say it.',
  },
  'headers-late': {
    title: 'Headers after the body',
    purpose: 'Status and headers came when body bytes were on their way already: they changed nothing.',
    advice:
      'The extension has to give them before its first WriteClient. Safe to ignore where the response is right as the client gets it.',
  },
  'header-block': {
    title: 'Malformed header blocks',
    purpose: 'Status and headers that cannot be read: the call failed, and the response became 500.',
    advice:
      'Each line has to be Name: value, and an empty line has to end the block (two CRLF at its end). Apache refuses the same; IIS sends it as it is. isapi-host trace shows the block.',
  },
  'status-line': {
    title: 'Unusual statuses',
    purpose: 'A status that is no number, or one that HTTP does not have.',
    advice:
      'A status is three digits and words, such as 404 Not Found. One that is no number counts as what dwHttpStatusCode says, or 200; one below 200 or above 999 goes out as 500.',
  },
  'header-dropped': {
    title: "Headers that are the server's own, or have no valid value",
    purpose:
      'A header of the extension that is not sent, because the server sends its own or the value is wrong.',
    advice:
      'Safe to ignore for Server, Date, Keep-Alive, Trailer, Upgrade and Transfer-Encoding: a body that the extension has put into chunks itself must go out without them, though. Others have to be mended: Content-Length is a number, Last-Modified a date of HTTP.',
  },
  'header-invalid': {
    title: 'Headers that must not be sent',
    purpose: 'A name, value or status with characters that would break the response: it became 500.',
    advice:
      'The extension puts a control character (often CR or LF, from a form field) into a header. That lets others forge responses: have it mended.',
  },
  'length-short': {
    title: 'Bodies shorter than Content-Length',
    purpose:
      'The extension has announced more body than it wrote; the connection was closed, for the client to notice.',
    advice:
      'Content-Length has to be the number of bytes (not of characters) that follow. Header unset Content-Length for the extension lets the server find the end itself.',
  },
  'length-long': {
    title: 'Bodies longer than Content-Length',
    purpose: 'The extension has written more body than it had announced; what came on top was not sent.',
    advice:
      'Content-Length has to be the number of bytes (not of characters) that follow. Header unset Content-Length for the extension has all of it sent.',
  },
  'bad-argument': {
    title: 'Calls with arguments that cannot be',
    purpose: 'A pointer that is NULL where there has to be one, or a value that the function does not take.',
    advice:
      'IIS refuses such calls as well, or crashes. Safe to ignore where the extension answers well all the same; else it is a defect of it.',
  },
  'no-completion': {
    title: 'Asynchronous calls without a completion callback',
    purpose:
      'An asynchronous call by an extension that has set no callback with HSE_REQ_IO_COMPLETION before.',
    advice: 'The extension has to set one before, as in IIS: it is a defect of it.',
  },
  // By the settings of its extension it has advice of its own, see `refusal-text.ts`.
  'late-call': {
    title: 'Calls after the end of the session',
    purpose: 'A thread of the extension used a session that was over.',
    advice:
      'Without ISAPIFakeAsync a session is over when HttpExtensionProc returns: set it On for an extension that returns HSE_STATUS_PENDING. With it, no call may come after HSE_REQ_DONE_WITH_SESSION: it is a defect of the extension, which would crash IIS.',
  },
  'write-replaced': {
    title: 'Bodies after HSE_REQ_SEND_URL',
    purpose:
      "The extension wrote after another URL's response had taken the place of its own: that went nowhere.",
    advice: 'Safe to ignore: the response of that URL is complete.',
  },
  'foreign-url': {
    title: 'HSE_REQ_SEND_URL with a foreign address',
    purpose:
      'HSE_REQ_SEND_URL sends URLs of this server: for an address with http:// the response became 500.',
    advice:
      'The extension has to send the client there, with HSE_REQ_SEND_URL_REDIRECT_RESP, or to give the path alone.',
  },
  'file-short': {
    title: 'Files shorter than what was to be sent of them',
    purpose: 'HSE_REQ_TRANSMIT_FILE was to send more bytes than the file has: the connection was cut.',
    advice:
      'BytesToWrite 0 sends a file to its end. Else the file became shorter after the extension had looked.',
  },
  'buffer-short': {
    title: 'Paths that do not fit',
    purpose: 'A path is longer than the buffer that the extension has for it.',
    advice:
      'Put the files into folders with shorter names: extensions have room for 260 characters (MAX_PATH).',
  },
  'result-error': {
    title: 'HSE_STATUS_ERROR results',
    purpose: 'HttpExtensionProc has returned HSE_STATUS_ERROR: the extension says that it failed.',
    advice:
      'Its own log may say why, and so do other lines here: what it was refused just before. isapi-host trace shows all its calls.',
  },
  'result-unknown': {
    title: 'Unknown results',
    purpose:
      'HttpExtensionProc has returned something that is no HSE_STATUS: the response became 500, if none had begun.',
    advice:
      'It has to return HSE_STATUS_SUCCESS (1), SUCCESS_AND_KEEP_CONN (2), PENDING (3) or ERROR (4). A large number often means that it was compiled with another calling convention, or returns what another function gave.',
  },
  'no-response': {
    title: 'Requests without a response',
    purpose:
      'The extension has returned without writing anything and without a status in dwHttpStatusCode: the response was an empty 500.',
    advice:
      'It has to write a response, or to set dwHttpStatusCode. Often it gave up when something was refused just before: other lines here say what. isapi-host trace shows all its calls.',
  },
  'status-invalid': {
    title: 'Statuses that cannot be sent',
    purpose: 'The extension has written nothing, and dwHttpStatusCode has a number that is no status.',
    advice:
      'It has to be a status of HTTP such as 200 or 404. It is the extension that sets it; a block that was overwritten shows like this too.',
  },
} as const satisfies Record<string, RefusalRow>;

/** A row of {@link REFUSALS}. */
export type RefusalKind = keyof typeof REFUSALS;

/** Whether a text names a row. */
export function isRefusalKind(text: string): text is RefusalKind {
  return Object.hasOwn(REFUSALS, text);
}
