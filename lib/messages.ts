/**
 * The numbered log messages. A number is never reused; tests name the numbers they expect. The text is what
 * Apache says where Apache says something (`mod_isapi`), and goes on with the reason and what to do.
 *
 * Numbers: IH0xxx server and configuration, IH1xxx ISAPI, IH2xxx application pools.
 */

/** Severities as in Apache's LogLevel, most severe first. */
export const LOG_LEVELS = [
  'emerg',
  'alert',
  'crit',
  'error',
  'warn',
  'notice',
  'info',
  'debug',
  'trace1',
  'trace2',
  'trace3',
  'trace4',
  'trace5',
  'trace6',
  'trace7',
  'trace8',
] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** A row: its number, the module and level it is logged with, and its text with `{name}` placeholders. */
export interface Message {
  readonly number: string;
  readonly module: string;
  readonly level: LogLevel;
  readonly text: string;
}

export const MESSAGES = {
  /* IH0xxx: the server */
  serverStarted: {
    number: 'IH0001',
    module: 'core',
    level: 'notice',
    text: '{software} started, listening on {addresses}',
  },
  serverStopping: {
    number: 'IH0002',
    module: 'core',
    level: 'notice',
    text: 'caught {signal}, shutting down',
  },
  serverStopped: {
    number: 'IH0003',
    module: 'core',
    level: 'notice',
    text: 'stopped',
  },
  configurationWarning: {
    number: 'IH0004',
    module: 'core',
    level: 'warn',
    text: '{problem}',
  },
  serverDefect: {
    number: 'IH0005',
    module: 'core',
    level: 'crit',
    text: 'unexpected failure in the server, which goes on: {reason}; please report it',
  },
  requestsCut: {
    number: 'IH0006',
    module: 'core',
    level: 'warn',
    text: '{count} requests had not ended after {seconds} s and were cut off',
  },
  configurationReloading: {
    number: 'IH0008',
    module: 'core',
    level: 'notice',
    text: 'caught {signal}, reading the configuration again',
  },
  configurationReloaded: {
    number: 'IH0009',
    module: 'core',
    level: 'notice',
    text: 'the new configuration is at work, on {addresses}; {count} requests end with the old one',
  },
  reloadFailed: {
    number: 'IH0010',
    module: 'core',
    level: 'error',
    text: 'the new configuration is not used, and the old one stays at work: {reason}',
  },
  configurationError: {
    number: 'IH0015',
    module: 'core',
    level: 'error',
    text: '{problem}',
  },
  logsNotReopened: {
    number: 'IH0016',
    module: 'core',
    level: 'error',
    text: 'the logs could not be opened anew, and the old ones stay: {reason}',
  },
  logsReopened: {
    number: 'IH0011',
    module: 'core',
    level: 'notice',
    text: 'caught {signal}, the logs were opened anew',
  },
  connectionsFull: {
    number: 'IH0012',
    module: 'core',
    level: 'error',
    text: 'there are {count} connections, as many as MaxRequestWorkers allows; more have to wait until one ends',
  },
  connectionsFewer: {
    number: 'IH0013',
    module: 'core',
    level: 'warn',
    text: 'this process may open {files} files, so that it takes {count} connections and not {wanted} (ulimit -n)',
  },
  pidFileFailed: {
    number: 'IH0014',
    module: 'core',
    level: 'error',
    text: 'the PID file {file} cannot be written: {reason}',
  },
  logNotWritten: {
    number: 'IH0007',
    module: 'log_config',
    level: 'error',
    text: 'cannot write to {file}: {reason}; its lines are lost until that is mended',
  },
  logWrittenAgain: {
    number: 'IH0280',
    module: 'log_config',
    level: 'warn',
    text: '{file} can be written to again; lines that were lost: {count}',
  },
  userChanged: {
    number: 'IH0283',
    module: 'unixd',
    level: 'info',
    text: 'the server is now of the user {user} (uid {uid}, gid {gid})',
  },
  rootOnLoopback: {
    number: 'IH0289',
    module: 'unixd',
    level: 'warn',
    text: 'extensions of the pool {pool} run as root, because only this machine reaches the server: name another user with User before others do',
  },
  helperLost: {
    number: 'IH0284',
    module: 'unixd',
    level: 'alert',
    text: 'the process that has kept the rights of root has ended: worker processes of other users cannot be started any more; restart the server',
  },
  logProgramEnded: {
    number: 'IH0281',
    module: 'log_config',
    level: 'error',
    text: "piped log program '{file}' failed unexpectedly: it ended {reason}; it is started again in {seconds} s",
  },
  logProgramSaid: {
    number: 'IH0282',
    module: 'log_config',
    level: 'warn',
    text: '{file}: {line}',
  },
  fileMissing: {
    number: 'IH0101',
    module: 'core',
    level: 'info',
    text: 'File does not exist: {file}',
  },
  folderRequested: {
    number: 'IH0102',
    module: 'core',
    level: 'info',
    text: 'Attempt to serve directory: {file}; no file that DirectoryIndex names is in it',
  },
  methodRefused: {
    number: 'IH0103',
    module: 'core',
    level: 'error',
    text: 'This resource does not accept the {method} method: {file}',
  },
  methodUnknown: {
    number: 'IH0104',
    module: 'core',
    level: 'error',
    text: "Invalid method in request {line}: only handlers take methods that are not HTTP's own",
  },
  slashEncoded: {
    number: 'IH0105',
    module: 'core',
    level: 'info',
    text: "found %2f (encoded '/') in URI path ({path}), returning 404",
  },
  targetInvalid: {
    number: 'IH0106',
    module: 'core',
    level: 'info',
    text: 'Invalid URI in request {line}: {reason}',
  },
  nameUnsafe: {
    number: 'IH0107',
    module: 'core',
    level: 'info',
    text: 'refused {path}: {reason} in the part of the path that names files',
  },
  linkRefused: {
    number: 'IH0108',
    module: 'core',
    level: 'error',
    text: 'Symbolic link not allowed or link target not accessible: {file}; Options FollowSymLinks allows it, where its target is there',
  },
  pathInaccessible: {
    number: 'IH0109',
    module: 'core',
    level: 'error',
    text: 'access to {file} failed: {reason}',
  },
  accessDenied: {
    number: 'IH0110',
    module: 'authz_core',
    level: 'error',
    text: 'client denied by server configuration: {file}',
  },
  handlerUnknown: {
    number: 'IH0111',
    module: 'core',
    level: 'error',
    text: 'no module of this server provides the handler "{handler}" for {file}',
  },
  handlerDeclined: {
    number: 'IH0112',
    module: 'core',
    level: 'error',
    text: 'the handler "{handler}" declined {file}, which is not served as a file instead',
  },
  handlerFailed: {
    number: 'IH0113',
    module: 'core',
    level: 'error',
    text: 'the handler "{handler}" failed for {file}: {reason}',
  },
  handlerOutcomeInvalid: {
    number: 'IH0114',
    module: 'core',
    level: 'error',
    text: 'Handler for {handler} returned invalid result code {code}',
  },
  redirectsExceeded: {
    number: 'IH0115',
    module: 'core',
    level: 'error',
    text: 'Request exceeded the limit of {limit} internal redirects and subrequests due to probable configuration error. Use LimitInternalRecursion to raise it if necessary',
  },
  overrideFileInvalid: {
    number: 'IH0116',
    module: 'core',
    level: 'alert',
    text: '{problem}',
  },
  hostInvalid: {
    number: 'IH0117',
    module: 'core',
    level: 'info',
    text: 'client sent a request {reason}: {line}',
  },
  requestMalformed: {
    number: 'IH0118',
    module: 'http',
    level: 'info',
    text: 'request cannot be understood ({reason}), answering {status}',
  },
  transferEncodingUnknown: {
    number: 'IH0119',
    module: 'http',
    level: 'error',
    text: 'Unknown Transfer-Encoding: {value}',
  },
  bodyTooLarge: {
    number: 'IH0120',
    module: 'http',
    level: 'error',
    text: 'Requested content-length of {length} is larger than the configured limit of {limit}',
  },
  bodyGrewTooLarge: {
    number: 'IH0121',
    module: 'http',
    level: 'error',
    text: 'Read content length is larger than the configured limit of {limit}',
  },
  bodyIncomplete: {
    number: 'IH0122',
    module: 'http',
    level: 'info',
    text: 'the request body did not arrive: {reason}',
  },
  headersExceeded: {
    number: 'IH0123',
    module: 'http',
    level: 'info',
    text: 'request failed: {reason}',
  },
  responseHeaderInvalid: {
    number: 'IH0124',
    module: 'http',
    level: 'error',
    text: '{reason}, aborting request',
  },
  fileNotRead: {
    number: 'IH0125',
    module: 'core',
    level: 'error',
    text: 'cannot read {file}: {reason}',
  },
  clientTimeout: {
    number: 'IH0126',
    module: 'http',
    level: 'info',
    text: 'the client took no data for {seconds} s, closing the connection',
  },
  fileNotRegular: {
    number: 'IH0127',
    module: 'core',
    level: 'error',
    text: 'not a regular file: {file}; only files are served',
  },
  hostUnmatched: {
    number: 'IH0128',
    module: 'core',
    level: 'warn',
    text: "Requested hostname '{name}' did not match any ServerName/ServerAlias {hosts}",
  },
  methodUnregistered: {
    number: 'IH0129',
    module: 'core',
    level: 'info',
    text: "Unrecognized HTTP method: '{method}' (disallowed by RegisteredMethods): {line}",
  },
  substitutionTooLong: {
    number: 'IH0130',
    module: 'core',
    level: 'error',
    text: "Regex substitution in '{template}' failed. Replacement too long?",
  },
  redirectInvalid: {
    number: 'IH0131',
    module: 'alias',
    level: 'error',
    text: "cannot redirect '{path}' to '{url}'; target is not a valid absoluteURI or abs_path",
  },
  headerValueInvalid: {
    number: 'IH0132',
    module: 'headers',
    level: 'error',
    text: "header '{name}' left out, its value '{value}' contains invalid characters",
  },
  conditionFailed: {
    number: 'IH0240',
    module: 'core',
    level: 'error',
    text: 'Failed to evaluate <{section}> condition: {reason}',
  },
  errorDocumentInvalid: {
    number: 'IH0150',
    module: 'core',
    level: 'error',
    text: 'Invalid error redirection directive: {text}; ErrorDocument takes a text, a URL path or an address',
  },
  errorDocumentFailed: {
    number: 'IH0151',
    module: 'core',
    level: 'error',
    text: 'cannot evaluate the expression of ErrorDocument: {reason}',
  },
  handlerExpressionFailed: {
    number: 'IH0152',
    module: 'core',
    level: 'error',
    text: "Can't evaluate handler expression: {reason}",
  },
  spellingFixed: {
    number: 'IH0153',
    module: 'speling',
    level: 'info',
    text: 'Fixed spelling: {path} to {url}{from}',
  },
  spellingChoices: {
    number: 'IH0154',
    module: 'speling',
    level: 'info',
    text: 'Spelling fix: {path}: {count} candidates{from}',
  },
  authorizationLimited: {
    number: 'IH0200',
    module: 'authz_core',
    level: 'debug',
    text: 'authorization result of {rule}: {result} (directive limited to other methods)',
  },
  authorizationResult: {
    number: 'IH0201',
    module: 'authz_core',
    level: 'debug',
    text: 'authorization result of {rule}: {result}',
  },
  authTypeWithoutRequire: {
    number: 'IH0202',
    module: 'authz_core',
    level: 'error',
    text: 'AuthType configured with no corresponding authorization directives',
  },
  authorizationWithoutUser: {
    number: 'IH0203',
    module: 'authz_core',
    level: 'error',
    text: 'authorization failure (no authenticated user): {path}',
  },
  authorizationFailed: {
    number: 'IH0204',
    module: 'authz_core',
    level: 'error',
    text: 'user {user}: authorization failure for "{path}": ',
  },
  requireFailed: {
    number: 'IH0205',
    module: 'authz_core',
    level: 'error',
    text: "cannot evaluate the expression of 'Require {what}': {reason}",
  },
  authenticationMissing: {
    number: 'IH0206',
    module: 'core',
    level: 'error',
    text: 'No authentication done but request not allowed without authentication for {path}. Authentication not configured?',
  },
  authTypeUnsupported: {
    number: 'IH0207',
    module: 'authn_core',
    level: 'error',
    text: 'AuthType {type} configured without corresponding module',
  },
  authExpressionFailed: {
    number: 'IH0208',
    module: 'authn_core',
    level: 'error',
    text: '{what} expression could not be evaluated: {reason}',
  },
  authSchemeWrong: {
    number: 'IH0209',
    module: 'auth_basic',
    level: 'error',
    text: 'client used wrong authentication scheme: {path}',
  },
  authNameMissing: {
    number: 'IH0210',
    module: 'auth_basic',
    level: 'error',
    text: 'need AuthName: {path}',
  },
  passwordMismatch: {
    number: 'IH0211',
    module: 'auth_basic',
    level: 'error',
    text: 'user {user}: authentication failure for "{path}": Password Mismatch',
  },
  userNotFound: {
    number: 'IH0212',
    module: 'auth_basic',
    level: 'error',
    text: 'user {user} not found: {path}',
  },
  fakeUserFailed: {
    number: 'IH0213',
    module: 'auth_basic',
    level: 'error',
    text: "AuthBasicFake: could not evaluate {part} expression for URI '{path}': {reason}",
  },
  fakeUserEmpty: {
    number: 'IH0214',
    module: 'auth_basic',
    level: 'info',
    text: "AuthBasicFake: empty {part} expression for URI '{path}', ignoring",
  },
  fakeUserSet: {
    number: 'IH0215',
    module: 'auth_basic',
    level: 'info',
    text: "AuthBasicFake: the Authorization header for URI '{path}' names user {user}",
  },
  passwordFileMissing: {
    number: 'IH0216',
    module: 'authn_file',
    level: 'error',
    text: 'AuthUserFile not specified in the configuration',
  },
  passwordFileUnreadable: {
    number: 'IH0217',
    module: 'authn_file',
    level: 'error',
    text: 'Could not open password file: {file}: {reason}',
  },
  passwordLinesWrong: {
    number: 'IH0218',
    module: 'authn_file',
    level: 'warn',
    text: '{file} has lines without a colon, which are not used: {lines}',
  },
  passwordFormUnknown: {
    number: 'IH0219',
    module: 'authn_file',
    level: 'warn',
    text: 'the password of user {user} in {file} is of no form that can be checked; make it anew with htpasswd',
  },
  passwordUnchecked: {
    number: 'IH0220',
    module: 'authn_file',
    level: 'error',
    text: 'the password of user {user} could not be checked: {reason}',
  },
  groupFileMissing: {
    number: 'IH0221',
    module: 'authz_groupfile',
    level: 'error',
    text: 'No group file was specified in the configuration',
  },
  groupFileUnreadable: {
    number: 'IH0222',
    module: 'authz_groupfile',
    level: 'error',
    text: 'Could not open group file: {file}: {reason}',
  },
  userInNoGroup: {
    number: 'IH0223',
    module: 'authz_groupfile',
    level: 'info',
    text: "Authorization of user {user} to access {path} failed, reason: user doesn't appear in group file ({file}).",
  },
  userNotInGroups: {
    number: 'IH0224',
    module: 'authz_groupfile',
    level: 'debug',
    text: "Authorization of user {user} to access {path} failed, reason: user is not part of the 'require'ed group(s).",
  },
  userNotNamed: {
    number: 'IH0225',
    module: 'authz_user',
    level: 'debug',
    text: "access to {path} failed, reason: user '{user}' does not meet 'require'ments for user to be allowed access",
  },
  hostNameUnknown: {
    number: 'IH0226',
    module: 'authz_host',
    level: 'error',
    text: "access check of '{names}' to {path} failed, reason: unable to get the remote host name",
  },
  hostAddressUnknown: {
    number: 'IH0227',
    module: 'authz_host',
    level: 'warn',
    text: 'No sockaddr info for "{name}"',
  },
  requireComment: {
    number: 'IH0228',
    module: 'authz_host',
    level: 'warn',
    text: "ignoring comment in 'Require {provider} {names}'",
  },
  accessDeniedByOrder: {
    number: 'IH0229',
    module: 'access_compat',
    level: 'error',
    text: 'client denied by server configuration: {file}',
  },

  tlsHandshakeFailed: {
    number: 'IH0300',
    module: 'ssl',
    level: 'info',
    text: 'TLS handshake failed: {reason}',
  },
  tlsClientRefused: {
    number: 'IH0301',
    module: 'ssl',
    level: 'error',
    text: 'Certificate Verification: {reason}; closing the connection',
  },
  tlsMissing: {
    number: 'IH0302',
    module: 'ssl',
    level: 'info',
    text: 'a request without TLS came to port {port}, which has it; answering 400',
  },
  tlsHostMissing: {
    number: 'IH0303',
    module: 'ssl',
    level: 'error',
    text: 'Hostname {name} provided via SNI, but no hostname provided in HTTP request; answering 400',
  },
  tlsNameMissing: {
    number: 'IH0304',
    module: 'ssl',
    level: 'info',
    text: 'No hostname was provided via SNI for a name based virtual host; answering 403',
  },
  tlsHostMismatch: {
    number: 'IH0305',
    module: 'ssl',
    level: 'error',
    text: "Hostname {shaken} and hostname {asked} provided via HTTP have no compatible SSL setup for policy '{policy}'; answering 421",
  },
  tlsUserMissing: {
    number: 'IH0306',
    module: 'ssl',
    level: 'warn',
    text: "Failed to set the user to '{variable}' (SSLUserName): the connection has no such value",
  },
  tlsRequirementFailed: {
    number: 'IH0307',
    module: 'ssl',
    level: 'error',
    text: 'access to {file} failed, reason: SSL requirement expression not fulfilled: {expression}',
  },
  tlsRequired: {
    number: 'IH0308',
    module: 'ssl',
    level: 'error',
    text: 'access to {file} failed, reason: SSL connection required',
  },
  tlsUserForged: {
    number: 'IH0309',
    module: 'ssl',
    level: 'error',
    text: 'Encountered FakeBasicAuth spoof: {user}; answering 403',
  },
  tlsUserFaked: {
    number: 'IH0310',
    module: 'ssl',
    level: 'info',
    text: 'Faking HTTP Basic Auth for the client certificate of {user}',
  },
  controlSocketMissing: {
    number: 'IH0311',
    module: 'core',
    level: 'warn',
    text: 'there is no control socket, so that commands such as isapi-host pool do not reach this server: {reason}',
  },
  actionAsked: {
    number: 'IH0312',
    module: 'core',
    level: 'info',
    text: 'asked for on the control socket: {action}',
  },
  proxyHeaderInvalid: {
    number: 'IH0320',
    module: 'remoteip',
    level: 'error',
    text: 'RemoteIPProxyProtocol: {reason}; closing the connection',
  },
  remoteAddressInvalid: {
    number: 'IH0321',
    module: 'remoteip',
    level: 'debug',
    text: 'RemoteIP: Header {header} value of {value} {reason}',
  },
  remoteAddressTaken: {
    number: 'IH0322',
    module: 'remoteip',
    level: 'trace1',
    text: "Using {address} as client's IP {source}",
  },
  requestReadTimeout: {
    number: 'IH0330',
    module: 'reqtimeout',
    level: 'info',
    text: 'Request {stage} read timeout',
  },
  http2SessionFailed: {
    number: 'IH0340',
    module: 'http2',
    level: 'info',
    text: 'HTTP/2 session failed: {reason}',
  },
  http2Insecure: {
    number: 'IH0341',
    module: 'http2',
    level: 'info',
    text: 'HTTP/2 refused: {protocol} with {cipher} is not good enough (H2ModernTLSOnly)',
  },
  expressionFailed: {
    number: 'IH0342',
    module: 'core',
    level: 'error',
    text: "Can't evaluate expression of {directive}: {reason}",
  },

  /* IH1xxx: ISAPI */
  loadFailed: { number: 'IH1001', module: 'isapi', level: 'error', text: 'failed to load {file}: {reason}' },
  loadFailedAgain: {
    number: 'IH1005',
    module: 'isapi',
    level: 'debug',
    text: '{file} still cannot be loaded, as was logged before ({number})',
  },
  exportMissing: {
    number: 'IH1002',
    module: 'isapi',
    level: 'error',
    text: 'missing {name}() in {file}: {reason}',
  },
  versionRefused: {
    number: 'IH1003',
    module: 'isapi',
    level: 'error',
    text: 'failed call to GetExtensionVersion() in {file}: it returned FALSE {reason}',
  },
  execForbidden: {
    number: 'IH1004',
    module: 'core',
    level: 'error',
    text: 'Options ExecCGI is off for {file}: to run it, add it to the section for {folder}',
  },
  mapMethodRefused: {
    number: 'IH1006',
    module: 'isapi',
    level: 'error',
    text: 'the method {method} is not among those that ISAPIScriptMap gives to {file}: {path}',
  },
  supportUnsupported: {
    number: 'IH1010',
    module: 'isapi',
    level: 'warn',
    text: 'ServerSupportFunction {name} is not supported: {file}',
  },
  supportUnknown: {
    number: 'IH1011',
    module: 'isapi',
    level: 'warn',
    text: 'ServerSupportFunction ({code}) not supported: {file}',
  },
  asyncReadRefused: {
    number: 'IH1012',
    module: 'isapi',
    level: 'warn',
    text: 'asynchronous I/O not supported: {file}',
  },
  pendingRefused: {
    number: 'IH1013',
    module: 'isapi',
    level: 'warn',
    text: 'asynch I/O result HSE_STATUS_PENDING from HttpExtensionProc() is not supported: {file}',
  },
  resultError: {
    number: 'IH1014',
    module: 'isapi',
    level: 'warn',
    text: 'HSE_STATUS_ERROR result from HttpExtensionProc(): {file}',
  },
  resultUnknown: {
    number: 'IH1015',
    module: 'isapi',
    level: 'warn',
    text: 'unrecognized result code {result} from HttpExtensionProc(): {file}',
  },
  logParameter: { number: 'IH1020', module: 'isapi', level: 'info', text: '{file}: {text}' },
  logData: { number: 'IH1021', module: 'isapi', level: 'info', text: '{file}: {text}' },
  blockPremature: {
    number: 'IH1030',
    module: 'isapi',
    level: 'error',
    text: 'Premature end of script headers: {name}',
  },
  blockBadHeader: {
    number: 'IH1031',
    module: 'isapi',
    level: 'error',
    text: "malformed header from script '{name}': Bad header: {line}",
  },
  blockBadStatus: {
    number: 'IH1032',
    module: 'isapi',
    level: 'error',
    text: "Invalid status line from script '{name}': {text}",
  },
  blockBadValue: {
    number: 'IH1033',
    module: 'isapi',
    level: 'info',
    text: "Ignored invalid header value: {header}: '{value}'",
  },
  cacheBadPath: {
    number: 'IH1040',
    module: 'isapi',
    level: 'warn',
    text: 'ISAPICacheFile: invalid module path, skipping {file}',
  },
  cacheNoStat: {
    number: 'IH1041',
    module: 'isapi',
    level: 'warn',
    text: 'ISAPICacheFile: unable to stat, skipping {file}: {reason}',
  },
  cacheNoFile: {
    number: 'IH1042',
    module: 'isapi',
    level: 'warn',
    text: 'ISAPICacheFile: not a regular file, skipping {file}',
  },
  cacheFailed: {
    number: 'IH1043',
    module: 'isapi',
    level: 'warn',
    text: 'ISAPICacheFile: unable to cache, skipping {file}: {reason}',
  },
  requestTimeout: {
    number: 'IH1050',
    module: 'isapi',
    level: 'error',
    text: '{file} did not answer within {seconds} s; its worker process is replaced. If it waits inside HttpExtensionProc for a thread of its own to call back, set calls = async for pool {pool}; if it is slow, raise request.timeout',
  },
  workerLost: {
    number: 'IH1051',
    module: 'isapi',
    level: 'error',
    text: 'the worker process ended while {file} was answering: {reason}',
  },
  bodyReadFailed: {
    number: 'IH1052',
    module: 'isapi',
    level: 'error',
    text: 'reading the request body for {file} failed: {reason}',
  },
  poolRefused: {
    number: 'IH1053',
    module: 'isapi',
    level: 'error',
    text: '{file} cannot be run now: {reason}',
  },
  runtimeMissing: {
    number: 'IH1054',
    module: 'isapi',
    level: 'error',
    text: 'failed to load {file}: {reason}',
  },
  workerDefect: {
    number: 'IH1055',
    module: 'isapi',
    level: 'crit',
    text: 'unexpected failure while {file} called the server: {text}; please report it',
  },
  headerInvalid: {
    number: 'IH1060',
    module: 'http',
    level: 'error',
    text: "Response header '{header}' value of '{value}' contains invalid characters, aborting request",
  },
  resultCodeInvalid: {
    number: 'IH1061',
    module: 'core',
    level: 'error',
    text: 'Handler for isapi-handler returned invalid result code {code}: {file}',
  },
  journalMissing: {
    number: 'IH1100',
    module: 'isapi_journal',
    level: 'warn',
    text: 'the call journal {folder} cannot be opened: {reason}; what extensions are refused is kept in memory only',
  },
  journalNotWritten: {
    number: 'IH1101',
    module: 'isapi_journal',
    level: 'error',
    text: 'the call journal {folder} cannot be written: {reason}; what extensions are refused is not in it until that is mended',
  },
  journalWrittenAgain: {
    number: 'IH1102',
    module: 'isapi_journal',
    level: 'warn',
    text: 'the call journal {folder} can be written again',
  },
  traceKept: {
    number: 'IH1120',
    module: 'isapi_trace',
    level: 'notice',
    text: 'the trace {id} is kept ({why}): isapi-host trace show {id} shows it',
  },
  traceKeptAsAsked: {
    number: 'IH1121',
    module: 'isapi_trace',
    level: 'info',
    text: 'the trace {id} is kept ({why}): isapi-host trace show {id} shows it',
  },
  traceNotWritten: {
    number: 'IH1122',
    module: 'isapi_trace',
    level: 'error',
    text: 'a trace could not be kept in {folder}: {reason}; until that is mended no trace is, and there is no further line',
  },
  traceFolderUnusable: {
    number: 'IH1123',
    module: 'isapi_trace',
    level: 'error',
    text: 'traces cannot be kept in {folder}: {reason}; let the user {user} write there, or name another folder with ISAPITraceFolder',
  },
  tracesDropped: {
    number: 'IH1124',
    module: 'isapi_trace',
    level: 'warn',
    text: 'traces that were not kept in {folder} because the disk did not take them in time: {count}',
  },
  /* IH2xxx: application pools */
  workerStarted: {
    number: 'IH2001',
    module: 'pool',
    level: 'notice',
    text: 'worker process started: {runtime}',
  },
  workerEnded: {
    number: 'IH2002',
    module: 'pool',
    level: 'notice',
    text: 'worker process ended after {age} s',
  },
  workerKilled: {
    number: 'IH2003',
    module: 'pool',
    level: 'error',
    text: 'worker process was ended after {age} s: {reason}',
  },
  workerDied: {
    number: 'IH2004',
    module: 'pool',
    level: 'error',
    text: 'worker process died after {age} s: {end}',
  },
  extensionCrashed: {
    number: 'IH2005',
    module: 'pool',
    level: 'error',
    text: '{file} ended its worker process after {age} s: {end}',
  },
  extensionOutput: { number: 'IH2006', module: 'pool', level: 'info', text: '{name}: {line}' },
  workerRecycled: {
    number: 'IH2007',
    module: 'pool',
    level: 'notice',
    text: 'worker process is being replaced: {reason}',
  },
} as const satisfies Record<string, Message>;

export type MessageName = keyof typeof MESSAGES;

/** What a log line says of where it comes from. All optional: what is absent is left out of the line. */
export interface LogContext {
  /** "address:port" of the client */
  readonly client?: string;
  /** file name of the extension */
  readonly extension?: string;
  /** name of the application pool */
  readonly pool?: string;
  /** id of the request */
  readonly request?: string;
  /** process id, when it is not the server's own */
  readonly pid?: number;
}

export type LogParams = Readonly<Record<string, string | number>>;

/** Where messages go. The server's implementation is in `http/log.ts`. */
export interface Log {
  /** Writes a numbered message if its level is wanted. */
  write(name: MessageName, params?: LogParams, context?: LogContext): void;
}

/** The text of a message with its placeholders filled in. */
export function formatMessage(name: MessageName, params: LogParams = {}): string {
  return MESSAGES[name].text.replace(/\{(\w+)\}/g, (whole, key: string) => String(params[key] ?? whole));
}
