import { statSync } from 'node:fs';
import type { Argument, Directive, DirectiveContext } from '../../config/directive.js';
import { TLS, type SniPolicy } from '../../http/tls/settings.js';
import { existingFile, file, flag, GLOBAL, SERVER } from './rows.js';

/** A row for one of several files. */
function files(name: string, key: 'certificateFiles' | 'keyFiles', help: string): Directive {
  return {
    name,
    syntax: 'file',
    contexts: SERVER,
    args: [1, 1],
    help,
    apply(context, argument) {
      const found = existingFile(context, name, argument);
      if (found !== undefined)
        context.server.set(TLS, key, [...(context.server.made(TLS)[key] ?? []), found]);
    },
  };
}

/** Directives about the server itself: where TLS is on, with which certificates, for which hosts. */
export const SERVER_DIRECTIVES: readonly Directive[] = [
  {
    name: 'SSLEngine',
    syntax: 'on|off',
    default: 'off, and on where Listen says https',
    contexts: SERVER,
    args: [1, 1],
    help: 'Whether connections to a server or virtual host have TLS.',
    apply: applyEngine,
  },
  files(
    'SSLCertificateFile',
    'certificateFiles',
    'A certificate in PEM form, with those that it is signed with behind it.',
  ),
  files('SSLCertificateKeyFile', 'keyFiles', 'The private key of the certificate with the same number.'),
  file(
    'SSLCertificateChainFile',
    'chainFile',
    'Certificates that the server certificate is signed with, up to one that clients know.',
  ),
  flag(
    'SSLStrictSNIVHostCheck',
    'strictSni',
    'off',
    'Whether clients that name no host in their handshake are kept from hosts that are chosen by name.',
  ),
  {
    name: 'SSLVHostSNIPolicy',
    syntax: 'secure|strict|authonly|insecure',
    default: 'secure',
    contexts: GLOBAL,
    args: [1, 1],
    help: 'How alike the TLS settings of the hosts of the handshake and of the Host header have to be.',
    apply(context, argument) {
      const policies: readonly SniPolicy[] = ['secure', 'strict', 'authonly', 'insecure'];
      const policy = policies.find((name) => name === argument.text.toLowerCase());
      if (policy === undefined)
        context.error(`Invalid SSLVhostSNIPolicy argument '${argument.text}'`, argument);
      else context.server.set(TLS, 'sniPolicy', policy);
    },
  },
  {
    name: 'SSLPassPhraseDialog',
    syntax: 'builtin|exec:program||program',
    default: 'builtin',
    contexts: GLOBAL,
    args: [1, 1],
    help: 'The program that prints the pass phrases of encrypted private keys.',
    apply: applyPassPhraseDialog,
  },
];

function applyEngine(context: DirectiveContext, argument?: Argument): void {
  const value = argument?.text.toLowerCase();
  if (value === 'optional') {
    const advice =
      "'SSLEngine optional' is no longer supported, as in httpd 2.4; say on for a virtual host of its own";
    context.error(advice, argument);
  } else if (value === 'on' || value === 'off') {
    context.server.set(TLS, 'engine', value === 'on');
    context.server.set(TLS, 'enginePlace', context.place);
  } else {
    context.error('Argument must be On or Off', argument);
  }
}

function applyPassPhraseDialog(context: DirectiveContext, argument?: Argument): void {
  const text = argument?.text ?? '';
  if (text === 'builtin') {
    context.server.set(TLS, 'passPhraseDialog', { kind: 'builtin', command: '' });
  } else if (text.startsWith('exec:') && text.length > 5) {
    const command = context.resolvePath(text.slice(5));
    if (statSync(command, { throwIfNoEntry: false }) === undefined) {
      context.error(`SSLPassPhraseDialog: file '${command}' does not exist`, argument);
    } else {
      context.server.set(TLS, 'passPhraseDialog', { kind: 'exec', command });
    }
  } else if (text.startsWith('|') && text.length > 1) {
    context.server.set(TLS, 'passPhraseDialog', { kind: 'pipe', command: text.slice(1).trim() });
  } else {
    context.error('SSLPassPhraseDialog: Invalid argument', argument);
  }
}
