/**
 * The functions of ServerSupportFunction, one row each. Dispatch, log texts and documents are made from the rows.
 * `supported` says whether this server carries the function out, whatever the settings.
 */
export interface SupportFunction {
  readonly code: number;
  readonly name: string;
  /** what it is for, in a few words */
  readonly purpose: string;
  readonly supported: boolean;
  /**
   * what the owner of an extension is to do when a call of it is refused, because it is not supported, or because there is
   * no ISAPIFakeAsync; undefined for one that is carried out whatever the settings. What is wrong with arguments has
   * advice of its own (`bad-arguments.ts`).
   */
  readonly advice: string | undefined;
}

type Row = readonly [code: number, name: string, purpose: string, supported: boolean, advice?: string];

const ROWS: readonly Row[] = [
  [1, 'HSE_REQ_SEND_URL_REDIRECT_RESP', 'redirects the client', true],
  [2, 'HSE_REQ_SEND_URL', 'sends another local URL in place of the response', true],
  [3, 'HSE_REQ_SEND_RESPONSE_HEADER', 'gives status and headers', true],
  [4, 'HSE_REQ_DONE_WITH_SESSION', 'ends a pending session', true],
  [1001, 'HSE_REQ_MAP_URL_TO_PATH', 'maps a URL to a file name', true],
  [
    1002,
    'HSE_REQ_GET_SSPI_INFO',
    'gives the security context of the connection',
    false,
    'There is no Windows authentication (NTLM, Kerberos) here. Let AuthType Basic, or a proxy in front, find out who the user is: the extension has the name in LOGON_USER and REMOTE_USER. Safe to ignore where it only wants the name for a log.',
  ],
  [1003, 'HSE_APPEND_LOG_PARAMETER', 'adds text to the access log', true],
  [
    1005,
    'HSE_REQ_IO_COMPLETION',
    'sets the completion callback',
    true,
    'Set ISAPIFakeAsync On for the extension: asynchronous calls are then carried out before they return, and the callback is called. Without it, one that can do without goes on with WriteClient and ReadClient.',
  ],
  [
    1006,
    'HSE_REQ_TRANSMIT_FILE',
    'sends a file',
    true,
    'It works without HSE_IO_ASYNC in dwFlags. Set ISAPIFakeAsync On for the extension to have it work with HSE_IO_ASYNC as well.',
  ],
  [
    1007,
    'HSE_REQ_REFRESH_ISAPI_ACL',
    'reads the file permissions of an extension again',
    false,
    'Safe to ignore: permissions of files are looked at for every request here.',
  ],
  [1008, 'HSE_REQ_IS_KEEP_CONN', 'tells whether the connection will be kept', true],
  [
    1010,
    'HSE_REQ_ASYNC_READ_CLIENT',
    'reads the body without waiting',
    true,
    'Set ISAPIFakeAsync On for the extension: the body is then read before the call returns, and the completion callback of HSE_REQ_IO_COMPLETION is called. One that goes on with ReadClient needs nothing.',
  ],
  [
    1011,
    'HSE_REQ_GET_IMPERSONATION_TOKEN',
    "gives the user's token",
    false,
    'There are no tokens of users here: the extension runs as the user of its worker process. Safe to ignore where it impersonates only to open files that this user may open: give that user the rights. Who the user is stands in LOGON_USER.',
  ],
  [1012, 'HSE_REQ_MAP_URL_TO_PATH_EX', 'maps a URL to a file name, with its access rights', true],
  [
    1014,
    'HSE_REQ_ABORTIVE_CLOSE',
    'closes the connection with a reset',
    false,
    'Safe to ignore: the connection ends in order, and not with a reset. Where it must not be kept, set KeepAlive Off for the host, or nokeepalive with SetEnvIf for its URLs.',
  ],
  [
    1015,
    'HSE_REQ_GET_CERT_INFO_EX',
    "gives the client's certificate",
    false,
    'The certificate is in server variables: CERT_SUBJECT, CERT_ISSUER, CERT_SERIALNUMBER, and whole in SSL_CLIENT_CERT with SSLOptions +StdEnvVars +ExportCertData. All of them need SSLVerifyClient. Safe to ignore where clients have no certificates.',
  ],
  [1016, 'HSE_REQ_SEND_RESPONSE_HEADER_EX', 'gives status and headers with their lengths', true],
  [
    1017,
    'HSE_REQ_CLOSE_CONNECTION',
    'closes the connection',
    false,
    'Safe to ignore after a whole response. Where the connection must not be kept let the extension send Connection: close, or set nokeepalive with SetEnvIf for its URLs.',
  ],
  [1018, 'HSE_REQ_IS_CONNECTED', 'tells whether the client is still there', true],
  [
    1020,
    'HSE_REQ_EXTENSION_TRIGGER',
    'starts a filter notification',
    false,
    'ISAPI filters do not run here. Safe to ignore unless the extension needs a filter of the same product, which then has to be replaced by directives.',
  ],
  [
    1023,
    'HSE_REQ_MAP_UNICODE_URL_TO_PATH',
    'maps a URL in UTF-16 to a file name',
    false,
    'Extensions for IIS 6 and later ask this first; those that then ask HSE_REQ_MAP_URL_TO_PATH get an answer and need nothing. Others have to take the folder from APPL_PHYSICAL_PATH, or the file from PATH_TRANSLATED.',
  ],
  [
    1024,
    'HSE_REQ_MAP_UNICODE_URL_TO_PATH_EX',
    'maps a URL in UTF-16, with its access rights',
    false,
    'Extensions for IIS 6 and later ask this first; those that then ask HSE_REQ_MAP_URL_TO_PATH_EX get an answer and need nothing. Others have to take the folder from APPL_PHYSICAL_PATH, or the file from PATH_TRANSLATED.',
  ],
  [
    1025,
    'HSE_REQ_EXEC_UNICODE_URL',
    'runs a child request, URL in UTF-16',
    false,
    'An extension that is mapped to all URLs (a wildcard in IIS) hands on with this what is not its own. Give it only the URLs that it answers, with ISAPIScriptMap, ISAPIExtension or AddHandler, so that the server answers the others.',
  ],
  [
    1026,
    'HSE_REQ_EXEC_URL',
    'runs a child request',
    false,
    'An extension that is mapped to all URLs (a wildcard in IIS) hands on with this what is not its own. Give it only the URLs that it answers, with ISAPIScriptMap, ISAPIExtension or AddHandler, so that the server answers the others.',
  ],
  [
    1027,
    'HSE_REQ_GET_EXEC_URL_STATUS',
    'gives the status of a child request',
    false,
    'It follows HSE_REQ_EXEC_URL, which is what has to be dealt with.',
  ],
  [
    1028,
    'HSE_REQ_SEND_CUSTOM_ERROR',
    "sends the server's error document",
    false,
    'An extension that writes its own page when this fails needs nothing. Otherwise let it set dwHttpStatusCode, write nothing and return HSE_STATUS_SUCCESS: then the ErrorDocument of that status is sent.',
  ],
  [
    1030,
    'HSE_REQ_IS_IN_PROCESS',
    'tells where the extension runs',
    false,
    'Safe to ignore: it runs in a worker process, as in IIS 6 and later.',
  ],
  [
    1032,
    'HSE_REQ_REPORT_UNHEALTHY',
    'asks for a new worker process',
    false,
    'The extension says that it is broken: its argument and its own log may say why. Until that is mended set recycle.requests, recycle.memory or recycle.time for its pool in pools.ini, or run isapi-host pool recycle NAME.',
  ],
  [
    1033,
    'HSE_REQ_NORMALIZE_URL',
    'normalizes a URL',
    false,
    'Safe to ignore for the URL of the request, which the extension gets decoded and without . and .. already. It must not trust other URLs that it normalizes with this.',
  ],
  [
    1037,
    'HSE_REQ_VECTOR_SEND',
    'sends several pieces of memory and files',
    false,
    'An extension that falls back on WriteClient needs nothing. Where the response is empty it has no other way of sending: look for a setting of the product that turns vectored (or scatter/gather) sends off, or for its build for IIS 5.',
  ],
  [
    1038,
    'HSE_REQ_GET_ANONYMOUS_TOKEN',
    "gives the anonymous user's token",
    false,
    'There are no tokens of users here: the extension runs as the user of its worker process. Safe to ignore where it only wants to open files: give that user the rights.',
  ],
  [
    1040,
    'HSE_REQ_GET_CACHE_INVALIDATION_CALLBACK',
    "gives a function that empties the server's cache",
    false,
    'Safe to ignore: responses are not cached here, so that none has to be taken out of a cache.',
  ],
  [
    1041,
    'HSE_REQ_GET_UNICODE_ANONYMOUS_TOKEN',
    "gives the anonymous user's token, path in UTF-16",
    false,
    'There are no tokens of users here: the extension runs as the user of its worker process. Safe to ignore where it only wants to open files: give that user the rights.',
  ],
  [
    1042,
    'HSE_REQ_GET_TRACE_INFO',
    'gives the settings of event tracing',
    false,
    'Safe to ignore: for the extension event tracing is off. isapi-host trace shows what it does.',
  ],
  [
    1043,
    'HSE_REQ_SET_FLUSH_FLAG',
    'turns buffering of the response on or off',
    false,
    'Safe to ignore: what is written goes to the client at once, as with this flag set to TRUE.',
  ],
  [
    1044,
    'HSE_REQ_GET_TRACE_INFO_EX',
    'gives the settings of event tracing',
    false,
    'Safe to ignore: for the extension event tracing is off. isapi-host trace shows what it does.',
  ],
  [
    1045,
    'HSE_REQ_RAISE_TRACE_EVENT',
    'writes a trace event',
    false,
    'Safe to ignore: the event is lost. isapi-host trace shows what the extension does.',
  ],
  [
    1046,
    'HSE_REQ_GET_CONFIG_OBJECT',
    "gives the server's configuration object",
    false,
    'This is for parts of IIS itself: an extension that cannot do without it runs in IIS alone.',
  ],
  [
    1047,
    'HSE_REQ_GET_WORKER_PROCESS_SETTINGS',
    'gives the settings of the worker process',
    false,
    'This is for parts of IIS itself: an extension that cannot do without it runs in IIS alone.',
  ],
  [
    1048,
    'HSE_REQ_GET_PROTOCOL_MANAGER_CUSTOM_INTERFACE_CALLBACK',
    'gives an interface that is internal to IIS',
    false,
    'This is for parts of IIS itself: an extension that cannot do without it runs in IIS alone.',
  ],
  [
    1049,
    'HSE_REQ_CANCEL_IO',
    'cancels pending input and output',
    false,
    'Safe to ignore: calls have been carried out when they return, and nothing is pending that could be cancelled.',
  ],
  [
    1050,
    'HSE_REQ_GET_CHANNEL_BINDING_TOKEN',
    'gives the channel binding of the connection',
    false,
    'Safe to ignore: it is for Windows authentication, which is not there.',
  ],
];

export const SUPPORT_FUNCTIONS: readonly SupportFunction[] = ROWS.map(
  ([code, name, purpose, supported, advice]) => ({ code, name, purpose, supported, advice }),
);

const BY_CODE: ReadonlyMap<number, SupportFunction> = new Map(SUPPORT_FUNCTIONS.map((f) => [f.code, f]));

/** The function with this number, or undefined for one that has no name. */
export function supportFunction(code: number): SupportFunction | undefined {
  return BY_CODE.get(code);
}
