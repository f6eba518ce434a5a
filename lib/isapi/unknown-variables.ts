/** What is known of server variables that this server does not have. */
export interface UnknownVariable {
  /** what it has where it is there */
  readonly purpose: string;
  readonly advice: string;
}

type Row = readonly [names: RegExp, purpose: string, advice: string];

const WITHOUT = 'Safe to ignore: extensions take it for granted that it may be missing.';

/** Names in upper case; the first row that matches counts. */
const ROWS: readonly Row[] = [
  [
    /^UNICODE_(?:HTTP|HEADER)_/,
    'A header of the request in UTF-16, which IIS does not have either.',
    'The extension has to ask for it without UNICODE_.',
  ],
  [
    /^UNICODE_/,
    'A server variable in UTF-16, as IIS 6 and later have them.',
    'UNICODE_ works before every variable that is there; the rest of this name is none.',
  ],
  [
    /^ALL_(?:HTTP|RAW)$/,
    'All headers of the request. These two names count in capitals only, as in Apache.',
    'The extension has to ask for them in capitals.',
  ],
  [
    /^HTTP_?$|^HEADER_?$/,
    'The beginning of the name of a header variable, without a header.',
    'The extension has to name a header, as in HTTP_USER_AGENT; ALL_HTTP has all of them.',
  ],
  [
    /^SSL_|^HTTPS_(?:SECRETKEY|CIPHER)/,
    'What mod_ssl tells of the connection and its certificates.',
    'Set SSLOptions +StdEnvVars for the extension (and SSLVerifyClient for certificates of clients). Without TLS it is not there.',
  ],
  [
    /^CRYPT_/,
    'The protocol and the cipher of the connection, as IIS 10 has them.',
    'SSLOptions +StdEnvVars gives SSL_PROTOCOL and SSL_CIPHER; SetEnvIfExpr can give this name what they have.',
  ],
  [
    /^APP_POOL_CONFIG$|^IIS_|^ASP_|^APPL_(?!PHYSICAL_PATH|MD_PATH)/,
    'Something of the configuration of IIS.',
    'Give it what the extension expects with SetEnv, if it needs it at all.',
  ],
  [
    /^(?:ORIGINAL_URL|REWRITTEN_URL|IIS_WASURLREWRITTEN|URL_REWRITTEN|SCRIPT_URL|SCRIPT_URI)$/,
    'The URL before it was rewritten, as rewriting filters and mod_rewrite give it.',
    'UNENCODED_URL and REQUEST_URI have the URL as the client sent it. SetEnvIf Request_URI "(.*)" NAME=$1 gives it under this name.',
  ],
  [
    /^UNIQUE_ID$/,
    'A number for the request that no other one has (mod_unique_id).',
    'The access log has such a number with %L. The extension has to do without, or to make its own.',
  ],
  [/^REMOTE_IDENT$/, "The user's name by the ident protocol, which nobody uses any more.", WITHOUT],
  [
    /^LOCAL_PORT$|^SERVER_PORT_(?!SECURE)/,
    'The port that the request came to.',
    'SERVER_PORT has it; SetEnvIf can give it under this name.',
  ],
  [
    /^(?:COMSPEC|WINDIR|SYSTEMROOT|SYSTEMDRIVE|TEMP|TMP|TZ|USERPROFILE|COMPUTERNAME|NUMBER_OF_PROCESSORS|OS)$/,
    'A variable of the environment of the process, which CGI programs of Windows have.',
    'Give it with SetEnv NAME value, or PassEnv NAME for the value that the server has itself. env[NAME] in pools.ini sets it for the process.',
  ],
  [
    /^(?:AUTH_NTLM|AUTH_NEGOTIATE|KRB5CCNAME)/,
    'Something of Windows authentication, which is not there.',
    'LOGON_USER, AUTH_TYPE and REMOTE_USER tell who the user is.',
  ],
];

/** What is known of a variable, or undefined for one that nobody knows. Letter case does not count, but for ALL_HTTP. */
export function unknownVariable(name: string): UnknownVariable | undefined {
  const upper = name.toUpperCase();
  const row = ROWS.find(([names]) => names.test(upper));
  return row === undefined ? undefined : { purpose: row[1], advice: row[2] };
}
