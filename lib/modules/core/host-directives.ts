import { isIPv6 } from 'node:net';
import { isOn } from '../../config/arguments.js';
import type { Argument, Directive, DirectiveContext } from '../../config/directive.js';
import { HOST, type HostSettings } from '../../http/host-settings.js';
import { CORE } from '../../http/settings.js';

const SERVER = ['server', 'virtual host'] as const;
const DIRECTORY = ['server', 'virtual host', 'directory'] as const;

/** What HttpProtocolOptions takes: the setting that each word makes. */
const PROTOCOL_OPTIONS: Readonly<
  Record<string, { key: 'conformance' | 'methods'; value: string; name: string }>
> = {
  strict: { key: 'conformance', value: 'strict', name: 'Strict' },
  unsafe: { key: 'conformance', value: 'unsafe', name: 'Unsafe' },
  registeredmethods: { key: 'methods', value: 'registered', name: 'RegisteredMethods' },
  lenientmethods: { key: 'methods', value: 'lenient', name: 'LenientMethods' },
};

/** Directives of Apache's core that say how a host is chosen and what it is called. */
export const HOST_DIRECTIVES: readonly Directive[] = [
  {
    name: 'ServerName',
    syntax: '[scheme://]domain[:port]',
    contexts: SERVER,
    args: [1, 1],
    help: 'The name and port that the server goes by, and by which a virtual host is chosen among others.',
    apply: applyServerName,
  },
  {
    name: 'ServerAlias',
    syntax: 'name [name] ...',
    contexts: ['virtual host'],
    args: [0, Infinity],
    help: 'More names by which a virtual host is chosen; * and ? are wildcards.',
    apply(context, ...names) {
      const before = context.server.made(HOST).serverAliases ?? [];
      context.server.set(HOST, 'serverAliases', [...before, ...names.map(({ text }) => text)]);
    },
  },
  {
    name: 'ServerPath',
    syntax: 'path',
    contexts: SERVER,
    args: [1, 1],
    help: 'The URL path by which clients that name no host get to a virtual host; it is left out of the way to files.',
    apply(context, path) {
      if (context.section !== 'VirtualHost') {
        context.warning('ServerPath has no effect outside <VirtualHost>', path);
      } else if (!path.text.startsWith('/')) {
        context.warning('this matches no URL path, because it does not begin with a slash', path);
      }
      context.settings.set(HOST, 'serverPath', path.text);
    },
  },
  {
    name: 'NameVirtualHost',
    syntax: 'address[:port]',
    contexts: ['server'],
    args: [1, 1],
    help: 'What Apache 2.2 needed for virtual hosts by name; it has no effect.',
    apply(context) {
      context.warning('NameVirtualHost has no effect and will be removed in the next release; remove it');
    },
  },
  {
    name: 'UseCanonicalName',
    syntax: 'on|off|dns',
    default: 'off',
    contexts: DIRECTORY,
    args: [1, 1],
    help: "The name in URLs that the server makes of itself: ServerName's, the client's, or the one that DNS has.",
    apply: (context, value) => word(context, 'useCanonicalName', value, ['on', 'off', 'dns']),
  },
  {
    name: 'UseCanonicalPhysicalPort',
    syntax: 'on|off',
    default: 'off',
    contexts: DIRECTORY,
    args: [1, 1],
    help: "Whether the connection's own port is used in such URLs where no other is known.",
    apply(context, value) {
      const text = value.text.toLowerCase();
      if (text === 'on' || text === 'off') {
        context.settings.set(HOST, 'useCanonicalPhysicalPort', text === 'on');
      } else {
        context.error("parameter must be 'on' or 'off'", value);
      }
    },
  },
  {
    name: 'StrictHostCheck',
    syntax: 'on|off',
    default: 'off',
    contexts: SERVER,
    args: 'flag',
    help: 'Whether a request is refused whose host no ServerName and no ServerAlias names.',
    apply: (context, flag) => context.settings.set(HOST, 'strictHostCheck', isOn(flag)),
  },
  {
    name: 'HttpProtocolOptions',
    syntax: '[Strict|Unsafe] [RegisteredMethods|LenientMethods] [Require1.0]',
    default: 'Strict LenientMethods Require1.0',
    contexts: SERVER,
    args: [1, Infinity],
    help: "Whether deviations from HTTP's syntax, and methods that are not registered, are refused.",
    apply: (context, ...words) => applyProtocolOptions(context, words),
  },
  {
    name: 'HostnameLookups',
    syntax: 'on|off|double',
    default: 'off',
    contexts: DIRECTORY,
    args: [1, 1],
    help: "Whether the name of a client's address is looked up, and with double whether it leads back to the address.",
    apply: (context, value) => word(context, 'hostnameLookups', value, ['on', 'off', 'double']),
  },
  {
    name: 'QualifyRedirectURL',
    syntax: 'on|off',
    default: 'off',
    contexts: ['server', 'virtual host', 'directory', '.htaccess'],
    override: 'FileInfo',
    args: 'flag',
    help: 'Whether REDIRECT_URL is a whole URL and not only a path.',
    apply: (context, flag) => context.settings.set(HOST, 'qualifyRedirectUrl', isOn(flag)),
  },
];

function word(
  context: DirectiveContext,
  key: 'useCanonicalName' | 'hostnameLookups',
  value: Argument | undefined,
  words: readonly string[],
): void {
  const text = value?.text.toLowerCase() ?? '';
  if (!words.includes(text)) {
    const [first = '', second = '', third = ''] = words;
    context.error(`parameter must be '${first}', '${second}', or '${third}'`, value);
    return;
  }
  // The words are the values of the setting.
  context.settings.set(HOST, key, text as HostSettings[typeof key]);
}

function applyServerName(context: DirectiveContext, name?: Argument): void {
  const text = name?.text ?? '';
  const [, scheme, host = '', digits] =
    /^(?:([a-z][a-z\d+.-]*):\/\/)?(\[[^\]]*\]|[^:]*)(?::(.*))?$/i.exec(text) ?? [];
  const isAddress = host.startsWith('[') && isIPv6(host.slice(1, -1));
  if (!isAddress && /[*?]|\[.*\]/.test(host)) {
    context.error(`Invalid ServerName "${text}" use ServerAlias to set multiple server names.`, name);
    return;
  }
  const port = digits === undefined ? undefined : Number(/^\d+/.exec(digits)?.[0] ?? 0);
  if (port !== undefined && (port < 1 || port > 65535)) {
    const message = `The port number "${text}" is outside the appropriate range (i.e., 1..65535).`;
    context.error(message, name);
    return;
  }
  if (!isAddress && !/^[\w.-]+$/.test(host)) {
    context.error('ServerName must be a host name or an address, with :port behind it if need be', name);
    return;
  }
  context.settings.set(CORE, 'serverName', host);
  context.settings.set(CORE, 'serverNamePort', port);
  context.settings.set(HOST, 'serverScheme', scheme?.toLowerCase());
}

function applyProtocolOptions(context: DirectiveContext, words: readonly Argument[]): void {
  for (const argument of words) {
    const text = argument.text.toLowerCase();
    if (text === 'require1.0') continue;
    if (text === 'allow0.9') {
      const message =
        'HttpProtocolOptions: HTTP/0.9 is not available, because its responses have no heads; remove Allow0.9';
      context.error(message, argument);
      return;
    }
    const option = PROTOCOL_OPTIONS[text];
    if (option === undefined) {
      const message =
        "HttpProtocolOptions accepts 'Unsafe' or 'Strict' (default), 'RegisteredMethods' or 'LenientMethods' (default)," +
        " and 'Require1.0' (default)";
      context.error(message, argument);
      return;
    }
    const { key, value } = option;
    const before = context.settings.made(HOST)[key];
    if (before !== undefined && before !== value) {
      const names = Object.values(PROTOCOL_OPTIONS).filter((other) => other.key === key);
      const [first, second] = names.map(({ name }) => `'${name}'`);
      context.error(
        `HttpProtocolOptions ${first ?? ''} and ${second ?? ''} are mutually exclusive`,
        argument,
      );
      return;
    }
    if (key === 'conformance') context.settings.set(HOST, key, value as HostSettings['conformance']);
    else context.settings.set(HOST, key, value as HostSettings['methods']);
  }
}
