import { substitute } from '../../config/substitution.js';
import { displayText } from '../../http/byte-string.js';
import type { Module, Outcome } from '../../http/module.js';
import type { HttpRequest } from '../../http/request.js';
import { DIRECTIVES } from './directives.js';
import { SETENVIF, type Rule } from './settings.js';

/**
 * mod_setenvif: variables by what a request is like. Those of the server's own level are set before the URL is mapped,
 * those of sections once all sections are known.
 */
export const setenvifModule: Module = {
  name: 'setenvif',
  directives: DIRECTIVES,
  hooks: {
    received: (request) => run(request, request.host.settings.get(SETENVIF).server),
    // Not for what is looked up for another request, as DirectoryIndex does: that has the variables of the other one.
    walked: (request) =>
      request.parent === undefined ? run(request, request.settings.get(SETENVIF).sections) : 'declined',
  },
};

function run(request: HttpRequest, rules: readonly Rule[]): Outcome {
  for (const { test, variables } of rules) {
    const captures = test(request);
    if (captures === undefined) continue;
    for (const { name, value } of variables) {
      if (value === null) {
        request.env.delete(name);
        continue;
      }
      const text = captures === null ? value : substitute(value, captures);
      if (text === undefined) {
        request.log('substitutionTooLong', { template: displayText(value) });
        return 500;
      }
      request.env.set(name, text);
    }
  }
  return 'declined';
}
