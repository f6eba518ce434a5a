import type { Directive } from '../../config/directive.js';
import { CLIENT_DIRECTIVES } from './client-directives.js';
import { HANDSHAKE_DIRECTIVES } from './handshake-directives.js';
import { SERVER_DIRECTIVES } from './server-directives.js';
import { REQUEST_DIRECTIVES } from './request-directives.js';
import { UNAVAILABLE_DIRECTIVES } from './unavailable-directives.js';

/** All directives of mod_ssl. */
export const SSL_DIRECTIVES: readonly Directive[] = [
  ...SERVER_DIRECTIVES,
  ...HANDSHAKE_DIRECTIVES,
  ...CLIENT_DIRECTIVES,
  ...REQUEST_DIRECTIVES,
  ...UNAVAILABLE_DIRECTIVES,
];
