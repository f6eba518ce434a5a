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

/**
 * A row: its number, the module and level it is logged with, and its text with `{name}` placeholders. The row's own name
 * is the stable name of the event in structured logs.
 */
export interface Message {
  readonly number: string;
  readonly module: string;
  readonly level: LogLevel;
  readonly text: string;
  /** what a person who reads it is to do, or that there is nothing to do: one or two sentences */
  readonly advice: string;
}

export const MESSAGES = {
  /* IH0xxx: the server */
  serverStarted: {
    number: 'IH0001',
    module: 'core',
    level: 'notice',
    text: '{software} started, listening on {addresses}',
    advice: 'Nothing: the addresses are those of Listen.',
  },
  serverStopping: {
    number: 'IH0002',
    module: 'core',
    level: 'notice',
    text: 'caught {signal}, shutting down',
    advice: 'Nothing, if you have sent the signal. A second one ends the server at once.',
  },
  serverStopped: {
    number: 'IH0003',
    module: 'core',
    level: 'notice',
    text: 'stopped',
    advice: 'Nothing: all requests and worker processes have ended.',
  },
  configurationWarning: {
    number: 'IH0004',
    module: 'core',
    level: 'warn',
    text: '{problem}',
    advice: 'Change what stands at the place that is named; the server runs meanwhile.',
  },
  serverDefect: {
    number: 'IH0005',
    module: 'core',
    level: 'crit',
    text: 'unexpected failure in the server, which goes on: {reason}; please report it',
    advice:
      'Report it, with the lines of the stack. The server goes on; the request that met it may have failed.',
  },
  requestsCut: {
    number: 'IH0006',
    module: 'core',
    level: 'warn',
    text: '{count} requests had not ended after {seconds} s and were cut off',
    advice:
      'Raise GracefulShutdownTimeout if requests may take longer, or see by the access log which they were.',
  },
  configurationReloading: {
    number: 'IH0008',
    module: 'core',
    level: 'notice',
    text: 'caught {signal}, reading the configuration again',
    advice: 'Nothing, if you have sent the signal. IH0009 or IH0010 tells what came of it.',
  },
  configurationReloaded: {
    number: 'IH0009',
    module: 'core',
    level: 'notice',
    text: 'the new configuration is at work, on {addresses}; {count} requests end with the old one',
    advice: 'Nothing: worker processes of the old configuration end with its last request.',
  },
  reloadFailed: {
    number: 'IH0010',
    module: 'core',
    level: 'error',
    text: 'the new configuration is not used, and the old one stays at work: {reason}',
    advice:
      'Mend what the reason names (isapi-host check shows all of it) and reload again; nothing was changed.',
  },
  configurationError: {
    number: 'IH0015',
    module: 'core',
    level: 'error',
    text: '{problem}',
    advice:
      'Mend what stands at the place that is named, and reload again; the old configuration is at work.',
  },
  logsNotReopened: {
    number: 'IH0016',
    module: 'core',
    level: 'error',
    text: 'the logs could not be opened anew, and the old ones stay: {reason}',
    advice: 'See to it that the user of the server may write there, and send SIGUSR1 again.',
  },
  logsReopened: {
    number: 'IH0011',
    module: 'core',
    level: 'notice',
    text: 'caught {signal}, the logs were opened anew',
    advice: 'Nothing: lines go to new files under the names of the configuration.',
  },
  connectionsFull: {
    number: 'IH0012',
    module: 'core',
    level: 'error',
    text: 'there are {count} connections, as many as MaxRequestWorkers allows; more have to wait until one ends',
    advice:
      'Raise MaxRequestWorkers if the machine can take more, lower KeepAliveTimeout, or find out who holds so many.',
  },
  connectionsFewer: {
    number: 'IH0013',
    module: 'core',
    level: 'warn',
    text: 'this process may open {files} files, so that it takes {count} connections and not {wanted} (ulimit -n)',
    advice:
      'Raise the limit of open files where the server is started (ulimit -n, LimitNOFILE of systemd), or lower MaxRequestWorkers.',
  },
  pidFileFailed: {
    number: 'IH0014',
    module: 'core',
    level: 'error',
    text: 'the PID file {file} cannot be written: {reason}',
    advice: 'Let PidFile name a file in a folder that the user who starts the server may write to.',
  },
  logNotWritten: {
    number: 'IH0007',
    module: 'log_config',
    level: 'error',
    text: 'cannot write to {file}: {reason}; its lines are lost until that is mended',
    advice: 'Make room on the disk, or see to the rights of the file; IH0280 tells when lines arrive again.',
  },
  logWrittenAgain: {
    number: 'IH0280',
    module: 'log_config',
    level: 'warn',
    text: '{file} can be written to again; lines that were lost: {count}',
    advice: 'Nothing more: the number of lines that are missing is in the text.',
  },
  userChanged: {
    number: 'IH0283',
    module: 'unixd',
    level: 'info',
    text: 'the server is now of the user {user} (uid {uid}, gid {gid})',
    advice: 'Nothing: files that the server is to read have to be readable for this user.',
  },
  rootOnLoopback: {
    number: 'IH0289',
    module: 'unixd',
    level: 'warn',
    text: 'extensions of the pool {pool} run as root, because only this machine reaches the server: name another user with User before others do',
    advice: 'Name a user of its own for the server with User and Group.',
  },
  helperLost: {
    number: 'IH0284',
    module: 'unixd',
    level: 'alert',
    text: 'the process that has kept the rights of root has ended: worker processes of other users cannot be started any more; restart the server',
    advice: "Restart the server, and look in the system's log for what has ended the process.",
  },
  logProgramEnded: {
    number: 'IH0281',
    module: 'log_config',
    level: 'error',
    text: "piped log program '{file}' failed unexpectedly: it ended {reason}; it is started again in {seconds} s",
    advice: 'Look at what the program has written (IH0282) and run its command by hand.',
  },
  logProgramSaid: {
    number: 'IH0282',
    module: 'log_config',
    level: 'warn',
    text: '{file}: {line}',
    advice: "It is the log's program that speaks: its own documentation says what it means.",
  },
  fileMissing: {
    number: 'IH0101',
    module: 'core',
    level: 'info',
    text: 'File does not exist: {file}',
    advice:
      'Nothing for URLs that do not exist. Else see DocumentRoot, Alias and the case of letters in names.',
  },
  folderRequested: {
    number: 'IH0102',
    module: 'core',
    level: 'info',
    text: 'Attempt to serve directory: {file}; no file that DirectoryIndex names is in it',
    advice: 'Put an index file into the folder, or name the one that is there with DirectoryIndex.',
  },
  methodRefused: {
    number: 'IH0103',
    module: 'core',
    level: 'error',
    text: 'This resource does not accept the {method} method: {file}',
    advice:
      'Nothing, if nobody should use it. Extensions take every method: see that the handler is set for the file.',
  },
  methodUnknown: {
    number: 'IH0104',
    module: 'core',
    level: 'error',
    text: "Invalid method in request {line}: only handlers take methods that are not HTTP's own",
    advice:
      'Nothing, mostly: robots try such methods. Extensions take them when a handler is set for the URL.',
  },
  slashEncoded: {
    number: 'IH0105',
    module: 'core',
    level: 'info',
    text: "found %2f (encoded '/') in URI path ({path}), returning 404",
    advice: 'Set AllowEncodedSlashes On or NoDecode if the extension needs such URLs.',
  },
  targetInvalid: {
    number: 'IH0106',
    module: 'core',
    level: 'info',
    text: 'Invalid URI in request {line}: {reason}',
    advice: 'Nothing on the server: the client has sent something that is no URL.',
  },
  nameUnsafe: {
    number: 'IH0107',
    module: 'core',
    level: 'info',
    text: 'refused {path}: {reason} in the part of the path that names files',
    advice: 'Nothing: such names are for tricks on file systems. Rename a file that has to have one.',
  },
  linkRefused: {
    number: 'IH0108',
    module: 'core',
    level: 'error',
    text: 'Symbolic link not allowed or link target not accessible: {file}; Options FollowSymLinks allows it, where its target is there',
    advice:
      'Add FollowSymLinks (or SymLinksIfOwnerMatch) to Options of the folder, or put the file itself there; mend a link that leads nowhere.',
  },
  pathInaccessible: {
    number: 'IH0109',
    module: 'core',
    level: 'error',
    text: 'access to {file} failed: {reason}',
    advice: 'Give the user of the server the right to read the file, and to pass all folders above it.',
  },
  accessDenied: {
    number: 'IH0110',
    module: 'authz_core',
    level: 'error',
    text: 'client denied by server configuration: {file}',
    advice:
      'Allow it with Require in a section for the folder, such as Require all granted, if it is to be served.',
  },
  handlerUnknown: {
    number: 'IH0111',
    module: 'core',
    level: 'error',
    text: 'no module of this server provides the handler "{handler}" for {file}',
    advice: 'Mend the name in SetHandler or AddHandler; that of extensions is isapi-handler.',
  },
  handlerDeclined: {
    number: 'IH0112',
    module: 'core',
    level: 'error',
    text: 'the handler "{handler}" declined {file}, which is not served as a file instead',
    advice: 'Take the handler away from the file if it is to be served as it is.',
  },
  handlerFailed: {
    number: 'IH0113',
    module: 'core',
    level: 'error',
    text: 'the handler "{handler}" failed for {file}: {reason}',
    advice:
      "Report it, if the module is one of this program's; else the reason is for the author of the module.",
  },
  handlerOutcomeInvalid: {
    number: 'IH0114',
    module: 'core',
    level: 'error',
    text: 'Handler for {handler} returned invalid result code {code}',
    advice: 'It is a defect of the module whose handler this is: tell its author.',
  },
  redirectsExceeded: {
    number: 'IH0115',
    module: 'core',
    level: 'error',
    text: 'Request exceeded the limit of {limit} internal redirects and subrequests due to probable configuration error. Use LimitInternalRecursion to raise it if necessary',
    advice:
      'Look for an ErrorDocument or a URL of HSE_REQ_SEND_URL that leads to itself; raise LimitInternalRecursion only if there is none.',
  },
  overrideFileInvalid: {
    number: 'IH0116',
    module: 'core',
    level: 'alert',
    text: '{problem}',
    advice:
      'Mend the .htaccess file at the place that is named: until then all of its folder is answered with 500.',
  },
  hostInvalid: {
    number: 'IH0117',
    module: 'core',
    level: 'info',
    text: 'client sent a request {reason}: {line}',
    advice:
      'Nothing on the server: the Host header of the client is wrong. HttpProtocolOptions Unsafe lets more through.',
  },
  requestMalformed: {
    number: 'IH0118',
    module: 'http',
    level: 'info',
    text: 'request cannot be understood ({reason}), answering {status}',
    advice: 'Nothing, mostly: robots send such things. A client of your own has to be mended.',
  },
  transferEncodingUnknown: {
    number: 'IH0119',
    module: 'http',
    level: 'error',
    text: 'Unknown Transfer-Encoding: {value}',
    advice: 'Let the client send the body as it is, or in chunks.',
  },
  bodyTooLarge: {
    number: 'IH0120',
    module: 'http',
    level: 'error',
    text: 'Requested content-length of {length} is larger than the configured limit of {limit}',
    advice: 'Raise LimitRequestBody for the URL if bodies may be that large.',
  },
  bodyGrewTooLarge: {
    number: 'IH0121',
    module: 'http',
    level: 'error',
    text: 'Read content length is larger than the configured limit of {limit}',
    advice: 'Raise LimitRequestBody for the URL if bodies may be that large.',
  },
  bodyIncomplete: {
    number: 'IH0122',
    module: 'http',
    level: 'info',
    text: 'the request body did not arrive: {reason}',
    advice: "Nothing on the server, unless Timeout or RequestReadTimeout is too short for the client's line.",
  },
  headersExceeded: {
    number: 'IH0123',
    module: 'http',
    level: 'info',
    text: 'request failed: {reason}',
    advice:
      'Raise LimitRequestLine, LimitRequestFieldSize or LimitRequestFields if clients need more; large cookies are the usual cause.',
  },
  responseHeaderInvalid: {
    number: 'IH0124',
    module: 'http',
    level: 'error',
    text: '{reason}, aborting request',
    advice: 'Mend the extension or the directive that gives the header that is named.',
  },
  fileNotRead: {
    number: 'IH0125',
    module: 'core',
    level: 'error',
    text: 'cannot read {file}: {reason}',
    advice: 'See to the rights of the file and to the disk it is on.',
  },
  clientTimeout: {
    number: 'IH0126',
    module: 'http',
    level: 'info',
    text: 'the client took no data for {seconds} s, closing the connection',
    advice: 'Nothing, mostly: the client has gone away or is very slow. Raise Timeout if its line is.',
  },
  fileNotRegular: {
    number: 'IH0127',
    module: 'core',
    level: 'error',
    text: 'not a regular file: {file}; only files are served',
    advice: 'Put a file there: sockets, pipes and devices are not served.',
  },
  hostUnmatched: {
    number: 'IH0128',
    module: 'core',
    level: 'warn',
    text: "Requested hostname '{name}' did not match any ServerName/ServerAlias {hosts}",
    advice: 'Add the name with ServerName or ServerAlias, or set StrictHostCheck Off.',
  },
  methodUnregistered: {
    number: 'IH0129',
    module: 'core',
    level: 'info',
    text: "Unrecognized HTTP method: '{method}' (disallowed by RegisteredMethods): {line}",
    advice: 'Set RegisteredMethods (HttpProtocolOptions LenientMethods) if the method is to be taken.',
  },
  substitutionTooLong: {
    number: 'IH0130',
    module: 'core',
    level: 'error',
    text: "Regex substitution in '{template}' failed. Replacement too long?",
    advice: 'Make the replacement shorter, or the pattern catch less: a result may have 64 KiB.',
  },
  redirectInvalid: {
    number: 'IH0131',
    module: 'alias',
    level: 'error',
    text: "cannot redirect '{path}' to '{url}'; target is not a valid absoluteURI or abs_path",
    advice: 'Let Redirect name an address with http:// or https://, or a path that begins with /.',
  },
  headerValueInvalid: {
    number: 'IH0132',
    module: 'headers',
    level: 'error',
    text: "header '{name}' left out, its value '{value}' contains invalid characters",
    advice:
      'Change the value in the Header directive: a part of the request that it repeats has a line end or another control character.',
  },
  conditionFailed: {
    number: 'IH0240',
    module: 'core',
    level: 'error',
    text: 'Failed to evaluate <{section}> condition: {reason}',
    advice: 'Mend the expression of the section; the section counts as one that does not match.',
  },
  errorDocumentInvalid: {
    number: 'IH0150',
    module: 'core',
    level: 'error',
    text: 'Invalid error redirection directive: {text}; ErrorDocument takes a text, a URL path or an address',
    advice: 'Give ErrorDocument a text in quotes, a path that begins with /, or an address.',
  },
  errorDocumentFailed: {
    number: 'IH0151',
    module: 'core',
    level: 'error',
    text: 'cannot evaluate the expression of ErrorDocument: {reason}',
    advice: "Mend the expression of ErrorDocument; until then the server's own page is sent.",
  },
  handlerExpressionFailed: {
    number: 'IH0152',
    module: 'core',
    level: 'error',
    text: "Can't evaluate handler expression: {reason}",
    advice: 'Mend the expression of SetHandler.',
  },
  spellingFixed: {
    number: 'IH0153',
    module: 'speling',
    level: 'info',
    text: 'Fixed spelling: {path} to {url}{from}',
    advice: 'Mend the link on the page that is named, if it is yours.',
  },
  spellingChoices: {
    number: 'IH0154',
    module: 'speling',
    level: 'info',
    text: 'Spelling fix: {path}: {count} candidates{from}',
    advice: 'Mend the link on the page that is named, if it is yours.',
  },
  authorizationLimited: {
    number: 'IH0200',
    module: 'authz_core',
    level: 'debug',
    text: 'authorization result of {rule}: {result} (directive limited to other methods)',
    advice: 'Nothing: it tells how a decision came about.',
  },
  authorizationResult: {
    number: 'IH0201',
    module: 'authz_core',
    level: 'debug',
    text: 'authorization result of {rule}: {result}',
    advice: 'Nothing: it tells how a decision came about.',
  },
  authTypeWithoutRequire: {
    number: 'IH0202',
    module: 'authz_core',
    level: 'error',
    text: 'AuthType configured with no corresponding authorization directives',
    advice: 'Add Require, such as Require valid-user, to the section with AuthType.',
  },
  authorizationWithoutUser: {
    number: 'IH0203',
    module: 'authz_core',
    level: 'error',
    text: 'authorization failure (no authenticated user): {path}',
    advice: 'Add AuthType, AuthName and AuthUserFile to the section: its rules are about users.',
  },
  authorizationFailed: {
    number: 'IH0204',
    module: 'authz_core',
    level: 'error',
    text: 'user {user}: authorization failure for "{path}": ',
    advice:
      'Nothing, if the user should not have it. Else add the user to the rules (Require user, Require group).',
  },
  requireFailed: {
    number: 'IH0205',
    module: 'authz_core',
    level: 'error',
    text: "cannot evaluate the expression of 'Require {what}': {reason}",
    advice: 'Mend the expression of Require; until then the rule does not hold.',
  },
  authenticationMissing: {
    number: 'IH0206',
    module: 'core',
    level: 'error',
    text: 'No authentication done but request not allowed without authentication for {path}. Authentication not configured?',
    advice: 'Add AuthType, AuthName and AuthUserFile to the section, whose Require is about users.',
  },
  authTypeUnsupported: {
    number: 'IH0207',
    module: 'authn_core',
    level: 'error',
    text: 'AuthType {type} configured without corresponding module',
    advice: 'Set AuthType Basic; other kinds are for a proxy in front.',
  },
  authExpressionFailed: {
    number: 'IH0208',
    module: 'authn_core',
    level: 'error',
    text: '{what} expression could not be evaluated: {reason}',
    advice: 'Mend the expression of the directive that is named.',
  },
  authSchemeWrong: {
    number: 'IH0209',
    module: 'auth_basic',
    level: 'error',
    text: 'client used wrong authentication scheme: {path}',
    advice: 'Nothing on the server: the client has to use Basic authentication.',
  },
  authNameMissing: {
    number: 'IH0210',
    module: 'auth_basic',
    level: 'error',
    text: 'need AuthName: {path}',
    advice: 'Add AuthName, a text in quotes that the client shows with its question.',
  },
  passwordMismatch: {
    number: 'IH0211',
    module: 'auth_basic',
    level: 'error',
    text: 'user {user}: authentication failure for "{path}": Password Mismatch',
    advice: 'Nothing, if the password was wrong. htpasswd gives the user another one.',
  },
  userNotFound: {
    number: 'IH0212',
    module: 'auth_basic',
    level: 'error',
    text: 'user {user} not found: {path}',
    advice: 'Nothing, if there is no such user. htpasswd adds one to AuthUserFile.',
  },
  fakeUserFailed: {
    number: 'IH0213',
    module: 'auth_basic',
    level: 'error',
    text: "AuthBasicFake: could not evaluate {part} expression for URI '{path}': {reason}",
    advice: 'Mend the expression of AuthBasicFake.',
  },
  fakeUserEmpty: {
    number: 'IH0214',
    module: 'auth_basic',
    level: 'info',
    text: "AuthBasicFake: empty {part} expression for URI '{path}', ignoring",
    advice: 'Nothing, if requests without a value are meant to go on as they are.',
  },
  fakeUserSet: {
    number: 'IH0215',
    module: 'auth_basic',
    level: 'info',
    text: "AuthBasicFake: the Authorization header for URI '{path}' names user {user}",
    advice: 'Nothing: it tells what AuthBasicFake has done.',
  },
  passwordFileMissing: {
    number: 'IH0216',
    module: 'authn_file',
    level: 'error',
    text: 'AuthUserFile not specified in the configuration',
    advice: 'Add AuthUserFile with a file made by htpasswd.',
  },
  passwordFileUnreadable: {
    number: 'IH0217',
    module: 'authn_file',
    level: 'error',
    text: 'Could not open password file: {file}: {reason}',
    advice: 'Make the file (htpasswd -c) and give the user of the server the right to read it.',
  },
  passwordLinesWrong: {
    number: 'IH0218',
    module: 'authn_file',
    level: 'warn',
    text: '{file} has lines without a colon, which are not used: {lines}',
    advice: 'Mend the lines: each is a name, a colon and what htpasswd has made of the password.',
  },
  passwordFormUnknown: {
    number: 'IH0219',
    module: 'authn_file',
    level: 'warn',
    text: 'the password of user {user} in {file} is of no form that can be checked; make it anew with htpasswd',
    advice: 'Make the password anew with htpasswd -B.',
  },
  passwordUnchecked: {
    number: 'IH0220',
    module: 'authn_file',
    level: 'error',
    text: 'the password of user {user} could not be checked: {reason}',
    advice:
      'Try again; when it comes again, more passwords are being checked than the machine can do: use SHA-256 (htpasswd -2) or fewer rounds.',
  },
  groupFileMissing: {
    number: 'IH0221',
    module: 'authz_groupfile',
    level: 'error',
    text: 'No group file was specified in the configuration',
    advice: 'Add AuthGroupFile, or take Require group away.',
  },
  groupFileUnreadable: {
    number: 'IH0222',
    module: 'authz_groupfile',
    level: 'error',
    text: 'Could not open group file: {file}: {reason}',
    advice:
      'Make the file, with lines such as name: user user, and give the user of the server the right to read it.',
  },
  userInNoGroup: {
    number: 'IH0223',
    module: 'authz_groupfile',
    level: 'info',
    text: "Authorization of user {user} to access {path} failed, reason: user doesn't appear in group file ({file}).",
    advice: 'Add the user to a group of AuthGroupFile, if the user should have it.',
  },
  userNotInGroups: {
    number: 'IH0224',
    module: 'authz_groupfile',
    level: 'debug',
    text: "Authorization of user {user} to access {path} failed, reason: user is not part of the 'require'ed group(s).",
    advice: 'Add the user to one of the groups that Require group names, if the user should have it.',
  },
  userNotNamed: {
    number: 'IH0225',
    module: 'authz_user',
    level: 'debug',
    text: "access to {path} failed, reason: user '{user}' does not meet 'require'ments for user to be allowed access",
    advice: 'Add the user to Require user, if the user should have it.',
  },
  hostNameUnknown: {
    number: 'IH0226',
    module: 'authz_host',
    level: 'error',
    text: "access check of '{names}' to {path} failed, reason: unable to get the remote host name",
    advice:
      'Use addresses (Require ip) for clients without a name in the DNS, or wait until it answers again.',
  },
  hostAddressUnknown: {
    number: 'IH0227',
    module: 'authz_host',
    level: 'warn',
    text: 'No sockaddr info for "{name}"',
    advice: 'See to the name in Require forward-dns and to the DNS of this machine.',
  },
  requireComment: {
    number: 'IH0228',
    module: 'authz_host',
    level: 'warn',
    text: "ignoring comment in 'Require {provider} {names}'",
    advice: 'Put the comment on a line of its own: a # within a line is none.',
  },
  accessDeniedByOrder: {
    number: 'IH0229',
    module: 'access_compat',
    level: 'error',
    text: 'client denied by server configuration: {file}',
    advice:
      'Allow it with Allow from, or with Require in place of Order, Allow and Deny, if it is to be served.',
  },

  tlsHandshakeFailed: {
    number: 'IH0300',
    module: 'ssl',
    level: 'info',
    text: 'TLS handshake failed: {reason}',
    advice:
      'Nothing for single ones: robots try. When all fail, see SSLProtocol, SSLCipherSuite and the certificate.',
  },
  tlsClientRefused: {
    number: 'IH0301',
    module: 'ssl',
    level: 'error',
    text: 'Certificate Verification: {reason}; closing the connection',
    advice:
      'Give the client a certificate of an authority in SSLCACertificateFile, or see SSLVerifyDepth and the dates.',
  },
  tlsMissing: {
    number: 'IH0302',
    module: 'ssl',
    level: 'info',
    text: 'a request without TLS came to port {port}, which has it; answering 400',
    advice: 'Let the client use https:// for this port.',
  },
  tlsHostMissing: {
    number: 'IH0303',
    module: 'ssl',
    level: 'error',
    text: 'Hostname {name} provided via SNI, but no hostname provided in HTTP request; answering 400',
    advice: 'Nothing on the server: the client has to send a Host header.',
  },
  tlsNameMissing: {
    number: 'IH0304',
    module: 'ssl',
    level: 'info',
    text: 'No hostname was provided via SNI for a name based virtual host; answering 403',
    advice: 'Set SSLStrictSNIVHostCheck Off if clients without server names are to be served.',
  },
  tlsHostMismatch: {
    number: 'IH0305',
    module: 'ssl',
    level: 'error',
    text: "Hostname {shaken} and hostname {asked} provided via HTTP have no compatible SSL setup for policy '{policy}'; answering 421",
    advice:
      "Give both hosts the same settings of TLS and clients' certificates; else the client has to open another connection, which this answer has it do.",
  },
  tlsUserMissing: {
    number: 'IH0306',
    module: 'ssl',
    level: 'warn',
    text: "Failed to set the user to '{variable}' (SSLUserName): the connection has no such value",
    advice:
      'Let SSLUserName name a variable that certificates have, such as SSL_CLIENT_S_DN_CN, and set SSLVerifyClient.',
  },
  tlsRequirementFailed: {
    number: 'IH0307',
    module: 'ssl',
    level: 'error',
    text: 'access to {file} failed, reason: SSL requirement expression not fulfilled: {expression}',
    advice:
      'Nothing, if the client should not have it; else change SSLRequire (Require expr is its successor).',
  },
  tlsRequired: {
    number: 'IH0308',
    module: 'ssl',
    level: 'error',
    text: 'access to {file} failed, reason: SSL connection required',
    advice: 'Let clients use https://, with Redirect in the host without TLS.',
  },
  tlsUserForged: {
    number: 'IH0309',
    module: 'ssl',
    level: 'error',
    text: 'Encountered FakeBasicAuth spoof: {user}; answering 403',
    advice: 'Nothing: a client tried to be somebody by a header that FakeBasicAuth makes.',
  },
  tlsUserFaked: {
    number: 'IH0310',
    module: 'ssl',
    level: 'info',
    text: 'Faking HTTP Basic Auth for the client certificate of {user}',
    advice: 'Nothing: it tells what SSLOptions +FakeBasicAuth has done.',
  },
  logsFolderMissing: {
    number: 'IH0313',
    module: 'core',
    level: 'notice',
    text: 'there is no folder {folder}, so that this server has no {lacking}: make the folder and start it again to have them',
    advice:
      'Make the folder, or name the files with PidFile, ControlSocket and ISAPIJournal. A start with -k makes it.',
  },
  controlSocketMissing: {
    number: 'IH0311',
    module: 'core',
    level: 'warn',
    text: 'there is no control socket, so that commands such as isapi-host pool do not reach this server: {reason}',
    advice: 'Do what the reason says, and restart the server; it serves without the socket.',
  },
  actionAsked: {
    number: 'IH0312',
    module: 'core',
    level: 'info',
    text: 'asked for on the control socket: {action}',
    advice: "Nothing: it tells who was let do what; only the server's own user and root are.",
  },
  proxyHeaderInvalid: {
    number: 'IH0320',
    module: 'remoteip',
    level: 'error',
    text: 'RemoteIPProxyProtocol: {reason}; closing the connection',
    advice:
      'Let the proxy in front send the PROXY protocol, or name those that do not with RemoteIPProxyProtocolExceptions.',
  },
  remoteAddressInvalid: {
    number: 'IH0321',
    module: 'remoteip',
    level: 'debug',
    text: 'RemoteIP: Header {header} value of {value} {reason}',
    advice: 'See to what the proxy in front puts into the header.',
  },
  remoteAddressTaken: {
    number: 'IH0322',
    module: 'remoteip',
    level: 'trace1',
    text: "Using {address} as client's IP {source}",
    advice: 'Nothing: it tells whose address counts.',
  },
  requestReadTimeout: {
    number: 'IH0330',
    module: 'reqtimeout',
    level: 'info',
    text: 'Request {stage} read timeout',
    advice: 'Nothing for single ones. Raise RequestReadTimeout if clients with slow lines meet it.',
  },
  http2SessionFailed: {
    number: 'IH0340',
    module: 'http2',
    level: 'info',
    text: 'HTTP/2 session failed: {reason}',
    advice: 'Nothing for single ones: the client has broken off or the rules of HTTP/2.',
  },
  http2Insecure: {
    number: 'IH0341',
    module: 'http2',
    level: 'info',
    text: 'HTTP/2 refused: {protocol} with {cipher} is not good enough (H2ModernTLSOnly)',
    advice: 'Nothing: the client goes on with HTTP/1.1. H2ModernTLSOnly Off takes such connections.',
  },
  expressionFailed: {
    number: 'IH0342',
    module: 'core',
    level: 'error',
    text: "Can't evaluate expression of {directive}: {reason}",
    advice: 'Mend the expression of the directive that is named.',
  },

  /* IH1xxx: ISAPI */
  loadFailed: {
    number: 'IH1001',
    module: 'isapi',
    level: 'error',
    text: 'failed to load {file}: {reason}',
    advice: 'Do what the reason says; isapi-host inspect FILE tells everything that the file needs.',
  },
  loadFailedAgain: {
    number: 'IH1005',
    module: 'isapi',
    level: 'debug',
    text: '{file} still cannot be loaded, as was logged before ({number})',
    advice: 'See the line with the number that is named, which has the reason.',
  },
  exportMissing: {
    number: 'IH1002',
    module: 'isapi',
    level: 'error',
    text: 'missing {name}() in {file}: {reason}',
    advice:
      'See that the file is an ISAPI extension (a filter, an ASP page or a COM library is none); isapi-host inspect FILE shows what it exports.',
  },
  versionRefused: {
    number: 'IH1003',
    module: 'isapi',
    level: 'error',
    text: 'failed call to GetExtensionVersion() in {file}: it returned FALSE {reason}',
    advice:
      "See the extension's documentation for what it needs at its start: files, registry keys, a database, a licence.",
  },
  execForbidden: {
    number: 'IH1004',
    module: 'core',
    level: 'error',
    text: 'Options ExecCGI is off for {file}: to run it, add it to the section for {folder}',
    advice: 'Add Options +ExecCGI to the section for the folder.',
  },
  mapMethodRefused: {
    number: 'IH1006',
    module: 'isapi',
    level: 'error',
    text: 'the method {method} is not among those that ISAPIScriptMap gives to {file}: {path}',
    advice: 'Add the method to ISAPIScriptMap, if the extension is to answer it.',
  },
  supportUnsupported: {
    number: 'IH1010',
    module: 'isapi',
    level: 'warn',
    text: 'ServerSupportFunction {name} is not supported: {file}',
    advice: 'Run isapi-host calls: it says what the function is for and what to do.',
  },
  supportUnknown: {
    number: 'IH1011',
    module: 'isapi',
    level: 'warn',
    text: 'ServerSupportFunction ({code}) not supported: {file}',
    advice: 'Run isapi-host calls: it says what is known of the function and what to do.',
  },
  asyncReadRefused: {
    number: 'IH1012',
    module: 'isapi',
    level: 'warn',
    text: 'asynchronous I/O not supported: {file}',
    advice: 'Set ISAPIFakeAsync On for the extension.',
  },
  pendingRefused: {
    number: 'IH1013',
    module: 'isapi',
    level: 'warn',
    text: 'asynch I/O result HSE_STATUS_PENDING from HttpExtensionProc() is not supported: {file}',
    advice: 'Set ISAPIFakeAsync On for the extension.',
  },
  resultError: {
    number: 'IH1014',
    module: 'isapi',
    level: 'warn',
    text: 'HSE_STATUS_ERROR result from HttpExtensionProc(): {file}',
    advice: "See the extension's own log, and isapi-host calls for what it was refused.",
  },
  resultUnknown: {
    number: 'IH1015',
    module: 'isapi',
    level: 'warn',
    text: 'unrecognized result code {result} from HttpExtensionProc(): {file}',
    advice: 'See isapi-host calls; the extension has to return one of HSE_STATUS.',
  },
  logParameter: {
    number: 'IH1020',
    module: 'isapi',
    level: 'info',
    text: '{file}: {text}',
    advice: 'Nothing: it is what the extension wanted logged. ISAPIAppendLogToErrors Off leaves it out.',
  },
  logData: {
    number: 'IH1021',
    module: 'isapi',
    level: 'info',
    text: '{file}: {text}',
    advice: 'Nothing: it is what the extension put into lpszLogData.',
  },
  blockPremature: {
    number: 'IH1030',
    module: 'isapi',
    level: 'error',
    text: 'Premature end of script headers: {name}',
    advice:
      'The extension has to end its headers with an empty line; isapi-host calls counts how often it does not.',
  },
  blockBadHeader: {
    number: 'IH1031',
    module: 'isapi',
    level: 'error',
    text: "malformed header from script '{name}': Bad header: {line}",
    advice: 'The extension has to write each header as Name: value.',
  },
  blockBadStatus: {
    number: 'IH1032',
    module: 'isapi',
    level: 'error',
    text: "Invalid status line from script '{name}': {text}",
    advice: 'The extension has to give a status such as 404 Not Found.',
  },
  blockBadValue: {
    number: 'IH1033',
    module: 'isapi',
    level: 'info',
    text: "Ignored invalid header value: {header}: '{value}'",
    advice: 'The extension has to give the header a valid value; the response goes out without it.',
  },
  cacheBadPath: {
    number: 'IH1040',
    module: 'isapi',
    level: 'warn',
    text: 'ISAPICacheFile: invalid module path, skipping {file}',
    advice: 'Name an existing file with ISAPICacheFile.',
  },
  cacheNoStat: {
    number: 'IH1041',
    module: 'isapi',
    level: 'warn',
    text: 'ISAPICacheFile: unable to stat, skipping {file}: {reason}',
    advice: 'See that the file is there, and that the user of the server may reach it.',
  },
  cacheNoFile: {
    number: 'IH1042',
    module: 'isapi',
    level: 'warn',
    text: 'ISAPICacheFile: not a regular file, skipping {file}',
    advice: "Let ISAPICacheFile name the extension's file and not its folder.",
  },
  cacheFailed: {
    number: 'IH1043',
    module: 'isapi',
    level: 'warn',
    text: 'ISAPICacheFile: unable to cache, skipping {file}: {reason}',
    advice: 'Do what the reason says; requests load the extension as if it were not named.',
  },
  requestTimeout: {
    number: 'IH1050',
    module: 'isapi',
    level: 'error',
    text: '{file} did not answer within {seconds} s; its worker process is replaced. If it waits inside HttpExtensionProc for a thread of its own to call back, set calls = async for pool {pool}; if it is slow, raise request.timeout',
    advice:
      'Do what the text says: calls = async for one that waits for its own thread, a higher request.timeout for one that is slow.',
  },
  workerLost: {
    number: 'IH1051',
    module: 'isapi',
    level: 'error',
    text: 'the worker process ended while {file} was answering: {reason}',
    advice: 'See the line with IH2005, IH2004 or IH2003 just before, which tells how the process ended.',
  },
  bodyReadFailed: {
    number: 'IH1052',
    module: 'isapi',
    level: 'error',
    text: 'reading the request body for {file} failed: {reason}',
    advice: 'Nothing on the server, mostly: the client has broken off.',
  },
  poolRefused: {
    number: 'IH1053',
    module: 'isapi',
    level: 'error',
    text: '{file} cannot be run now: {reason}',
    advice:
      'Do what the reason says: raise queue.limit or threads.max of the pool, or mend what ends its worker processes. isapi-host pool recycle NAME ends the stop of a pool at once.',
  },
  runtimeMissing: {
    number: 'IH1054',
    module: 'isapi',
    level: 'error',
    text: 'failed to load {file}: {reason}',
    advice:
      'Do what the reason says, such as isapi-host setup wine, by root with --user for the user of a server or of a pool; isapi-host doctor shows the runtimes that there are.',
  },
  workerDefect: {
    number: 'IH1055',
    module: 'isapi',
    level: 'crit',
    text: 'unexpected failure while {file} called the server: {text}; please report it',
    advice: 'Report it, with the text. The call of the extension has failed.',
  },
  headerInvalid: {
    number: 'IH1060',
    module: 'http',
    level: 'error',
    text: "Response header '{header}' value of '{value}' contains invalid characters, aborting request",
    advice:
      'The extension puts a control character into a header, which would let others forge responses: have it mended.',
  },
  resultCodeInvalid: {
    number: 'IH1061',
    module: 'core',
    level: 'error',
    text: 'Handler for isapi-handler returned invalid result code {code}: {file}',
    advice: 'The extension has to set dwHttpStatusCode to a status, or to send headers or a body.',
  },
  nothingSent: {
    number: 'IH1062',
    module: 'core',
    level: 'warn',
    text: '{file} has written nothing: HttpExtensionProc returned {result} with dwHttpStatusCode {code}, so the response is 500',
    advice:
      'The extension has to write a response, or to set dwHttpStatusCode. isapi-host calls shows what it was refused before, isapi-host trace all its calls.',
  },
  journalMissing: {
    number: 'IH1100',
    module: 'isapi_journal',
    level: 'warn',
    text: 'the call journal {folder} cannot be opened by the user {user}: {reason}; what extensions are refused is kept in memory only',
    advice:
      'Give the folder and its files to the user of the server, as the message says, and start the server again; or let ISAPIJournal name another folder.',
  },
  journalNotWritten: {
    number: 'IH1101',
    module: 'isapi_journal',
    level: 'error',
    text: 'the call journal {folder} cannot be written by the user {user}: {reason}; what extensions are refused is not in it until that is mended',
    advice: 'Make room on the disk, or give the folder and its files to the user, as the message says.',
  },
  journalWrittenAgain: {
    number: 'IH1102',
    module: 'isapi_journal',
    level: 'warn',
    text: 'the call journal {folder} can be written again',
    advice: 'Nothing more: what was refused meanwhile is in memory until the server stops.',
  },
  traceKept: {
    number: 'IH1120',
    module: 'isapi_trace',
    level: 'notice',
    text: 'the trace {id} is kept ({why}): isapi-host trace show {id} shows it',
    advice:
      'Read the trace with the command; where such failures are no news, change ISAPITraceStatus or switch ISAPITrace off.',
  },
  traceKeptAsAsked: {
    number: 'IH1121',
    module: 'isapi_trace',
    level: 'info',
    text: 'the trace {id} is kept ({why}): isapi-host trace show {id} shows it',
    advice: 'Nothing: ISAPITrace asks for it. Switch it off when it is not needed any more.',
  },
  traceNotWritten: {
    number: 'IH1122',
    module: 'isapi_trace',
    level: 'error',
    text: 'a trace could not be kept in {folder}: {reason}; until that is mended no trace is, and there is no further line',
    advice:
      'See to it that the folder is there, that the user of the server may write to it, and that the disk has room.',
  },
  traceFolderUnusable: {
    number: 'IH1123',
    module: 'isapi_trace',
    level: 'error',
    text: 'traces cannot be kept in {folder}: {reason}; let the user {user} write there, or name another folder with ISAPITraceFolder',
    advice:
      'Give the folder and its files to this user (as root: chown -R USER FOLDER), or name another folder with ISAPITraceFolder.',
  },
  tracesDropped: {
    number: 'IH1124',
    module: 'isapi_trace',
    level: 'warn',
    text: 'traces that were not kept in {folder} because the disk did not take them in time: {count}',
    advice:
      'Trace fewer requests (ISAPITrace failures, in fewer places), or name a folder on a faster disk with ISAPITraceFolder.',
  },
  /* IH2xxx: application pools */
  workerStarted: {
    number: 'IH2001',
    module: 'pool',
    level: 'notice',
    text: 'worker process started: {runtime}',
    advice: 'Nothing: it tells of the process that runs extensions from now on.',
  },
  workerEnded: {
    number: 'IH2002',
    module: 'pool',
    level: 'notice',
    text: 'worker process ended after {age} s',
    advice: 'Nothing: it was asked to end and did.',
  },
  workerKilled: {
    number: 'IH2003',
    module: 'pool',
    level: 'error',
    text: 'worker process was ended after {age} s: {reason}',
    advice:
      'Do what the reason suggests: see which extension did not answer or end, and request.timeout, start.timeout and stop.timeout of the pool.',
  },
  workerDied: {
    number: 'IH2004',
    module: 'pool',
    level: 'error',
    text: 'worker process died after {age} s: {end}',
    advice:
      'See what else the log has of that time. No request was in an extension; one of its own threads may have done it.',
  },
  extensionCrashed: {
    number: 'IH2005',
    module: 'pool',
    level: 'error',
    text: '{file} ended its worker process after {age} s: {end}',
    advice:
      "The end and the address are for the extension's vendor; isapi-host calls and trace tell what it did before.",
  },
  extensionOutput: {
    number: 'IH2006',
    module: 'pool',
    level: 'info',
    text: '{name}: {line}',
    advice: 'Nothing: it is what the extension has printed.',
  },
  workerRecycled: {
    number: 'IH2007',
    module: 'pool',
    level: 'notice',
    text: 'worker process is being replaced: {reason}',
    advice: 'Nothing: requests go to another process, and this one ends with those that it has.',
  },
  groupStopped: {
    number: 'IH2008',
    module: 'pool',
    level: 'error',
    text: 'pool {pool} is stopped for the runtime {runtime}: {reason}; its requests get 503 for {seconds} s',
    advice:
      'See in the lines before which extension ends the processes, and mend it or give it a pool of its own. isapi-host pool recycle NAME ends the stop at once.',
  },
  stopEnded: {
    number: 'IH2009',
    module: 'pool',
    level: 'notice',
    text: 'pool {pool} is no longer stopped for the runtime {runtime}: it was asked for (isapi-host pool recycle)',
    advice: 'Nothing: the next loss of a worker process counts as the first again.',
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
