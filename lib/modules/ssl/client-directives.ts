import type { Argument, Directive, DirectiveContext } from '../../config/directive.js';
import { TLS, type VerifyClient } from '../../http/tls/settings.js';
import { ANYWHERE, file, folder, isTooLate, SERVER } from './rows.js';

/** Directives about certificates of clients. */
export const CLIENT_DIRECTIVES: readonly Directive[] = [
  file('SSLCACertificateFile', 'caFile', "Certificates that clients' certificates may be signed with."),
  folder(
    'SSLCACertificatePath',
    'caPath',
    "A folder with certificates that clients' certificates may be signed with.",
  ),
  file('SSLCARevocationFile', 'crlFile', "Lists of clients' certificates that are revoked."),
  folder('SSLCARevocationPath', 'crlPath', "A folder with lists of clients' certificates that are revoked."),
  {
    name: 'SSLCARevocationCheck',
    syntax: 'chain|none',
    default: 'none',
    contexts: SERVER,
    args: [1, 2],
    help: 'Whether every certificate of a client is looked up in the lists of revoked ones.',
    apply: applyRevocationCheck,
  },
  {
    name: 'SSLVerifyClient',
    syntax: 'none|optional|require|optional_no_ca',
    default: 'none',
    contexts: ANYWHERE,
    override: 'AuthConfig',
    args: [1, 1],
    help: 'Whether clients are asked for a certificate and have to have a valid one; for servers and virtual hosts.',
    apply: applyVerifyClient,
  },
  {
    name: 'SSLVerifyDepth',
    syntax: 'number',
    default: '1',
    contexts: ANYWHERE,
    override: 'AuthConfig',
    args: [1, 1],
    help: "How many certificates there may be above a client's own; for servers and virtual hosts.",
    apply: applyVerifyDepth,
  },
];

function applyRevocationCheck(context: DirectiveContext, mode?: Argument, extra?: Argument): void {
  const text = mode?.text.toLowerCase();
  if (extra !== undefined && extra.text.toLowerCase() !== 'no_crl_for_cert_ok') {
    context.error(`SSLCARevocationCheck: Invalid argument '${extra.text}'`, extra);
  } else if (text === 'none' || text === 'chain') {
    if (extra === undefined) context.server.set(TLS, 'crlCheck', text === 'chain');
    else {
      const advice = 'name a list for every issuer with SSLCARevocationFile';
      context.error(`SSLCARevocationCheck: no_crl_for_cert_ok is not available; ${advice}`, extra);
    }
  } else if (text === 'leaf') {
    const advice = 'chain is, and needs a list for every issuer';
    context.error(`SSLCARevocationCheck: leaf is not available; ${advice}`, mode);
  } else {
    context.error(`SSLCARevocationCheck: Invalid argument '${mode?.text ?? ''}'`, mode);
  }
}

function applyVerifyClient(context: DirectiveContext, argument?: Argument): void {
  const modes: Readonly<Record<string, VerifyClient>> = {
    none: 'none',
    off: 'none',
    optional: 'optional',
    require: 'require',
    on: 'require',
    optional_no_ca: 'optional_no_ca',
  };
  const text = argument?.text.toLowerCase() ?? '';
  const mode = Object.hasOwn(modes, text) ? modes[text] : undefined;
  if (mode === undefined) {
    context.error(`SSLVerifyClient: Invalid argument '${argument?.text ?? ''}'`, argument);
    return;
  }
  const advice = 'say SSLVerifyClient optional for the virtual host and Require ssl-verify-client here';
  if (isTooLate(context, 'SSLVerifyClient', advice)) return;
  context.server.set(TLS, 'verifyClient', mode);
  context.server.set(TLS, 'verifyPlace', context.place);
}

function applyVerifyDepth(context: DirectiveContext, argument?: Argument): void {
  if (!/^\d{1,3}$/.test(argument?.text ?? '')) {
    context.error(`SSLVerifyDepth: Invalid argument '${argument?.text ?? ''}'`, argument);
  } else if (!isTooLate(context, 'SSLVerifyDepth', 'say it for the virtual host')) {
    context.server.set(TLS, 'verifyDepth', Number(argument?.text));
  }
}
