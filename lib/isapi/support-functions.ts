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
}

const row = (code: number, name: string, purpose: string, supported: boolean): SupportFunction => ({
  code,
  name,
  purpose,
  supported,
});

export const SUPPORT_FUNCTIONS: readonly SupportFunction[] = [
  row(1, 'HSE_REQ_SEND_URL_REDIRECT_RESP', 'redirects the client', true),
  row(2, 'HSE_REQ_SEND_URL', 'sends another local URL in place of the response', true),
  row(3, 'HSE_REQ_SEND_RESPONSE_HEADER', 'gives status and headers', true),
  row(4, 'HSE_REQ_DONE_WITH_SESSION', 'ends a pending session', true),
  row(1001, 'HSE_REQ_MAP_URL_TO_PATH', 'maps a URL to a file name', true),
  row(1002, 'HSE_REQ_GET_SSPI_INFO', 'gives the security context of the connection', false),
  row(1003, 'HSE_APPEND_LOG_PARAMETER', 'adds text to the access log', true),
  row(1005, 'HSE_REQ_IO_COMPLETION', 'sets the completion callback', true),
  row(1006, 'HSE_REQ_TRANSMIT_FILE', 'sends a file', true),
  row(1007, 'HSE_REQ_REFRESH_ISAPI_ACL', 'reads the file permissions of an extension again', false),
  row(1008, 'HSE_REQ_IS_KEEP_CONN', 'tells whether the connection will be kept', true),
  row(1010, 'HSE_REQ_ASYNC_READ_CLIENT', 'reads the body without waiting', true),
  row(1011, 'HSE_REQ_GET_IMPERSONATION_TOKEN', "gives the user's token", false),
  row(1012, 'HSE_REQ_MAP_URL_TO_PATH_EX', 'maps a URL to a file name, with its access rights', true),
  row(1014, 'HSE_REQ_ABORTIVE_CLOSE', 'closes the connection with a reset', false),
  row(1015, 'HSE_REQ_GET_CERT_INFO_EX', "gives the client's certificate", false),
  row(1016, 'HSE_REQ_SEND_RESPONSE_HEADER_EX', 'gives status and headers with their lengths', true),
  row(1017, 'HSE_REQ_CLOSE_CONNECTION', 'closes the connection', false),
  row(1018, 'HSE_REQ_IS_CONNECTED', 'tells whether the client is still there', true),
  row(1020, 'HSE_REQ_EXTENSION_TRIGGER', 'starts a filter notification', false),
  row(1023, 'HSE_REQ_MAP_UNICODE_URL_TO_PATH', 'maps a URL in UTF-16 to a file name', false),
  row(1024, 'HSE_REQ_MAP_UNICODE_URL_TO_PATH_EX', 'maps a URL in UTF-16, with its access rights', false),
  row(1025, 'HSE_REQ_EXEC_UNICODE_URL', 'runs a child request, URL in UTF-16', false),
  row(1026, 'HSE_REQ_EXEC_URL', 'runs a child request', false),
  row(1027, 'HSE_REQ_GET_EXEC_URL_STATUS', 'gives the status of a child request', false),
  row(1028, 'HSE_REQ_SEND_CUSTOM_ERROR', "sends the server's error document", false),
  row(1030, 'HSE_REQ_IS_IN_PROCESS', 'tells where the extension runs', false),
  row(1032, 'HSE_REQ_REPORT_UNHEALTHY', 'asks for a new worker process', false),
  row(1033, 'HSE_REQ_NORMALIZE_URL', 'normalizes a URL', false),
  row(1037, 'HSE_REQ_VECTOR_SEND', 'sends several pieces of memory and files', false),
  row(1038, 'HSE_REQ_GET_ANONYMOUS_TOKEN', "gives the anonymous user's token", false),
  row(
    1040,
    'HSE_REQ_GET_CACHE_INVALIDATION_CALLBACK',
    "gives a function that empties the server's cache",
    false,
  ),
  row(1041, 'HSE_REQ_GET_UNICODE_ANONYMOUS_TOKEN', "gives the anonymous user's token, path in UTF-16", false),
  row(1042, 'HSE_REQ_GET_TRACE_INFO', 'gives the settings of event tracing', false),
  row(1043, 'HSE_REQ_SET_FLUSH_FLAG', 'turns buffering of the response on or off', false),
  row(1044, 'HSE_REQ_GET_TRACE_INFO_EX', 'gives the settings of event tracing', false),
  row(1045, 'HSE_REQ_RAISE_TRACE_EVENT', 'writes a trace event', false),
  row(1046, 'HSE_REQ_GET_CONFIG_OBJECT', "gives the server's configuration object", false),
  row(1047, 'HSE_REQ_GET_WORKER_PROCESS_SETTINGS', 'gives the settings of the worker process', false),
  row(1048, 'HSE_REQ_GET_PROTOCOL_MANAGER_CUSTOM_INTERFACE_CALLBACK', 'internal to IIS', false),
  row(1049, 'HSE_REQ_CANCEL_IO', 'cancels pending input and output', false),
  row(1050, 'HSE_REQ_GET_CHANNEL_BINDING_TOKEN', 'gives the channel binding of the connection', false),
];

const BY_CODE: ReadonlyMap<number, SupportFunction> = new Map(SUPPORT_FUNCTIONS.map((f) => [f.code, f]));

/** The function with this number, or undefined for one that has no name. */
export function supportFunction(code: number): SupportFunction | undefined {
  return BY_CODE.get(code);
}
