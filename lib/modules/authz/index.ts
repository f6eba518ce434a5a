import type { Argument, Directive } from '../../config/directive.js';
import { Slot } from '../../config/settings.js';
import { displayText } from '../../http/byte-string.js';
import type { Module, Outcome } from '../../http/module.js';
import type { HttpRequest } from '../../http/request.js';

interface AuthzSettings {
  /** undefined without a Require: everybody may */
  readonly granted: boolean | undefined;
}

const AUTHZ = new Slot<AuthzSettings>('authz', { granted: undefined });

const DIRECTIVES: readonly Directive[] = [
  {
    name: 'Require',
    syntax: 'all granted|denied',
    default: 'all granted',
    contexts: ['directory', '.htaccess'],
    override: 'AuthConfig',
    args: [1, Infinity],
    help: 'Who may have what is here: all granted, or all denied.',
    apply(context, subject, what?: Argument, extra?: Argument) {
      const word = what?.text.toLowerCase();
      if (subject.text.toLowerCase() !== 'all') {
        context.error(`Require ${subject.text} is not available; all granted and all denied are`, subject);
      } else if ((word !== 'granted' && word !== 'denied') || extra !== undefined) {
        context.error('Require all must be followed by granted or denied', extra ?? what);
      } else {
        // Several in one section are alternatives: one that grants is enough.
        const before = context.settings.made(AUTHZ).granted;
        context.settings.set(AUTHZ, 'granted', before === true || word === 'granted');
      }
    },
  },
];

/** mod_authz_core: who may have what. An inner section's Require replaces that of an outer one. */
export const authzModule: Module = { name: 'authz_core', directives: DIRECTIVES, hooks: { access } };

function access(request: HttpRequest): Outcome {
  const { granted } = request.settings.get(AUTHZ);
  if (granted === undefined) return 'declined';
  if (granted) return 'done';
  request.log('accessDenied', { file: displayText(request.filename) });
  return 403;
}
