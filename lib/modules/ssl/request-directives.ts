import type { Argument, Context, Directive, DirectiveContext } from '../../config/directive.js';
import { SSL, SSL_OPTIONS } from './request-settings.js';

const ANYWHERE: readonly Context[] = ['server', 'virtual host', 'directory', '.htaccess'];
const BELOW: readonly Context[] = ['directory', '.htaccess'];

/** Directives about requests: they may stand in any section. */
export const REQUEST_DIRECTIVES: readonly Directive[] = [
  {
    name: 'SSLOptions',
    syntax: '[+|-]option ...',
    contexts: ANYWHERE,
    override: 'Options',
    args: [1, Infinity],
    help: 'Which variables about TLS requests have, and how certificates take part in authentication.',
    apply: (context, ...words) => applyOptions(context, words),
  },
  {
    name: 'SSLRequireSSL',
    syntax: '',
    contexts: BELOW,
    override: 'AuthConfig',
    args: [0, 0],
    help: 'Refuses requests without TLS.',
    apply(context) {
      context.settings.set(SSL, 'isRequired', true);
    },
  },
  {
    name: 'SSLUserName',
    syntax: 'variable',
    contexts: ['server', 'virtual host', 'directory', '.htaccess'],
    override: 'AuthConfig',
    args: [1, 1],
    help: "The variable about a client's certificate that REMOTE_USER is made of, such as SSL_CLIENT_S_DN_CN.",
    apply(context, variable) {
      if (/^SSL_\w+$/.test(variable.text)) context.settings.set(SSL, 'userName', variable);
      else context.error('SSLUserName takes the name of a variable that begins with SSL_', variable);
    },
  },
  {
    name: 'SSLRequire',
    syntax: 'expression',
    contexts: BELOW,
    override: 'AuthConfig',
    args: 'raw',
    help: 'A condition in a language of its own, which Require expr has replaced. Not available.',
    apply(context, expression) {
      const advice = 'its language has been replaced in httpd 2.4; write Require expr "..." instead';
      context.error(`SSLRequire is not available: ${advice}`, expression);
    },
  },
];

function applyOptions(context: DirectiveContext, words: readonly Argument[]): void {
  let set: number | undefined;
  let add = 0;
  let remove = 0;
  for (const word of words) {
    const [, sign = '', name = ''] = /^([+-]?)(.*)$/s.exec(word.text) ?? [];
    const bit = Object.entries(SSL_OPTIONS).find(
      ([option]) => option.toLowerCase() === name.toLowerCase(),
    )?.[1];
    if (bit === undefined) {
      context.error(`SSLOptions: Illegal option '${name}'`, word);
      return;
    }
    if (sign === '-') {
      add &= ~bit;
      remove |= bit;
      if (set !== undefined) set &= ~bit;
    } else if (sign === '+') {
      add |= bit;
      remove &= ~bit;
      if (set !== undefined) set |= bit;
    } else {
      // As in Apache, an option without a sign takes the place of those before it.
      set = bit;
      add = bit;
      remove = 0;
    }
  }
  context.settings.set(SSL, 'options', { set, add, remove });
}
