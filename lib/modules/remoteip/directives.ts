import { lookup } from 'node:dns/promises';
import { readFileSync } from 'node:fs';
import { isOn } from '../../config/arguments.js';
import type { Argument, Context, Directive, DirectiveContext } from '../../config/directive.js';
import { IpSubnet, IpSubnetError } from '../../config/ip-subnet.js';
import { HostError, messageOf } from '../../errors.js';
import { isToken } from '../../http/header-syntax.js';
import { REMOTE_IP, type TrustedProxy } from '../../http/remote-ip-settings.js';

const SERVER: readonly Context[] = ['server', 'virtual host'];

/** Lines of a list of proxies that are read. */
const MAX_LINES = 100_000;

function header(name: string, key: 'header' | 'proxiesHeader', help: string): Directive {
  return {
    name,
    syntax: 'header',
    contexts: SERVER,
    args: [1, 1],
    help,
    apply(context, argument) {
      if (isToken(argument.text)) context.server.set(REMOTE_IP, key, argument.text);
      else context.error(`${name} takes the name of a header, such as X-Forwarded-For`, argument);
    },
  };
}

function proxies(name: string, isInternal: boolean, help: string): readonly Directive[] {
  return [
    {
      name,
      syntax: 'address|subnet|name ...',
      contexts: SERVER,
      args: [1, Infinity],
      help,
      apply(context, ...words) {
        addProxies(context, name, isInternal, words);
      },
    },
    {
      name: `${name}List`,
      syntax: 'file',
      contexts: SERVER,
      args: [1, 1],
      help: `A file with what ${name} takes, separated by blanks and line ends; # begins a comment.`,
      apply(context, argument) {
        const words = readList(context, `${name}List`, argument);
        if (words !== undefined) addProxies(context, `${name}List`, isInternal, words);
      },
    },
  ];
}

/** The directives of mod_remoteip. */
export const REMOTE_IP_DIRECTIVES: readonly Directive[] = [
  header('RemoteIPHeader', 'header', 'The header in which proxies name the client.'),
  header(
    'RemoteIPProxiesHeader',
    'proxiesHeader',
    'The header in which the request keeps the outer proxies that it came by.',
  ),
  ...proxies(
    'RemoteIPInternalProxy',
    true,
    'Proxies of the inner network, which are trusted with addresses of it as well.',
  ),
  ...proxies('RemoteIPTrustedProxy', false, 'Proxies that are trusted with addresses of the Internet.'),
  {
    name: 'RemoteIPProxyProtocol',
    syntax: 'on|off',
    default: 'off',
    contexts: SERVER,
    args: 'flag',
    help: 'Whether connections to the addresses of the server or virtual host begin with the PROXY protocol.',
    apply(context, argument) {
      context.server.set(REMOTE_IP, 'proxyProtocol', isOn(argument));
    },
  },
  {
    name: 'RemoteIPProxyProtocolExceptions',
    syntax: 'address|subnet ...',
    contexts: SERVER,
    args: [1, Infinity],
    help: 'Clients that speak without the PROXY protocol where it is on.',
    apply(context, ...words) {
      const subnets = words.map((word) =>
        subnetOf(context, word, `ip address '${word.text}' appears to be invalid`),
      );
      const exceptions = context.server.made(REMOTE_IP).exceptions ?? [];
      context.server.set(REMOTE_IP, 'exceptions', [
        ...exceptions,
        ...subnets.flatMap((subnet) => subnet ?? []),
      ]);
    },
  },
];

/** A proxy that is named and not numbered: its addresses are looked up when the server starts. */
export class NamedProxy {
  readonly name: string;
  readonly directive: string;
  #addresses: readonly IpSubnet[] = [];

  constructor(name: string, directive: string) {
    this.name = name;
    this.directive = directive;
  }

  /**
   * Looks its addresses up.
   * @throws HostError CONFIG_INVALID
   */
  async resolve(): Promise<void> {
    try {
      const found = await lookup(this.name, { all: true });
      this.#addresses = found.map(({ address }) => IpSubnet.parse(address));
    } catch (error) {
      const reason = `RemoteIP: ${this.name} for ${this.directive} cannot be resolved: ${messageOf(error)}`;
      throw new HostError('CONFIG_INVALID', `${reason}; name an address instead`, { cause: error });
    }
  }

  has(address: string): boolean {
    return this.#addresses.some((subnet) => subnet.has(address));
  }
}

function addProxies(
  context: DirectiveContext,
  name: string,
  isInternal: boolean,
  words: readonly Argument[],
): void {
  const known = context.server.made(REMOTE_IP).proxies ?? [];
  const added: TrustedProxy[] = [];
  for (const word of words) {
    const subnet = looksLikeName(word.text)
      ? new NamedProxy(word.text, name)
      : subnetOf(context, word, `RemoteIP: Error parsing IP ${word.text} for ${name}`);
    if (subnet !== undefined) added.push({ subnet, isInternal });
  }
  context.server.set(REMOTE_IP, 'proxies', [...known, ...added]);
}

function looksLikeName(text: string): boolean {
  return /^(?=.*[a-z])[a-z0-9_][\w.-]*$/i.test(text);
}

function subnetOf(context: DirectiveContext, word: Argument, message: string): IpSubnet | undefined {
  try {
    return IpSubnet.parse(word.text);
  } catch (error) {
    if (!(error instanceof IpSubnetError)) throw error;
    const reason = messageOf(error).replace(/\.$/, '');
    context.error(`${message}: ${reason}; name an address, or a network such as 10.0.0.0/8`, word);
    return undefined;
  }
}

/** The words of a file, each with its place in it. */
function readList(context: DirectiveContext, name: string, argument?: Argument): Argument[] | undefined {
  const file = context.resolvePath(argument?.text ?? '');
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    context.error(`${name}: Could not open file ${file}: ${messageOf(error)}`, argument);
    return undefined;
  }
  const words: Argument[] = [];
  for (const [index, line] of text.split(/\r?\n/, MAX_LINES).entries()) {
    const [content = ''] = line.split('#', 1);
    for (const { 0: word, index: at } of content.matchAll(/\S+/g)) {
      words.push({ text: word, place: { file, line: index + 1, column: at + 1 } });
    }
  }
  return words;
}
