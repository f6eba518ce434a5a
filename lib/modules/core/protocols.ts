import type { Argument, Context, Directive, DirectiveContext } from '../../config/directive.js';
import { PROTOCOLS } from '../../http/http2/settings.js';

const SERVER: readonly Context[] = ['server', 'virtual host'];

/** The protocols that a server or virtual host may speak; h2 and h2c are mod_http2's. */
const KNOWN = ['http/1.1', 'h2', 'h2c'];

export const protocolDirectives: readonly Directive[] = [
  {
    name: 'Protocols',
    syntax: 'http/1.1|h2|h2c ...',
    default: 'http/1.1',
    contexts: SERVER,
    args: [1, Infinity],
    help: 'The protocols that clients may choose from: HTTP/1.1, HTTP/2 over TLS (h2) and without (h2c).',
    apply: (context, ...names) => applyProtocols(context, names),
  },
  {
    name: 'ProtocolsHonorOrder',
    syntax: 'on|off',
    default: 'on',
    contexts: SERVER,
    args: [1, 1],
    help: "Whether the order of Protocols counts when a client knows several, and not the client's order.",
    apply(context, argument) {
      const value = argument.text.toLowerCase();
      if (value === 'on' || value === 'off') context.server.set(PROTOCOLS, 'honorOrder', value === 'on');
      else context.error("ProtocolsHonorOrder must be 'on' or 'off'", argument);
    },
  },
];

function applyProtocols(context: DirectiveContext, names: readonly Argument[]): void {
  // Several lines add up, as in Apache.
  const protocols = [...(context.server.made(PROTOCOLS).protocols ?? [])];
  for (const name of names) {
    const protocol = name.text.toLowerCase();
    if (KNOWN.includes(protocol)) protocols.push(protocol);
    else context.warning(`Protocols: ${name.text} is not spoken here; http/1.1, h2 and h2c are`, name);
  }
  context.server.set(PROTOCOLS, 'protocols', protocols);
}
